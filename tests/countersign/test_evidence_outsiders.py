"""Outsiders vouch for the log in a bundle: a witness's cosignature, an authority's time-stamp, sound and otherwise."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from countersign import keys
from countersign.evidence import services, verify
from countersign.evidence.bundle import CHECKPOINT, STAMPS
from countersign.evidence.case import Pins
from countersign.evidence.findings import Mark, Report
from countersign.tsa.authority import Authority
from provenance import checkpoint, cosignature, notary, timestamp
from provenance.models import SignedCheckpoint
from provenance.note import Verifier
from tests import people as setup
from tests.countersign import dossier
from tests.countersign.dossier import Dossier
from tests.provenance.stampers import stamped

GUILD = Ed25519PrivateKey.generate()
WITNESS = cosignature.verifier_of(GUILD, name="guild.example/w")
STRANGER = cosignature.verifier_of(Ed25519PrivateKey.generate(), name="guild.example/w")


@pytest.fixture
def authority() -> Authority:
    return Authority.make(now=datetime.now(UTC))


@pytest.fixture
def made(db: None, performers: Path, authority: Authority) -> Iterator[Dossier]:
    """A published run; from then on a guild is asked to vouch, and an authority to say when."""
    made = dossier.made(performers)
    policy, roots = keys.witness_policy(settings.KEYS), Path(settings.KEYS) / "tsa-roots.pem"
    policy.write_text(f"witness {WITNESS} https://witness.guild.example\nquorum 1\n")
    roots.write_bytes(authority.root_pem)
    yield made
    policy.unlink()
    roots.unlink()


def vouched(authority: Authority | None = None) -> SignedCheckpoint:
    """Have the newest checkpoint cosigned, and time-stamped if an authority is there."""
    dossier.sign_log()
    row = SignedCheckpoint.objects.order_by("-size")[0]
    text = row.note.partition("\n\n")[0] + "\n"
    line = cosignature.sign(text, name=WITNESS.name, key=GUILD, at=int(row.made_at.timestamp()))
    notary.keep_cosignature(row.size, witness=WITNESS.name, line=str(line))
    if authority:
        reply = stamped(timestamp.request(row.note.encode()), authority, now=datetime.now(UTC))
        notary.keep_time_stamp(row.size, authority="the authority", token=reply)
    return row


def examined(
    path: Path, *, log: Verifier | None = None, witnesses: tuple[Verifier, ...] = (), roots: bytes | None = None
) -> Report:
    pins = Pins(log=log, witnesses=witnesses, stamp_roots=roots)
    return verify.examine(path, pins=pins, now=setup.NOW)


def said(report: Report, mark: Mark) -> str:
    return "\n".join(f"{found.member}: {found.sentence}" for found in report.findings if found.mark is mark)


def test_witness_and_clock_vouch_for_the_checkpoint_in_the_bundle(
    made: Dossier, authority: Authority, tmp_path: Path
) -> None:
    vouched(authority)
    report = examined(made.bundle(tmp_path))
    assert report.sound, said(report, Mark.FAILS)
    assert "1 of 1 witnesses vouch for that checkpoint (guild.example/w); 1 are asked for." in said(report, Mark.HOLDS)
    assert "saw that checkpoint at" in said(report, Mark.HOLDS)
    assert "Only the bundle names the witnesses' keys" in said(report, Mark.OPEN)


def test_checkpoint_with_witness_and_clock_is_preferred_to_a_newer_one_without(
    made: Dossier, authority: Authority, tmp_path: Path
) -> None:
    row = vouched(authority)
    setup.entry(setup.EntryKind.PERSON_SIGNED_IN, "person:somebody", "person:somebody")
    found = dossier.members(made.bundle(tmp_path))
    assert SignedCheckpoint.objects.order_by("-size")[0].size > row.size
    assert found[CHECKPOINT].decode().split("\n")[1] == str(row.size)


def test_witness_that_the_reader_knows_must_have_vouched(made: Dossier, authority: Authority, tmp_path: Path) -> None:
    vouched(authority)
    path = made.bundle(tmp_path)
    assert examined(path, witnesses=(WITNESS,)).sound
    assert "You named the witnesses' keys yourself." in said(examined(path, witnesses=(WITNESS,)), Mark.HOLDS)
    failed = said(examined(path, witnesses=(STRANGER,)), Mark.FAILS)
    assert "0 of 1 witnesses vouch for that checkpoint (nobody), and 1 are asked for." in failed
    assert "1 of 2 witnesses vouch" in said(examined(path, witnesses=(WITNESS, STRANGER)), Mark.FAILS)


def test_bundle_made_while_witnesses_are_away_says_that_they_do_not_vouch(
    made: Dossier, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(services, "PATIENCE_S", 0.1)
    report = examined(made.bundle(tmp_path))
    assert "0 of 1 witnesses vouch for that checkpoint (nobody), and 1 are asked for." in said(report, Mark.FAILS)


def test_cosignature_that_was_moved_to_another_tree_is_named(made: Dossier, tmp_path: Path) -> None:
    vouched()
    found = dossier.members(made.bundle(tmp_path))
    log = keys.log_private(settings.KEYS)
    assert log is not None
    tree = checkpoint.parse(found[CHECKPOINT].decode().partition("\n\n")[0] + "\n")
    other = checkpoint.Checkpoint(origin=tree.origin, size=tree.size, root=bytes(32))
    line = found[CHECKPOINT].decode().splitlines()[-1]
    forged = f"{checkpoint.sign(other, key=log)}{line}\n".encode()
    report = examined(dossier.packed(tmp_path / "f.zip", dossier.resigned({**found, CHECKPOINT: forged})))
    assert f"{CHECKPOINT}: The witnesses' lines under the checkpoint do not hold" in said(report, Mark.FAILS)


def test_time_stamp_counts_only_under_roots_the_reader_trusts(
    made: Dossier, authority: Authority, tmp_path: Path
) -> None:
    vouched(authority)
    path = made.bundle(tmp_path)
    assert examined(path, roots=authority.root_pem).sound
    other = Authority.make("Somebody else", now=datetime.now(UTC)).root_pem
    assert f"{STAMPS}0.tsr: {STAMPS}0.tsr: The time-stamp does not hold" in said(
        examined(path, roots=other), Mark.FAILS
    )


def test_time_stamp_on_another_checkpoint_says_nothing_of_this_one(
    made: Dossier, authority: Authority, tmp_path: Path
) -> None:
    vouched(authority)
    found = dossier.members(made.bundle(tmp_path))
    foreign = stamped(timestamp.request(b"another checkpoint"), authority, now=datetime.now(UTC))
    report = examined(dossier.packed(tmp_path / "f.zip", dossier.resigned({**found, f"{STAMPS}0.tsr": foreign})))
    assert "The time-stamp is over other bytes." in said(report, Mark.FAILS)
