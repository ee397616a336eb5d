"""What a signed file says is held against this site's own log before anybody may see it: no signer is believed."""

from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from consent import seal
from consent.types import Grant, ReasonCode
from countersign import keys
from countersign.runs import publication, receipts, signing, storage
from countersign.runs.errors import ConsentGoneError
from countersign.runs.models import LikenessModel, Output, Run
from provenance import c2pa_io, essence, signer
from provenance.types import EntryKind, Receipt
from tests import people as setup
from tests.countersign.conftest import Things
from tests.countersign.test_granted import _grant
from tests.countersign.test_witnesses import folder, sign
from tests.provenance.receipts import WITNESS, issued

__all__ = ["folder"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def film(performers: Path) -> Path:
    return performers / "anselm_plate.mp4"


@pytest.fixture
def grant(things: Things, film: Path, folder: Path) -> Grant:
    """A run whose decision and frames stand in a log that is signed."""
    LikenessModel.objects.create(
        run=things.run,
        performer=things.run.likeness,
        consent=things.consent,
        sha256="c" * 64,
        trained_at=timezone.now(),
    )
    for clip, path in ((things.run.footage, film.with_name("idris_training.mp4")), (things.run.plate, film)):
        clip.sha256 = storage.digest(path)
        clip.save()
        setup.bring(clip, path.read_bytes())
    things.run.lineage_sha256 = "d" * 64
    granted = _grant(things.run)
    record(things.run, seal.digest(granted), film)
    sign()
    signer.make_pki(folder / "sign", folder / "anchor.pem")
    return granted


def record(run: Run, grant_sha256: str, film: Path) -> None:
    subject, body = f"run:{run.pk}", {"grant_sha256": grant_sha256, "essence_sha256": essence.sha256(film)}
    setup.entry(EntryKind.RUN_GRANTED, subject, "person:1", grant_sha256=grant_sha256)
    setup.entry(EntryKind.OUTPUT_MADE, subject, "worker:convert", **body)


def own(run: Run) -> Receipt:
    found = receipts.of_run(run)
    assert found
    return found


def signed(run: Run, grant: Grant, *, receipt: Receipt, film: Path) -> Output:
    """What a signer makes of it, whatever receipt it was given."""
    target = Path(settings.KEYS).parent / "signed.mp4"
    c2pa_io.sign(
        signing._claim(run, grant, receipt, clips=(film, film.with_name("idris_training.mp4"))),
        source=film,
        target=target,
        signer=signer.FileSigner(Path(settings.KEYS) / "sign"),
        anchors=keys.anchor(settings.KEYS),
    )
    sha256 = storage.digest(target)
    storage.copy(target, storage.output(sha256))
    run.output.sha256 = sha256
    return run.output


def judged(things: Things, grant: Grant, receipt: Receipt, film: Path) -> str:
    """Why it is not published; nothing if it is."""
    try:
        publication._judge(things.run, signed(things.run, grant, receipt=receipt, film=film), grant)
    except ConsentGoneError as error:
        return error.reasons[0].asked
    return ""


def test_file_with_the_receipt_of_this_run_and_log_passes(things: Things, grant: Grant, film: Path) -> None:
    assert judged(things, grant, own(things.run), film) == ""


def test_file_that_is_not_the_one_that_was_signed_is_not_published(things: Things, grant: Grant, film: Path) -> None:
    output = signed(things.run, grant, receipt=own(things.run), film=film)
    storage.output(output.sha256).write_bytes(b"another film")
    with pytest.raises(ConsentGoneError) as gone:
        publication._judge(things.run, output, grant)
    assert [reason.code for reason in gone.value.reasons] == [ReasonCode.CREDENTIALS_DO_NOT_HOLD]


def test_receipt_of_a_log_of_the_signers_own_is_not_published(things: Things, grant: Grant, film: Path) -> None:
    """It holds together, and a stranger who trusts the signer would see nothing wrong with it."""
    forged = issued(run_id=str(things.run.pk), grant_sha256=seal.digest(grant), essence_sha256=essence.sha256(film))
    assert "not of this site's log" in judged(things, grant, forged, film)


def test_decision_about_another_run_does_not_stand_in_for_this_ones(things: Things, grant: Grant, film: Path) -> None:
    """Of the decision, the receipt shows a hash alone: only the ledger can tell whose it is."""
    held = own(things.run)
    decision, made = held.entries
    assert judged(things, grant, replace(held, entries=(replace(made, kind=decision.kind, text=""), made)), film) == (
        "its receipt is about another run"
    )


def test_receipt_without_the_quorum_of_the_policy_is_not_published(things: Things, grant: Grant, film: Path) -> None:
    """As when it was signed before there was a policy, or by a signer that does not ask."""
    held = own(things.run)
    text = f"witness {WITNESS} https://guild.example\nquorum 1\n"
    keys.witness_policy(settings.KEYS).write_text(text)
    assert judged(things, grant, held, film) == ("its receipt carries the signatures of 0 witnesses, and 1 must vouch")
