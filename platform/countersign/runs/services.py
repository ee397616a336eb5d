"""What people do with footage and runs: add a clip, start a run, stop it, withdraw, look at an output.

Each function is one transaction that changes the state and writes the ledger, then puts the next step in the outbox.
A refusal is a row with its reasons, never an exception.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.files.base import File
from django.db import transaction
from django.utils import timezone

from consent import particulars, record as records, services as consents
from consent.types import Reason, ReasonCode, Refusal
from countersign import keys, quiet
from countersign.accounts.models import Person, Production
from countersign.runs import deposits, keyring, outbox, pipeline, requests, seen, storage
from countersign.runs.ending import withdraw
from countersign.runs.errors import NotPublishedError, OrderError
from countersign.runs.models import (
    OUT,
    Footage,
    FootageState,
    Output,
    Run,
    RunState,
)
from countersign.runs.requests import Order
from provenance import ledger
from provenance.types import EntryKind, Json

__all__ = ["Order", "add_footage", "open_output", "start", "stop", "withdraw"]


def add_footage(production: Production, *, title: str, file: "File[bytes]", by: Person) -> Footage:
    """Keep a clip and have it examined. Uploading the same bytes again gives the clip that is there."""
    try:
        came = storage.measured(file.chunks(), limit=settings.FOOTAGE_MAX_BYTES)
    except storage.TooLargeError:
        return _refuse_unseen(production, title=title, by=by, size=file.size)
    pk = uuid.uuid4()
    key = keyring.of_new_clip(pk, production_id=production.pk, sha256=came.sha256).clip(pk)
    footage = _admit(production, Coming(pk, came, key), title=title, file=file, by=by)
    footage.refresh_from_db()
    return footage


@dataclass(frozen=True, slots=True)
class Coming:
    """A clip that comes in: the number it gets, its digest and size, and the key that seals it."""

    pk: uuid.UUID
    came: storage.Came
    key: bytes


@transaction.atomic
def _admit(production: Production, coming: Coming, *, title: str, file: "File[bytes]", by: Person) -> Footage:
    came = coming.came
    footage, new = Footage.objects.get_or_create(
        production=production,
        sha256=came.sha256,
        destroyed_at=None,
        defaults={"pk": coming.pk, "title": title, "size": came.size, "uploaded_by": by},
    )
    if new:
        deposits.bring(footage, file.chunks(), key=coming.key)
        _log_footage(EntryKind.FOOTAGE_ADDED, footage, by)
    else:
        consents.close_clip(coming.pk)
    if came.size == 0:
        refuse_footage(footage, reasons=(_empty(),), actor=f"person:{by.pk}")
    elif new or footage.state == FootageState.REFUSED:
        examine(footage)
    return footage


def examine(footage: Footage) -> None:
    """Have a clip looked at (again): who is in it? Inside the caller's transaction."""
    there = Footage.objects.filter(pk=footage.pk, destroyed_at=None)
    if there.update(state=FootageState.RECEIVED, refusal=[], progress=0.0, lease_until=None, attempt=0):
        outbox.put("examine", footage.pk)


def refuse_footage(footage: Footage, *, reasons: Sequence[Reason], actor: str) -> None:
    """Inside the caller's transaction."""
    Footage.objects.filter(pk=footage.pk).update(
        state=FootageState.REFUSED, refusal=records.reasons_to_json(reasons), lease_until=None
    )
    body: dict[str, Json] = {"reasons": [reason.code.value for reason in reasons], "sha256": footage.sha256}
    ledger.append(EntryKind.FOOTAGE_REFUSED, subject=f"footage:{footage.pk}", actor=actor, body=body)
    outbox.drop(footage.pk)


