"""What a schedule ends is destroyed here, by the supervisor of the default worker, again and again.

The rules this module keeps:
1. A row says that a thing is destroyed, and the ledger with it, in one transaction; only then does the file go.
   A process killed in between leaves a file that nobody can reach; the next sweep takes it away (`runs.deposits`).
2. Each thing is looked at again under the lock that holds take: still due, not held, its schedule unchanged.
3. Sweeping twice, or by two processes at once, destroys nothing twice and writes nothing twice.
"""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import DatabaseError, connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from consent import record as records, services as consents
from consent.enrolment import ProposedFace
from consent.models import ConsentRecord
from consent.types import Reason, ReasonCode
from countersign import quiet
from countersign.keeping import candidates, erasing, looks, retention
from countersign.keeping.models import Schedule
from countersign.keeping.schedule import Terms
from countersign.runs import deposits, outbox, sharing
from countersign.runs.models import Enrolment, EnrolmentState, Footage, FootageState, Output
from provenance import ledger
from provenance.errors import LedgerError
from provenance.types import EntryKind, Json

ACTOR = "system:retention"
EVERY_S = 300.0


def sweep(now: datetime | None = None) -> int:
    """Destroy what is due; how many things were. Raises LedgerError: what cannot be written down stays."""
    now = now or timezone.now()
    deposits.unlink_destroyed()
    looks.forget(before=int(now.timestamp()) // looks.QUARTER_S)
    due = [
        (schedule.pk, thing.pk)
        for schedule in Schedule.objects.select_related("production")
        for thing in candidates.due(schedule.production, schedule.terms, now=now)
    ]
    ended = sum(_end(schedule, thing, now=now) for schedule, thing in due)
    deposits.unlink_destroyed()
    return ended + erasing.finish()


def keep_destroying(say: Callable[[str], object]) -> None:
    """Sweep again and again for as long as the process lives, and say what stands in the way, once."""
    trouble = ""
    while True:
        found = _swept()
        if found and found != trouble:
            say(found)
        trouble = found
        time.sleep(EVERY_S)


def _swept() -> str:
    try:
        sweep()
    except (LedgerError, DatabaseError, OSError) as error:
        connection.close()
        return f"what schedules end was not destroyed: {error}"
    return ""


@transaction.atomic
def _end(schedule_id: int, thing_id: UUID, *, now: datetime) -> bool:
    asked = Schedule.objects.select_related("production").filter(pk=schedule_id)
    house = asked.values_list("production__organisation_id", flat=True).first()
    if house:
        quiet.alone(house)
    schedule = asked.first()  # as it is now that nobody else changes it
    if schedule is None:
        return False
    found = next(candidates.of(schedule.production, schedule.terms, only=thing_id), None)
    if found is None or found.due is None or found.due > now or found.held:
        return False
    return _destroy(found.thing, schedule.terms, now=now)


def _destroy(thing: candidates.Thing, terms: Terms, *, now: datetime) -> bool:
    match thing:
        case Footage():
            return _destroy_footage(thing, terms, now=now)
        case Output():
            return _destroy_output(thing, terms, now=now)
        case ConsentRecord():
            return consents.destroy_documents(thing, by=ACTOR, why=_why(terms))
        case Enrolment():
            return _destroy_stills(thing, terms)


def _destroy_footage(footage: Footage, terms: Terms, *, now: datetime) -> bool:
    rows = Footage.objects.filter(pk=footage.pk, state=footage.state)
    if not _mark(rows, terms, now=now, state=FootageState.DESTROYED):
        return False
    sharing.forget_pictures(footage)
    consents.close_clip(footage.pk)
    outbox.drop(footage.pk)
    _log(EntryKind.FOOTAGE_DESTROYED, f"footage:{footage.pk}", {"sha256": footage.sha256, **_why(terms)})
    return True


def _destroy_output(output: Output, terms: Terms, *, now: datetime) -> bool:
    if not _mark(Output.objects.filter(pk=output.pk, destroyed_at=None), terms, now=now):
        return False
    body: dict[str, Json] = {"sha256": output.sha256, "run": str(output.run_id), **_why(terms)}
    _log(EntryKind.OUTPUT_DESTROYED, f"output:{output.pk}", body)
    return True


def _destroy_stills(enrolment: Enrolment, terms: Terms) -> bool:
    gone, _ = enrolment.stills.all().delete()
    if not gone:
        return False
    Enrolment.objects.filter(pk=enrolment.pk).exclude(state=EnrolmentState.DONE).update(
        state=EnrolmentState.REFUSED, refusal=records.reasons_to_json((_waited_too_long(),)), lease_until=None
    )
    ProposedFace.objects.filter(pk=enrolment.pk).delete()  # nobody can compare it with anything any more
    outbox.drop(enrolment.pk)
    body: dict[str, Json] = {"enrolment": str(enrolment.pk), "pictures": gone, **_why(terms)}
    _log(EntryKind.STILLS_DESTROYED, f"performer:{enrolment.performer_id}", body)
    return True


def _mark(rows: QuerySet[Any], terms: Terms, *, now: datetime, **changes: object) -> int:
    return rows.update(destroyed_at=now, destroyed_under=terms.in_words()[:200], poster=b"", **changes)


def _why(terms: Terms) -> dict[str, Json]:
    return {"schedule": {"what": terms.what.value, **retention.in_entry(terms)}}


def _log(kind: EntryKind, subject: str, body: dict[str, Json]) -> None:
    ledger.append(kind, subject=subject, actor=ACTOR, body=body)


def _waited_too_long() -> Reason:
    return Reason(
        code=ReasonCode.STILLS_DESTROYED,
        sentence="These pictures were destroyed under the production's schedule before a face was enrolled.",
        remedy="Send pictures again when a worker is there to measure them.",
    )
