"""Time-stamps as the log asks for them: over real HTTP, from a sound authority and from others."""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils.html import strip_tags

from countersign import keys, log, timestamps
from countersign.outgoing import Limits
from countersign.timestamps import Authority as Asked
from countersign.tsa import reply
from countersign.tsa.authority import NAME, Authority
from countersign.tsa.server import Server
from provenance import notary, timestamp
from provenance.models import SignedCheckpoint, TimeStamp
from tests import people
from tests.countersign.strangers_desk import answer, dawdle, saying
from tests.provenance.test_ledger import forge, write
from tests.provenance.test_notary import CHECKPOINTS, NODES, REWRITE
from tests.provenance.test_stamped import STAMPS

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority.make(now=datetime.now(UTC))


@contextmanager
def serving(authority: Authority) -> Iterator[str]:
    with Server(("127.0.0.1", 0), authority) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield running.url
        running.shutdown()
        thread.join()


@pytest.fixture
def desk(authority: Authority, settings: Any, tmp_path: Path) -> Iterator[Asked]:
    """An installation that asks `authority`, and pins its root."""
    settings.KEYS = tmp_path / "keys"
    keys.make_log_key(settings.KEYS, "testserver/log")
    (settings.KEYS / "tsa-roots.pem").write_bytes(authority.root_pem)
    with serving(authority) as settings.TSA_URL:
        by = timestamps.authority()
        assert by
        yield by


def sign() -> SignedCheckpoint:
    write(2)
    holder = log.holder()
    assert holder
    assert log.signed(holder) == ""
    row = notary.latest()
    assert row
    return row


def test_newest_checkpoint_is_stamped_and_none_twice(desk: Asked) -> None:
    assert timestamps.brought_up_to_date(desk) == (False, "")
    sign()
    newest = sign()
    assert timestamps.brought_up_to_date(desk) == (True, "")
    assert timestamps.brought_up_to_date(desk) == (False, "")
    assert [row.size for row in TimeStamp.objects.all()] == [newest.size]
    covering = timestamps.newest()
    assert covering
    assert covering.size == newest.size


def test_cosignatures_that_came_first_change_nothing(desk: Asked) -> None:
    row = sign()
    notary.keep_cosignature(row.size, witness="guild.example/w", line="— guild.example/w AAAAAAAA")
    assert timestamps.brought_up_to_date(desk) == (True, "")
    assert timestamps.newest()


def _replay(authority: Authority) -> bytes:
    """A reply that was honest once, to somebody else's request for the same note."""
    row = notary.latest()
    assert row
    return reply.answer(timestamp.request(row.note.encode()).der, by=authority, now=datetime.now(UTC))