def start(order: Order, *, by: Person) -> Run:
    """Ask the gate; the run is GRANTED and on its way, or REFUSED with every reason. Raises OrderError."""
    _check(order)
    run_id = uuid.uuid4()
    order = requests.declared(order, run_id=run_id, by=by)
    with transaction.atomic():
        quiet.together(order.plate.production.organisation_id)  # no clip is destroyed between the look and the grant
        clips = _as_they_are(order)
        unready = [reason for clip in clips if (reason := requests.not_ready(clip) or seen.otherwise(clip))]
        unready += [unknown] if (unknown := requests.unknown_tracks(order)) else []
        request = requests.of_order(order, run_id=run_id, by=by)
        answer = consents.decide(request, by=by, sealing_key=keys.gate_private(settings.KEYS), also=tuple(unready))
        refused = isinstance(answer, Refusal)
        run = Run.objects.create(
            pk=run_id,
            production=order.plate.production,
            title=order.title,
            likeness=order.likeness,
            plate_performer=order.plate_performer,
            footage=order.footage,
            plate=order.plate,
            **particulars.of(request),
            parameters=dict(order.parameters),
            state=RunState.REFUSED if refused else RunState.GRANTED,
            reasons=records.reasons_to_json(answer.reasons) if isinstance(answer, Refusal) else [],
            sealed_grant="" if isinstance(answer, Refusal) else answer,
            requested_by=by,
            finished_at=timezone.now() if refused else None,
        )
        if not refused:
            pipeline.launch(run)
    return run


def stop(run: Run, *, by: Person) -> Run:
    reason = Reason(
        code=ReasonCode.STOPPED_BY_PERSON,
        sentence=f"{by.name} stopped this run.",
        remedy="Start a new run when you want to go on; the footage and consents are kept.",
    )
    pipeline.halt(run, RunState.STOPPED, reasons=(reason,), actor=f"person:{by.pk}")
    run.refresh_from_db()
    return run


def open_output(output: Output, *, by: Person) -> Path:
    """The file of a published output, its opening in the ledger. Raises NotPublishedError."""
    if output.state not in OUT:
        raise NotPublishedError("This output is not published.")
    with transaction.atomic():
        ledger.append(
            EntryKind.OUTPUT_DOWNLOADED,
            subject=f"output:{output.pk}",
            actor=f"person:{by.pk}",
            body={"sha256": output.sha256},
        )
    return storage.output(output.sha256)


def _as_they_are(order: Order) -> list[Footage]:
    """The clips as their rows stand now, whatever a page read before."""
    return list(Footage.objects.filter(pk__in=(order.footage.pk, order.plate.pk)).order_by("pk"))


def _check(order: Order) -> None:
    if order.footage.pk == order.plate.pk:
        raise OrderError("plate", "The plate must be another clip than the footage the likeness is learnt from.")
    if order.footage.production_id != order.plate.production_id:
        raise OrderError("footage", "Both clips must belong to the production of the run.")
    if not order.title.strip() or not order.scene.strip():
        raise OrderError("scene", "Name the run and the scene it is for; consent is given by scene.")
    if not order.territories:
        raise OrderError("territories", "Say where it will be shown; consent is given by territory.")


def _refuse_unseen(production: Production, *, title: str, by: Person, size: int | None) -> Footage:
    """A clip over the limit was not kept; its row says so."""
    limit = settings.FOOTAGE_MAX_BYTES
    reason = Reason(
        code=ReasonCode.FILE_TOO_LARGE,
        sentence="The file is larger than this site takes.",
        asked=f"{(size or 0) / 2**20:.0f} MiB",
        allowed=f"at most {limit / 2**20:.0f} MiB",
        remedy="Upload the take alone, not the whole reel, or ask the operator to raise the limit.",
    )
    with transaction.atomic():
        footage = Footage.objects.create(
            production=production, title=title, sha256=f"unkept-{uuid.uuid4().hex}", size=size or 0, uploaded_by=by
        )
        refuse_footage(footage, reasons=(reason,), actor=f"person:{by.pk}")
    footage.refresh_from_db()
    return footage


def _empty() -> Reason:
    return Reason(
        code=ReasonCode.FILE_EMPTY,
        sentence="The file is empty.",
        asked="0 bytes",
        allowed="a video",
        remedy="Export or copy the clip again and check that it plays before you upload it.",
    )


def _log_footage(kind: EntryKind, footage: Footage, by: Person) -> None:
    ledger.append(
        kind,
        subject=f"footage:{footage.pk}",
        actor=f"person:{by.pk}",
        body={"sha256": footage.sha256, "size": footage.size},
    )
