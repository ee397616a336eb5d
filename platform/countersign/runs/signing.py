"""The sign worker's part: say truthfully what was made, sign it, and keep the file under its digest.

It signs only the frames whose digest the convert step wrote down, only for the run, clips and people that the grant
names, and only while the grant's consents stand.
"""

import tempfile
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

import countersign
from consent import seal, services as consents
from consent.types import Grant, Part
from countersign import inmemory, keys
from countersign.runs import deposits, making, pipeline, receipts, requests, storage
from countersign.runs.errors import ConsentGoneError
from countersign.runs.models import Footage, Output, Run
from countersign.runs.pipeline import SIGN
from provenance import c2pa_io, essence, ledger, signer
from provenance.receipt import made
from provenance.types import Claim, ConsentBinding, EntryKind, Ingredient, Receipt
from synthesis.errors import InputsChangedError

WAITING = "Waiting until the log, and its witnesses, vouch for what was made"
# People type names into the titles of clips and runs; a manifest goes everywhere and cannot be taken back.
TITLES = {"parentOf": "Plate", "componentOf": "Footage of the likeness"}


def sign(run: Run) -> None:
    """Raises ConsentGoneError, InputsChangedError, and ProvenanceError where no true manifest can be signed.

    Until log and witnesses vouch for what the run did, it waits and nothing is lost.
    """
    grant = seal.open(run.sealed_grant, keys.gate_public(settings.KEYS), timezone.now())
    changed = requests.granted_otherwise(run, grant)
    if changed is not None:
        raise ConsentGoneError((changed,))
    refusal = consents.standing(grant, now=timezone.now())
    if refusal is not None:
        raise ConsentGoneError(refusal.reasons)
    receipt = receipts.of_run(run)
    if receipt is None:
        pipeline.postpone(run, SIGN, note=WAITING)
        return
    with (
        tempfile.TemporaryDirectory(dir=storage.work(run.pk)) as private,
        inmemory.place("frames.mp4") as frames,
        deposits.in_memory(run.plate, name="plate.mp4") as plate,
        deposits.in_memory(run.footage, name="footage.mp4") as footage,
    ):
        signed = Path(private) / "signed.mp4"
        making.open_frames(run, grant, frames)
        _expect_recorded(frames, receipt)
        c2pa_io.sign(
            _claim(run, grant, receipt, clips=(plate, footage)),
            source=frames,
            target=signed,
            signer=signer.FileSigner(settings.KEYS / "sign"),
            anchors=keys.anchor(settings.KEYS),
        )
        _keep(run, signed, grant_sha256=seal.digest(grant))


def _expect_recorded(frames: Path, receipt: Receipt) -> None:
    recorded, came = made(receipt).get("essence_sha256"), essence.sha256(frames)
    if came != recorded:
        raise InputsChangedError(f"the frames are not those the ledger knows: expected {recorded}, came {came}")


def _keep(run: Run, signed: Path, *, grant_sha256: str) -> None:
    sha256, size = storage.digest(signed), signed.stat().st_size
    storage.copy(signed, storage.output(sha256))
    with transaction.atomic():
        pipeline.lock(run)
        output = Output.objects.create(run=run, sha256=sha256, size=size, signed_at=timezone.now())
        body = {"sha256": sha256, "run": str(run.pk), "grant_sha256": grant_sha256}
        ledger.append(EntryKind.OUTPUT_SIGNED, subject=f"output:{output.pk}", actor="worker:sign", body=dict(body))
        pipeline.advance(run, SIGN, body={"output_sha256": sha256})


def _claim(run: Run, grant: Grant, receipt: Receipt, *, clips: tuple[Path, Path]) -> Claim:
    plate, footage = clips
    return Claim(
        run_id=str(run.pk),
        title=f"{run.production.title}, run {run.pk.hex[:8]}",
        media_type="video/mp4",
        kind_of_use=run.kind,
        software_agent="Countersign",
        software_version=countersign.VERSION,
        plate=_ingredient(run.plate, "parentOf", path=plate),
        likeness=_ingredient(run.footage, "componentOf", path=footage),
        model_sha256=run.model.sha256,
        parameters_sha256=grant.parameters_sha256,
        grant_sha256=seal.digest(grant),
        policy_sha256=grant.policy_sha256,
        consents=tuple(
            ConsentBinding(
                consent_id=str(consent.consent_id),
                document_sha256=consent.document_sha256,
                terms_sha256=consent.terms_sha256,
                part=Part(consent.part).value,
                status_path=f"{settings.SITE_URL}/status/{consent.consent_id}",
            )
            for consent in grant.consents
        ),
        lineage_sha256=run.lineage_sha256,
        essence_sha256=made(receipt)["essence_sha256"],
        receipt=receipt,
        synthetic_from_s=0.0,
        synthetic_to_s=run.plate.duration_s,
    )


def _ingredient(footage: Footage, relationship: str, *, path: Path) -> Ingredient:
    return Ingredient(
        title=f"{TITLES[relationship]} {footage.sha256[:12]}",
        path=path,
        media_type=footage.media_type,
        sha256=footage.sha256,
        relationship=relationship,
    )
