"""The ledger's receipt for a run: waited for, never done without, and true of the run it is for."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from django.utils import timezone

from countersign import cosigning, log, witnesses
from countersign.runs import pipeline, receipts, signing
from countersign.runs.models import Dispatch, Run, RunState
from countersign.runs.pipeline import SIGN
from provenance import ledger, notary, receipt
from provenance.errors import LedgerError
from provenance.types import EntryKind
from tests import people as setup
from tests.countersign import guilds
from tests.countersign.conftest import Things
from tests.countersign.guilds import Guild
from tests.countersign.test_granted import _grant
from tests.countersign.test_witnesses import NAMES, ask_for, folder, of_log

__all__ = ["folder"]  # a log with keys of its own

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receipts, "PATIENCE_S", 0.0)
    monkeypatch.setattr(receipts, "LOOK_EVERY_S", 0.0)


@pytest.fixture
def recorded(things: Things) -> Run:
    """A run whose decision and frames stand in the ledger."""
    subject = f"run:{things.run.pk}"
    setup.entry(EntryKind.RUN_GRANTED, subject, "person:1", grant_sha256="a" * 64)
    made = {"essence_sha256": "b" * 64, "grant_sha256": "a" * 64}
    setup.entry(EntryKind.OUTPUT_MADE, subject, "worker:convert", **made)
    return things.run


def sign_checkpoint() -> None:
    holder = log.holder()
    assert holder
    assert log.signed(holder) == ""


def test_receipt_proves_the_decision_and_the_frames_of_the_run(recorded: Run, folder: Path) -> None:
    sign_checkpoint()
    found = receipts.of_run(recorded)
    assert found
    receipt.check(found, log=of_log(folder))
    claimed = {"run_id": str(recorded.pk), "grant_sha256": "a" * 64, "essence_sha256": "b" * 64}
    assert receipt.problems(receipt.to_json(found), claimed=claimed) == ()


def test_receipt_names_nobody_who_decided_or_is_seen(recorded: Run, folder: Path) -> None:
    sign_checkpoint()
    found = receipts.of_run(recorded)
    assert found
    assert "person:1" not in str(receipt.to_json(found))


def test_nothing_is_vouched_for_before_the_log_signed_it(recorded: Run) -> None:
    assert receipts.of_run(recorded) is None
    sign_checkpoint()
    assert receipts.of_run(recorded)


def test_receipt_waits_for_every_witness_of_the_quorum(recorded: Run, folder: Path, tmp_path: Path) -> None:
    with (
        guilds.running(tmp_path / "a", [of_log(folder)], name=NAMES[0]) as one,
        guilds.running(tmp_path / "b", [of_log(folder)], name=NAMES[1]) as two,
    ):
        ask_for(folder, one, two)
        sign_checkpoint()
        assert receipts.of_run(recorded) is None
        assert _vouch(one) == ""
        assert receipts.of_run(recorded) is None, "one of two is not enough"
        assert _vouch(two) == ""
    found = receipts.of_run(recorded)
    assert found
    opened = receipt.check(found, log=of_log(folder), witnesses=(one.verifier, two.verifier))
    assert {voucher.verifier.name for voucher in opened.witnesses} == set(NAMES)


def _vouch(guild: Guild) -> str:
    row = notary.latest()
    assert row
    known = witnesses.policy(Path(site.KEYS)).witnesses
    return cosigning.ask(row, next(one for one in known if one.verifier == guild.verifier))


@pytest.mark.parametrize("kind", [EntryKind.RUN_GRANTED, EntryKind.OUTPUT_MADE])
def test_run_whose_decision_or_frames_the_ledger_does_not_know_is_not_signed(things: Things, kind: EntryKind) -> None:
    setup.entry(kind, f"run:{things.run.pk}", "person:1")
    sign_checkpoint()
    with pytest.raises(LedgerError, match="nothing is signed without it"):
        receipts.of_run(things.run)


def test_log_without_a_key_signs_nothing(recorded: Run, settings: Any, tmp_path: Path) -> None:
    settings.KEYS = tmp_path / "none"
    with pytest.raises(LedgerError, match="no key"):
        receipts.of_run(recorded)


def test_run_waits_at_signing_and_is_tried_again_without_losing_a_try(
    recorded: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    Run.objects.filter(pk=recorded.pk).update(state=RunState.CONVERTED)
    Dispatch.objects.create(task="sign", subject=recorded.pk, due_at=timezone.now())
    monkeypatch.setattr(signing.seal, "open", lambda *_: _grant(recorded))
    monkeypatch.setattr(signing.consents, "standing", lambda *_, **__: None)
    for _ in range(pipeline.MOST_ATTEMPTS + 1):
        claimed = pipeline.claim(recorded.pk, SIGN)
        assert claimed
        signing.sign(claimed)
        claimed.refresh_from_db()
        assert (claimed.state, claimed.attempt, claimed.note) == (RunState.CONVERTED, 0, signing.WAITING)
    assert ledger.find(EntryKind.OUTPUT_SIGNED, subject=f"run:{recorded.pk}") is None
    (waiting,) = Dispatch.objects.filter(task="sign", subject=recorded.pk, done_at=None)
    assert timezone.now() < waiting.due_at < timezone.now() + 2 * pipeline.AGAIN
