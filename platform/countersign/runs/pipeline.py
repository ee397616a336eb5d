"""The line that every run goes down, written once: train, convert, sign, publish.

A step is claimed by compare-and-set, held by a lease that its worker renews, and left by compare-and-set; the attempt's
number fences off a worker that comes back after its lease has run out.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from consent import record
from consent.types import Reason, ReasonCode
from countersign.runs import outbox, storage
from countersign.runs.models import OPEN_STATES, Run, RunState
from provenance import ledger
from provenance.types import EntryKind, Json

log = logging.getLogger(__name__)
MOST_ATTEMPTS = 4
AGAIN = timedelta(seconds=2)


class LeaseLostError(Exception):
    """The run was stopped, withdrawn or taken over: this worker must drop what it is doing."""


@dataclass(frozen=True, slots=True)
class Step:
    task: str
    waits: RunState
    works: RunState
    leads_to: RunState


TRAIN = Step("train", RunState.GRANTED, RunState.TRAINING, RunState.TRAINED)
CONVERT = Step("convert", RunState.TRAINED, RunState.CONVERTING, RunState.CONVERTED)
SIGN = Step("sign", RunState.CONVERTED, RunState.SIGNING, RunState.SIGNED)
PUBLISH = Step("publish", RunState.SIGNED, RunState.PUBLISHING, RunState.PUBLISHED)
LINE = (TRAIN, CONVERT, SIGN, PUBLISH)


def launch(run: Run) -> None:
    outbox.put(LINE[0].task, run.pk)


def claim(run_id: UUID | str, step: Step) -> Run | None:
    """The run, if this worker is now the one doing `step`; None if there is nothing to do, or somebody else does it."""
    now = timezone.now()
    free = Q(state=step.waits) | Q(state=step.works, lease_until__lt=now)
    taken = Run.objects.filter(free, pk=run_id).update(
        state=step.works,
        lease_until=now + outbox.LEASE,
        attempt=F("attempt") + 1,
        stage=step.task,
        progress=0.0,
        note="",
    )
    if not taken:
        return None
    outbox.hold(step.task, UUID(str(run_id)))
    run = Run.objects.select_related("production", "likeness", "plate_performer", "footage", "plate").get(pk=run_id)
    if run.attempt > MOST_ATTEMPTS:  # it brought its worker down each time
        halt(run, RunState.FAILED, reasons=(_gave_up(step, MOST_ATTEMPTS),), actor=f"worker:{step.task}")
        return None
    return run


def beat(run: Run, step: Step, *, progress: float, note: str, figures: Mapping[str, float]) -> None:
    """Renew the lease and say how far the work is. Raises LeaseLostError."""
    held = Run.objects.filter(pk=run.pk, state=step.works, attempt=run.attempt)
    kept = held.update(
        lease_until=timezone.now() + outbox.LEASE, progress=progress, note=note[:300], figures=dict(figures)
    )
    if not kept:
        raise LeaseLostError(f"run {run.pk} is no longer ours to {step.task}")
    outbox.hold(step.task, run.pk)


def lock(run: Run) -> None:
    """Take the run's row first in a transaction that will also write the ledger: all take them in this order."""
    Run.objects.select_for_update(no_key=True).get(pk=run.pk)


def advance(run: Run, step: Step, *, body: Mapping[str, Json]) -> None:
    """Leave `step` for the next one. Inside the caller's transaction. Raises LeaseLostError."""
    changes: dict[str, object] = {
        "state": step.leads_to,
        "lease_until": None,
        "progress": 0.0,
        "attempt": 0,
        "note": "",
    }
    if step is LINE[-1]:
        changes |= {"finished_at": timezone.now(), "progress": 1.0}
    if not Run.objects.filter(pk=run.pk, state=step.works, attempt=run.attempt).update(**changes):
        raise LeaseLostError(f"run {run.pk} is no longer ours to {step.task}")
    ledger.append(
        EntryKind.RUN_ADVANCED, subject=f"run:{run.pk}", actor=f"worker:{step.task}", body={"to": step.leads_to, **body}
    )
    outbox.done(step.task, run.pk)
    if step is not LINE[-1]:
        outbox.put(LINE[LINE.index(step) + 1].task, run.pk)


def postpone(run: Run, step: Step, *, note: str) -> None:
    """Give `step` back to be tried again in a moment: it waits for somebody, and that is no failed attempt.

    Raises LeaseLostError.
    """
    held = Run.objects.filter(pk=run.pk, state=step.works, attempt=run.attempt)
    with transaction.atomic():
        if not held.update(state=step.waits, lease_until=None, attempt=F("attempt") - 1, note=note[:300]):
            raise LeaseLostError(f"run {run.pk} is no longer ours to {step.task}")
        outbox.again(step.task, run.pk, after=AGAIN)


def halt(run: Run, state: RunState, *, reasons: Sequence[Reason], actor: str) -> bool:
    """End an open run with its reasons in words; what was made is dropped. False if it had ended already."""
    listed = record.reasons_to_json(reasons)
    with transaction.atomic():
        ended = Run.objects.filter(pk=run.pk, state__in=OPEN_STATES).update(
            state=state, reasons=listed, lease_until=None, finished_at=timezone.now(), note=""
        )
        if not ended:
            return False
        body: dict[str, Json] = {"state": state, "reasons": [r.code for r in reasons]}
        kind = EntryKind.RUN_REFUSED if state == RunState.REFUSED else EntryKind.RUN_STOPPED
        ledger.append(kind, subject=f"run:{run.pk}", actor=actor, body=body)
        outbox.drop(run.pk)
        transaction.on_commit(lambda: storage.clear(run.pk))
    return True


def trip(run: Run, step: Step) -> None:
    """An unforeseen fault: give the step back to be tried again, or end the run after several tries."""
    log.exception("run %s tripped while it was to %s (attempt %s)", run.pk, step.task, run.attempt)
    if run.attempt >= MOST_ATTEMPTS:
        halt(run, RunState.FAILED, reasons=(_gave_up(step, run.attempt),), actor=f"worker:{step.task}")
    else:
        Run.objects.filter(pk=run.pk, state=step.works, attempt=run.attempt).update(lease_until=timezone.now())


def _gave_up(step: Step, attempts: int) -> Reason:
    return Reason(
        code=ReasonCode.WORKER_FAILED,
        sentence=f"The step “{step.task}” broke off {attempts} times.",
        remedy="The footage and consents are kept. Ask the operator to look at the worker's log, then start a new run.",
    )