WRONG: dict[str, tuple[Callable[[Authority], AbstractContextManager[str]], str]] = {
    "replayed": (lambda ours: saying(answer(_replay(ours))), "Nonce"),
    "not pinned": (lambda _: serving(Authority.make(now=datetime.now(UTC))), "unable to get local issuer"),
    "expired": (
        lambda _: serving(Authority.make(now=datetime.now(UTC) - timedelta(days=9), life=timedelta(days=1))),
        "unable to get local issuer|expired",
    ),
    "rejecting": (lambda _: saying(answer(reply.rejection("We are closed."))), "refused, status 2: We are closed."),
    "garbage": (lambda _: saying(answer(b"<html>")), "strict DER"),
    "error": (lambda _: saying(answer(b"", status=503)), "HTTP status 503"),
    "redirecting": (lambda _: saying(answer(b"", status=302)), "HTTP status 302"),
    "huge": (lambda _: saying(answer(bytes(timestamp.MAX_BYTES + 1))), "more than 65536 bytes"),
    "slow": (lambda _: saying(dawdle), r"no answer within 0\.5 seconds"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_authority_that_does_not_stamp_leaves_words_and_nothing_else(
    desk: Asked, authority: Authority, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timestamps, "LIMITS", Limits(seconds=0.5, bytes=timestamp.MAX_BYTES))
    sign()
    made, why = WRONG[kind]
    with made(authority) as url:
        asked, found = timestamps.brought_up_to_date(Asked(url=url, roots=desk.roots))
    assert asked
    assert re.search(f"^no time-stamp was had: .*({why})", found)
    assert not TimeStamp.objects.exists()


def test_without_roots_nobody_is_believed(desk: Asked) -> None:
    sign()
    asked, found = timestamps.brought_up_to_date(Asked(url=desk.url, roots=b""))
    assert (asked, "trust anchors" in found) == (True, True)
    assert not TimeStamp.objects.exists()


def test_where_no_authority_is_named_nobody_is_asked(desk: Asked, settings: Any) -> None:
    settings.TSA_URL = ""
    assert timestamps.authority() is None
    timestamps.keep_stamped(print)  # returns at once
    assert timestamps.told() == ["time-stamps: none; no authority is named"]


def test_process_without_the_logs_key_asks_nobody(desk: Asked, settings: Any) -> None:
    sign()
    (settings.KEYS / "log" / "checkpoint.pem").unlink()
    timestamps.keep_stamped(print)  # returns at once
    assert not TimeStamp.objects.exists()


class _SaidError(Exception):
    pass


def _raise(sentence: object) -> None:
    raise _SaidError(sentence)


def test_trouble_is_said_and_seen_by_whoever_watches(desk: Asked, settings: Any) -> None:
    row, settings.TSA_URL, settings.TSA_EVERY_S = sign(), "http://127.0.0.1:9", 10
    with pytest.raises(_SaidError, match=r"no time-stamp was had: 127\.0\.0\.1:9 could not be asked"):
        timestamps.keep_stamped(_raise)
    assert timestamps.trouble(now=row.made_at + timedelta(seconds=29)) == ""
    assert f"since that of {row.size} entries" in timestamps.trouble(now=row.made_at + timedelta(seconds=31))
    timestamps.brought_up_to_date(desk)
    assert timestamps.trouble(now=row.made_at + timedelta(days=1)) == ""


def test_verification_tells_of_time_stamps_and_fails_when_one_does(
    desk: Asked, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    sign()
    call_command("ledger", "verify")
    assert "time-stamps: none; none came yet" in capsys.readouterr().out
    timestamps.brought_up_to_date(desk)
    call_command("ledger", "verify")
    said = capsys.readouterr().out
    assert "earliest time-stamp: 20" in said
    assert f"Z by {NAME}, covers 2 entries" in said
    (settings.KEYS / "tsa-roots.pem").unlink()
    with pytest.raises(CommandError, match="1 fault"):
        call_command("ledger", "verify")


def test_ledgers_page_says_who_stamped_or_that_nobody_does(desk: Asked, settings: Any) -> None:
    client = Client()
    client.force_login(people.make().legal)

    def says(sentence: str) -> bool:
        return sentence in " ".join(strip_tags(client.get("/ledger").content.decode()).split())

    row = sign()
    assert says("No time-stamp of an outside authority stands on this log yet.")
    timestamps.brought_up_to_date(desk)
    assert says(f"Time-stamped by {NAME} on ")
    assert says(f"nobody, this site included, can have written the first {row.size} entries later.")
    (settings.KEYS / "tsa-roots.pem").unlink()
    settings.TSA_URL = ""
    assert says("No time-stamp of an outside authority stands on this log: none is asked for.")


def test_strangers_take_a_stamped_checkpoint_home_and_check_it_by_themselves(desk: Asked, settings: Any) -> None:
    assert Client().get("/log/time-stamped").status_code == 404
    stamped_row = sign()
    notary.keep_cosignature(stamped_row.size, witness="guild.example/w", line="— guild.example/w AAAAAAAA")
    timestamps.brought_up_to_date(desk)
    sign()
    note = Client().get("/log/time-stamped").content
    size = int(note.split(b"\n")[1])
    answered = Client().get(f"/log/time-stamp/{size}")
    assert (size, answered["Content-Type"]) == (stamped_row.size, "application/timestamp-reply")
    verifier = keys.log_verifier(settings.KEYS)
    assert verifier
    found = timestamp.opened(note, answered.content, log=verifier, roots=desk.roots)
    assert found.checkpoint.size == size
    assert timestamp.verify(answered.content, over=note, roots=desk.roots) == found.stamp
    for other in (size + 2, 10**30):
        assert Client().get(f"/log/time-stamp/{other}").status_code == 404


def test_pair_kept_outside_betrays_history_that_the_key_signed_anew(
    desk: Asked, settings: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(4)
    row = sign()
    timestamps.brought_up_to_date(desk)
    note, token = tmp_path / "checkpoint", tmp_path / "checkpoint.tsr"
    note.write_text(row.note)
    token.write_bytes(bytes(timestamps.of(row.size)[0].token))
    outside = ("--checkpoint", str(note), "--time-stamp", str(token))
    call_command("ledger", "verify", *outside)
    forge(f"{REWRITE}; DELETE FROM {CHECKPOINTS}; DELETE FROM {NODES}; DELETE FROM {STAMPS}")
    keys.log_memory(settings.KEYS).unlink()
    sign()
    call_command("ledger", "verify")
    with pytest.raises(CommandError):
        call_command("ledger", "verify", *outside)
    assert "time-stamp: on " in capsys.readouterr().err


def test_time_stamp_file_that_proves_nothing_is_no_evidence(desk: Asked, tmp_path: Path) -> None:
    row = sign()
    note, token = tmp_path / "checkpoint", tmp_path / "checkpoint.tsr"
    note.write_text(row.note)
    token.write_bytes(b"nothing")
    with pytest.raises(CommandError, match="proves nothing"):
        call_command("ledger", "verify", "--checkpoint", str(note), "--time-stamp", str(token))
    with pytest.raises(CommandError, match="goes with --checkpoint"):
        call_command("ledger", "verify", "--time-stamp", str(token))
