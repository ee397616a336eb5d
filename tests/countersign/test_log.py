"""The log as strangers follow it: over HTTP, from tiles alone, with a client that shares no code with us."""

import base64
import hashlib
import json
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.core.management import CommandError, call_command
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client
from proofbundle.tlogproof import verify_tlog_proof

from countersign import keys, log, worker
from countersign.accounts import signing_in
from countersign.keeping import looks
from provenance import ledger, notary
from provenance.models import LedgerEntry
from provenance.types import EntryKind
from tests import honest, people as setup
from tests.countersign.conftest import Things
from tests.countersign.test_pages import as_
from tests.people import People
from tests.provenance.test_ledger import forge, write
from tests.provenance.test_notary import CHECKPOINTS, ENTRIES, REWRITE, fill

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.KEYS = tmp_path / "keys"
    keys.prepare(settings.KEYS)
    keys.make_log_key(settings.KEYS, "testserver/log")
    return tmp_path / "keys"


def sign() -> None:
    holder = log.holder()
    assert holder
    assert log.signed(holder) == ""


def get(path: str) -> HttpResponseBase:
    return Client().get(f"/log/{path}")


class Follower:
    """A stranger: knows the verifier key and what C2SP writes, keeps leaves and the last checkpoint it believed."""

    def __init__(self) -> None:
        name, _, rest = get("key").content.decode().strip().partition("+")  # type: ignore[attr-defined]
        self.name, self.key = name, base64.b64decode(rest.split("+", 1)[1])[1:]
        self.leaves: list[bytes] = []
        self.size, self.root = 0, b""
        self.fetched: list[str] = []

    def follow(self) -> None:
        raw = get("checkpoint").content.decode()  # type: ignore[attr-defined]
        text, _, line = raw.rpartition("\n\n")
        signature = base64.b64decode(line.strip().rsplit(" ", 1)[1])[4:]
        Ed25519PublicKey.from_public_bytes(self.key).verify(signature, f"{text}\n".encode())
        origin, size, root = text.split("\n")
        assert origin == self.name
        leaves = self.leaves[: len(self.leaves) // 256 * 256]
        while len(leaves) < int(size):
            width = min(256, int(size) - len(leaves))
            leaves += self.tile(0, len(leaves) // 256, width)
        assert self.hash(leaves) == base64.b64decode(root), "the tiles are not those that were signed"
        assert not self.size or self.hash(leaves[: self.size]) == self.root, "the log was rewritten"
        self.leaves, self.size, self.root = leaves, int(size), base64.b64decode(root)

    def tile(self, level: int, index: int, width: int) -> list[bytes]:
        assert index < 1000
        path = f"tile/{level}/{index:03}" + ("" if width == 256 else f".p/{width}")
        self.fetched.append(path)
        answer = get(path)
        assert answer.status_code == 200
        assert answer["Content-Type"] == "application/octet-stream"
        raw = answer.content  # type: ignore[attr-defined]
        assert len(raw) == 32 * width
        return [raw[n : n + 32] for n in range(0, len(raw), 32)]

    def hash(self, leaves: list[bytes]) -> bytes:
        """RFC 6962, 2.1, word for word."""
        if len(leaves) == 1:
            return leaves[0]
        k = 1
        while k * 2 < len(leaves):
            k *= 2
        return hashlib.sha256(b"\x01" + self.hash(leaves[:k]) + self.hash(leaves[k:])).digest()


def test_stranger_follows_the_log_from_tiles_alone() -> None:
    fill(3)
    sign()
    stranger = Follower()
    stranger.follow()
    for more in (252, 1, 1, 300, 700):
        fill(more)
        sign()
        stranger.follow()
    assert stranger.size == 1257
    texts = LedgerEntry.objects.values_list("canonical", flat=True)
    assert stranger.leaves == [hashlib.sha256(b"\x00" + text.encode()).digest() for text in texts]
    assert stranger.fetched.count("tile/0/000") == 1, "a full tile is fetched once"
    above = stranger.tile(1, 0, 4)
    assert above == [stranger.hash(stranger.leaves[n : n + 256]) for n in range(0, 1024, 256)]


def test_stranger_notices_rewritten_history_even_if_the_key_signs_it(folder: Path) -> None:
    fill(300)
    sign()
    stranger = Follower()
    stranger.follow()
    forge(f"{REWRITE}; DELETE FROM {CHECKPOINTS}; DELETE FROM provenance_treenode")
    keys.log_memory(folder).unlink()
    fill(1)
    sign()
    with pytest.raises(AssertionError, match=r"not those that were signed|rewritten"):
        stranger.follow()


def test_stranger_with_another_key_believes_nothing() -> None:
    fill(3)
    sign()
    stranger = Follower()
    stranger.key = bytes(31) + b"\x01"
    with pytest.raises((InvalidSignature, ValueError)):
        stranger.follow()


def test_answers_are_cached_as_their_kind_allows_and_by_everybody() -> None:
    fill(300)
    sign()
    for path, cached in {
        "checkpoint": "public, max-age=1",
        "key": "public, max-age=86400",
        "tile/0/000": "public, max-age=31536000, immutable",
        "tile/0/001.p/44": "public, max-age=31536000, immutable",
        "tile/0/000.p/7": "public, max-age=31536000, immutable",
    }.items():
        answer = get(path)
        assert (answer.status_code, answer["Cache-Control"]) == (200, cached)
        assert not answer.cookies
        assert "Cookie" not in answer.get("Vary", "")
    assert get("checkpoint")["Content-Type"] == get("key")["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    "path",
    [
        "entries/000",
        "entries/000.p/44",
        "0/001",
        "0/001.p/45",
        "0/002.p/1",
        "1/000",
        "1/000.p/2",
        "2/000.p/1",
        "0/0",
        "x",
    ],
)
def test_what_is_not_signed_or_not_public_is_not_there(path: str) -> None:
    fill(300)
    sign()
    assert get("tile/1/000.p/1").status_code == 200
    assert get(f"tile/{path}").status_code == 404


def test_entries_that_are_not_signed_yet_do_not_show() -> None:
    fill(2)
    assert get("checkpoint").status_code == get("tile/0/000.p/2").status_code == 404
    sign()
    fill(1)
    assert get("tile/0/000.p/2").status_code == 200
    assert get("tile/0/000.p/3").status_code == 404


def test_without_a_key_there_is_none_to_read(settings: Any, tmp_path: Path) -> None:
    settings.KEYS = tmp_path / "elsewhere"
    assert get("key").status_code == 404
    assert log.holder() is None
    fill(1)
    assert log.audit().faults == ()


def test_member_takes_an_entry_home_with_a_proof_that_another_implementation_believes(people: People) -> None:
    index = setup.entry(EntryKind.PRODUCTION_OPENED, f"production:{people.production.pk}", "operator")
    producer = as_(people.producer)
    assert producer.get(f"/ledger/{index}/proof").status_code == 409, "nothing is signed yet"
    sign()
    answer = producer.get(f"/ledger/{index}/proof")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="entry-{index}.tlog-proof"'
    written, key = answer.content.decode(), get("key").content.decode().strip()
    entry = ledger.read(index).canonical.encode()
    assert verify_tlog_proof(written, entry, key)["ok"]
    assert not verify_tlog_proof(written, entry + b" ", key)["ok"]
    assert base64.b64encode(entry).decode() in written
    assert as_(people.stranger).get(f"/ledger/{index}/proof").status_code == 404


def test_name_of_the_log_stays_with_its_key(folder: Path, settings: Any) -> None:
    settings.SITE_URL = "https://moved.example"
    assert log.origin() == "moved.example/log"
    keys.make_log_key(folder, log.origin())
    verifier = keys.log_verifier(folder)
    assert verifier
    assert verifier.name == "testserver/log"
    assert (folder / "log" / "checkpoint.pem").stat().st_mode & 0o777 == 0o600
    assert (folder / "log.vkey").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("queue", ["gpu", "sign", "default"])
def test_no_worker_opens_the_logs_key(queue: str) -> None:
    assert "log" in worker.SHUT_AWAY[queue]


def test_whoever_lacks_the_key_gives_entries_their_place_all_the_same(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def enough(seconds: float) -> None:
        raise StopIteration

    settings.KEYS = tmp_path / "elsewhere"
    monkeypatch.setattr(time, "sleep", enough)
    with transaction.atomic():
        honest.append(EntryKind.RUN_GRANTED, subject="run:1", actor="person:1")
    with pytest.raises(StopIteration):
        log.keep_signed(print)
    assert LedgerEntry.objects.count() == 1


def test_what_stands_in_the_way_is_said_once_and_signing_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    answers = iter(["no", "no", "", "no"])
    monkeypatch.setattr(log, "signed", lambda by: next(answers))
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    with pytest.raises(StopIteration):
        log.keep_signed(said.append)
    assert said == ["no", "no"]


def test_trouble_is_told_in_words() -> None:
    fill(5)
    sign()
    holder = log.holder()
    assert holder
    holder.memory.write_text("scribble")
    assert "no checkpoint was signed" in log.signed(holder)


def test_verify_command_says_the_latest_checkpoint(capsys: pytest.CaptureFixture[str]) -> None:
    fill(5)
    sign()
    row = notary.latest()
    assert row
    call_command("ledger", "verify")
    assert capsys.readouterr().out.splitlines()[2] == f"latest checkpoint: 5 entries, root {bytes(row.root).hex()}"


def test_verify_command_names_what_a_checkpoint_betrays(capsys: pytest.CaptureFixture[str]) -> None:
    write(6)
    sign()
    forge(REWRITE)
    with pytest.raises(CommandError, match="6 entries, 1 fault"):
        call_command("ledger", "verify")
    assert "The first 6 entries are not those whose checkpoint was signed." in capsys.readouterr().err


def test_verify_command_holds_a_checkpoint_kept_elsewhere(tmp_path: Path, folder: Path) -> None:
    write(6)
    sign()
    kept = tmp_path / "kept"
    kept.write_bytes(get("checkpoint").content)  # type: ignore[attr-defined]
    keys.log_memory(folder).unlink()
    call_command("ledger", "verify", "--checkpoint", str(kept))
    forge(f"DELETE FROM {ENTRIES} WHERE index > 3; DELETE FROM {CHECKPOINTS}")
    call_command("ledger", "verify")
    with pytest.raises(CommandError, match="1 fault"):
        call_command("ledger", "verify", "--checkpoint", str(kept))
    kept.write_text("no checkpoint")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("ledger", "verify", "--checkpoint", str(kept))


def test_checkpoints_without_the_key_to_check_them_are_a_fault(folder: Path) -> None:
    write(2)
    sign()
    (folder / "log.vkey").unlink()
    assert [fault.sentence for fault in log.audit().faults] == [
        "There are checkpoints, and no log.vkey among the keys to check them by."
    ]


def test_legals_page_tells_the_latest_checkpoint_in_plain_words() -> None:
    people = setup.make()
    client = Client()
    client.force_login(people.legal)
    assert "Latest checkpoint" not in client.get("/ledger").content.decode()
    write(2)
    sign()
    row = notary.latest()
    assert row
    page = client.get("/ledger").content.decode()
    assert f"Latest checkpoint: {row.size} entries, signed" in page
    assert bytes(row.root).hex()[:16] in page
    assert 'href="/log/checkpoint"' in page
    assert "Verified just now" in client.get("/ledger/verification").content.decode()


def test_only_hashes_leave() -> None:
    """Neither a subject nor anything else an entry says is in a tile."""
    write(3, secret="a working title")
    sign()
    raw = get("tile/0/000.p/3").content  # type: ignore[attr-defined]
    assert len(raw) == 96


def test_schema_is_public_and_every_entry_that_was_written_is_read_by_it(people: People, things: Things) -> None:
    looks.at_footage(things.plate, by=people.legal)
    looks.at_output(things.output, by=people.legal)
    signing_in.token(people.producer)
    answer = get("schema")
    assert answer["Content-Type"] == "application/schema+json"
    assert answer["Cache-Control"] == "public, max-age=86400"
    published = jsonschema.Draft202012Validator(json.loads(answer.content))  # type: ignore[attr-defined]
    ledger.sequence()
    written = list(ledger.entries())
    assert {entry.kind for entry in written} >= {EntryKind.CONSENT_APPROVED, EntryKind.FOOTAGE_VIEWED}
    for entry in written:
        published.validate(json.loads(entry.canonical))
