"""The platform before its witnesses: real ones over HTTP, which vouch for an honest log and for no other."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from sigstore._internal.rekor.checkpoint import SignedCheckpoint as Rekors

from countersign import cosigning, keys, log, witnesses
from countersign.pages import vouching
from provenance import checkpoint, cosignature, cosigned, ledger, notary, note
from provenance.models import Contradiction, Cosignature, SignedCheckpoint
from provenance.note import Verifier
from provenance.types import EntryKind
from provenance.witness import Submission, Why
from tests import people as setup
from tests.countersign import guilds
from tests.countersign.guilds import Guild
from tests.countersign.test_pages import as_, text
from tests.people import People
from tests.provenance.conftest import own_database
from tests.provenance.receipts import WITNESS
from tests.provenance.test_ledger import forge
from tests.provenance.test_notary import CHECKPOINTS, ENTRIES, REWRITE, fill

__all__ = ["own_database"]

COSIGNATURES = "provenance_cosignature"
FORGET = f"; DELETE FROM {CHECKPOINTS}; DELETE FROM {COSIGNATURES}; DELETE FROM provenance_treenode"
NAMES = ("guild.example/w", "insurer.example/w")


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.KEYS = tmp_path / "keys"
    keys.prepare(settings.KEYS)
    keys.make_log_key(settings.KEYS, "testserver/log")
    return tmp_path / "keys"


@pytest.fixture
def both(folder: Path, tmp_path: Path) -> Iterator[tuple[Guild, Guild]]:
    """Two guilds that follow this log, and must both vouch."""
    log_key = [of_log(folder)]
    with (
        guilds.running(tmp_path / "a", log_key, name=NAMES[0]) as one,
        guilds.running(tmp_path / "b", log_key, name=NAMES[1]) as two,
    ):
        ask_for(folder, one, two)
        yield one, two


def of_log(folder: Path) -> Verifier:
    verifier = keys.log_verifier(folder)
    assert verifier
    return verifier


def ask_for(folder: Path, *asked: Guild, quorum: int | None = None) -> None:
    lines = [f"witness {guild.verifier} {guild.url}\n" for guild in asked]
    keys.witness_policy(folder).write_text("".join(lines) + f"quorum {len(asked) if quorum is None else quorum}\n")


def sign() -> SignedCheckpoint:
    holder = log.holder()
    assert holder
    assert log.signed(holder) == ""
    row = notary.latest()
    assert row
    return row


def ask(row: SignedCheckpoint) -> list[str]:
    """What stood in the way with each witness."""
    return [cosigning.ask(row, one) for one in witnesses.policy(of_keys()).witnesses]


def of_keys() -> Path:
    from django.conf import settings

    return Path(settings.KEYS)


@pytest.mark.django_db
def test_checkpoint_is_served_with_the_lines_of_both_and_strangers_verify_them(
    both: tuple[Guild, Guild], folder: Path
) -> None:
    fill(300)
    began = int(time.time())
    assert ask(sign()) == ["", ""]
    raw = Client().get("/log/checkpoint").content
    verifiers = [guild.verifier for guild in both]
    opened = checkpoint.opened(raw, log=of_log(folder), witnesses=verifiers)
    assert [voucher.verifier for voucher in opened.witnesses] == verifiers
    assert all(began <= (voucher.at or 0) <= time.time() for voucher in opened.witnesses)
    read = Rekors.from_text(raw.decode())
    assert read.checkpoint.log_size == 300
    assert [line.name for line in read.signed_note.signatures] == ["testserver/log", *NAMES]


@pytest.mark.django_db
def test_only_the_newest_checkpoint_is_asked_for_and_it_covers_what_came_before(both: tuple[Guild, Guild]) -> None:
    fill(3)
    ask(sign())
    for _ in range(3):
        fill(300)
        newest = sign()
    assert ask(newest) == ["", ""]
    assert set(Cosignature.objects.values_list("size", flat=True)) == {3, 903}
    policy = witnesses.policy(of_keys())
    for index, size in ((2, 3), (3, 903), (902, 903)):
        found = cosigned.standing(policy, covering=index)
        assert found.checkpoint
        assert (found.enough, found.checkpoint.size) == (True, size)
    assert cosigned.standing(policy, covering=903).vouchers == ()


@pytest.mark.django_db
def test_witness_that_remembers_more_than_we_know_of_is_asked_again_from_there(both: tuple[Guild, Guild]) -> None:
    """As after a restart between its answer and our keeping it."""
    fill(5)
    first = sign()
    assert both[0].submit(Submission(old=0, proof=(), note=first.note.encode()))[0] == 200
    fill(5)
    assert ask(sign()) == ["", ""]
    assert Cosignature.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("tamper", "more", "why"),
    [
        (REWRITE + FORGET, 0, Why.FORKED),
        (f"DELETE FROM {ENTRIES} WHERE index > 5{FORGET}", 0, Why.OLDER),
        (f"DELETE FROM {ENTRIES} WHERE index > 5{FORGET}", 6, Why.UNPROVEN),
        (REWRITE + FORGET, 3, Why.UNPROVEN),
    ],
    ids=["forked", "shrunk", "shrunk and grown", "rewritten and grown"],
)
def test_log_that_was_changed_with_its_own_key_is_refused_and_shown_to_legal_in_red(
    both: tuple[Guild, Guild], folder: Path, people: People, tamper: str, more: int, why: Why
) -> None:
    for number in range(10):
        setup.entry(EntryKind.RUN_GRANTED, f"run:{number}", "person:1")
    ledger.sequence()
    honest = sign()
    assert ask(honest) == ["", ""]
    assert vouching.alarms() == []
    forge(tamper)
    keys.log_memory(folder).unlink()
    fill(more)
    shown = sign()
    assert all(f"({why})" in said for said in ask(shown))
    assert ask(shown)  # again, and it is told once
    assert Cosignature.objects.count() == 0
    kept = Contradiction.objects.order_by("witness")
    assert [(one.witness, one.why, one.remembered) for one in kept] == [(name, why, honest.size) for name in NAMES]
    page = as_(people.legal).get("/ledger")
    assert b'class="note bad"' in page.content
    for words in (*NAMES, "What it means", "What to do", f"vouched for {honest.size} entries", str(shown.size)):
        assert words in text(page)
    ledger.sequence()
    assert len(ledger.about([f"witness:{name}" for name in NAMES], kinds=(EntryKind.ALARM_RAISED,))) == 2
    if why in (Why.FORKED, Why.UNPROVEN):
        for guild in both:
            assert honest.note in guild.conflicts()[0]


@pytest.mark.django_db
def test_a_slower_process_that_shows_less_than_another_already_did_is_no_alarm(both: tuple[Guild, Guild]) -> None:
    fill(5)
    slow = sign()
    fill(5)
    quick = sign()
    ask(quick)
    forge(f"DELETE FROM {COSIGNATURES}")  # as seen by somebody who read before
    assert ask(slow) == ["", ""]
    assert vouching.alarms() == []


@pytest.mark.django_db
def test_what_contradicts_cannot_be_taken_back_and_does_not_grow_without_end(both: tuple[Guild, Guild]) -> None:
    fill(5)
    row = sign()
    told = [cosigned.contradict(row, witness="w", why=Why.OLDER, remembered=n) for n in range(40)]
    assert told.count(True) == cosigned.MOST_TOLD
    for change in ("UPDATE provenance_contradiction SET witness = ''", "DELETE FROM provenance_contradiction"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)


@pytest.mark.django_db
def test_ledger_page_says_who_vouches_since_when_and_who_not_yet(
    both: tuple[Guild, Guild], folder: Path, people: People
) -> None:
    fill(4)
    row = sign()
    assert "No witness has signed yet." in text(as_(people.legal).get("/ledger"))
    cosigning.ask(row, witnesses.policy(folder).witnesses[0])
    page = text(as_(people.legal).get("/ledger"))
    assert "Too few witnesses have signed yet that the first 4 entries" in page
    assert f"Vouches {NAMES[0]}" in page
    assert f"Not yet {NAMES[1]}" in page
    cosigning.ask(row, witnesses.policy(folder).witnesses[1])
    assert "Enough witnesses signed that the first 4 entries" in text(as_(people.legal).get("/ledger"))


@pytest.mark.django_db
def test_kept_line_that_does_not_hold_is_named_and_counts_for_nobody(
    both: tuple[Guild, Guild], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(4)
    row = sign()
    cosigning.ask(row, witnesses.policy(folder).witnesses[0])
    call_command("ledger", "verify")
    other = cosignature.sign(note.parse(row.note.encode()).text.replace("4", "5"), **_as(both[1]))
    notary.keep_cosignature(4, witness=NAMES[1], line=f"— {NAMES[1]} {_relabelled(str(other), both[1])}")
    assert len(cosigned.standing(witnesses.policy(folder), covering=3).vouchers) == 1
    with pytest.raises(CommandError, match="1 fault"):
        call_command("ledger", "verify")
    assert f"The cosignature of {NAMES[1]} on 4 entries does not hold" in capsys.readouterr().err


def _as(guild: Guild) -> dict[str, Any]:
    return {"name": guild.verifier.name, "key": Ed25519PrivateKey.generate(), "at": 1}


def _relabelled(line: str, guild: Guild) -> str:
    """The line with the key id of the real witness."""
    (said,) = note.parse(f"x\n\n{line}\n".encode()).signatures
    made = note.Signature(name=said.name, key_id=guild.verifier.key_id, value=said.value)
    return str(made).rsplit(" ", 1)[1]


@pytest.mark.django_db
def test_lines_of_a_retired_witness_are_no_fault(both: tuple[Guild, Guild], folder: Path) -> None:
    fill(4)
    assert ask(sign()) == ["", ""]
    ask_for(folder, both[0])
    assert log.audit().faults == ()
    served = Client().get("/log/checkpoint").content
    assert served.count("— ".encode()) == 2, "what cannot be verified here any more is not handed on"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("policy", "page", "line"),
    [
        (None, "Nobody outside vouches for it.", "witnesses: none must vouch"),
        (
            f"witness {WITNESS} http://127.0.0.1:1\nquorum 0\n",
            "whether they vouch or not",
            "witnesses: none must vouch",
        ),
        (f"witness {WITNESS} http://127.0.0.1:1\nquorum 1\n", "once 1 of 1 vouch", "witnesses: 1 of 1 must vouch"),
    ],
    ids=["none", "quorum 0", "quorum 1"],
)
def test_that_nobody_outside_must_vouch_is_said_aloud(
    folder: Path, people: People, capsys: pytest.CaptureFixture[str], policy: str | None, page: str, line: str
) -> None:
    if policy:
        keys.witness_policy(folder).write_text(policy)
    fill(1)
    sign()
    assert page in text(as_(people.legal).get("/ledger"))
    call_command("ledger", "verify")
    assert line in capsys.readouterr().out
