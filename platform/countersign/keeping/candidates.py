"""What a schedule would destroy, and when: the same reading for the preview, the sweep and the look before the deed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never
from uuid import UUID

from django.db.models import Max, Q, QuerySet

from consent.models import ConsentRecord
from consent.types import ConsentState
from countersign.accounts.models import Production
from countersign.keeping import cover, holds
from countersign.keeping.schedule import Since, Terms, What
from countersign.runs.models import OPEN_STATES, Enrolment, Footage, FootageState, Output, OutputState, Run

Thing = Footage | Output | ConsentRecord | Enrolment
Things = QuerySet[Footage] | QuerySet[Output] | QuerySet[ConsentRecord] | QuerySet[Enrolment]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A thing under a schedule. `due` is None while the event that its days are counted from has not happened."""

    thing: Thing
    title: str
    due: datetime | None
    held: frozenset[str] = frozenset()


def of(production: Production, terms: Terms, *, only: UUID | None = None) -> Iterator[Candidate]:
    """Everything of the production that these terms reach, or the one thing, with its day and what holds it."""
    for thing in _things(production, terms.what, only):
        due = terms.due(_happened(thing, terms.since))
        yield Candidate(thing=thing, title=_title(thing), due=due, held=held(thing))


def due(production: Production, terms: Terms, *, now: datetime) -> Iterator[Thing]:
    """What is to be destroyed now: past its day and not held."""
    for thing in _things(production, terms.what, None):
        day = terms.due(_happened(thing, terms.since))
        if day is not None and day <= now:
            yield thing


def held(thing: Thing) -> frozenset[str]:
    """The subjects above the thing on which a hold stands."""
    match thing:
        case Footage():
            return holds.standing(cover.of_footage(thing))
        case Output():
            return holds.standing(cover.of_output(thing))
        case ConsentRecord():
            return holds.standing(cover.of_consent(thing))
        case Enrolment():
            return holds.standing(cover.of_pictures(thing))


def _things(production: Production, what: What, only: UUID | None) -> Things:
    one = Q(pk=only) if only else Q()
    match what:
        case What.FOOTAGE:
            ready = Footage.objects.filter(one, production=production, state=FootageState.READY)
            return ready.defer("poster").order_by("uploaded_at")
        case What.REFUSED:
            refused = Footage.objects.filter(one, production=production, state=FootageState.REFUSED)
            return refused.defer("poster").order_by("uploaded_at")
        case What.OUTPUTS:
            down = Output.objects.filter(one, run__production=production, state=OutputState.TAKEN_DOWN)
            return down.filter(destroyed_at=None).defer("poster").select_related("run").order_by("taken_down_at")
        case What.DOCUMENTS:
            records = ConsentRecord.objects.filter(one, production=production, destroyed_at=None)
            return records.defer("offered_pdf", "signed_pdf").select_related("performer").order_by("valid_until")
        case What.STILLS:
            asked = Enrolment.objects.filter(one, performer__consents__production=production, stills__isnull=False)
            return asked.select_related("performer").distinct().order_by("asked_at")
    assert_never(what)


def _happened(thing: Thing, since: Since) -> datetime | None:
    match thing:
        case Footage():
            return None if _needed(thing) else _filmed(thing, since)
        case Output():
            return thing.taken_down_at
        case ConsentRecord():
            return _end(thing)
        case Enrolment():
            return thing.asked_at


def _filmed(footage: Footage, since: Since) -> datetime:
    if since is Since.LAST_USED:
        return _uses(footage).aggregate(last=Max("finished_at"))["last"] or footage.uploaded_at
    if since is Since.CONSENTS_ENDED:
        seen = footage.tracks.exclude(performer=None).values("performer")
        records = ConsentRecord.objects.filter(performer__in=seen, production_id=footage.production_id)
        return max(map(_end, records.defer("offered_pdf", "signed_pdf")), default=footage.uploaded_at)
    return footage.uploaded_at


def _needed(footage: Footage) -> bool:
    """Whether a run is under way that uses it: then its days have not begun, whatever they are counted from."""
    return _uses(footage).filter(state__in=OPEN_STATES).exists()


def _uses(footage: Footage) -> QuerySet[Run]:
    return Run.objects.filter(Q(footage=footage) | Q(plate=footage))


def _end(record: ConsentRecord) -> datetime:
    """When a consent ended or will end; one that was withdrawn ended then."""
    ended = record.withdrawn_at if record.state == ConsentState.WITHDRAWN else None
    return min(ended or record.valid_until, record.valid_until)


def _title(thing: Thing) -> str:
    match thing:
        case Footage():
            return thing.title
        case Output():
            return f"The output of {thing.run.title}"
        case ConsentRecord():
            return f"The consent of {thing.performer.name}"
        case Enrolment():
            return f"The pictures of {thing.performer.name}"
