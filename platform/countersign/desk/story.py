"""A run's whole story: everything the ledger knows of it and of what went into it, in the order it happened.

A person reads as much of it as they may see: each entry by its own subject, each picture by its own row.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Min, QuerySet

from consent.models import ConsentRecord, ConsentUse
from countersign import log, logbook
from countersign.accounts import access
from countersign.accounts.models import Person
from countersign.desk import pictures
from countersign.desk.details import detail
from countersign.desk.pictures import Picture
from countersign.pages.retelling import Told, retell
from countersign.runs.models import LikenessModel, Output, Run
from provenance.models import LedgerEntry
from provenance.types import EntryKind as K

MOST = 500  # steps on one page
# Looks and copies: told once for each person, with how often, for they may be thousands.
_REPEATED = (K.OUTPUT_VIEWED, K.OUTPUT_DOWNLOADED, K.CONSENT_READ, K.EVIDENCE_EXPORTED)
# What else happened to a clip or a performer belongs to other runs as much as to this one.
_ELSEWHERE = (K.FOOTAGE_VIEWED, K.TEMPLATE_READ, K.PERFORMER_ADDED, K.PERFORMER_INTRODUCED)
_GAP = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that happened. `gap` says how long after the step before, if that was long; `reasons` are in full."""

    told: Told
    detail: str
    gap: str
    times: int
    last_at: datetime
    pictures: tuple[Picture, ...]
    reasons: tuple[dict[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    steps: tuple[Step, ...]
    cut: bool


@dataclass(frozen=True, slots=True)
class _Happened:
    line: logbook.Line
    times: int
    last_at: datetime


def tell(person: Person, run: Run) -> Story:
    log.settle()
    rows = LedgerEntry.objects.filter(subject__in=access.seen(person, _subjects(run)))
    happened = sorted([*_once(rows), *_repeatedly(rows)], key=lambda one: one.line.index)
    steps = _steps(person, run, happened[:MOST])
    return Story(steps=tuple(steps), cut=len(happened) > MOST)


def _subjects(run: Run) -> list[str]:
    made = [("output", Output), ("model", LikenessModel)]
    ids: list[tuple[str, Any]] = [
        ("run", run.pk),
        *(("footage", pk) for pk in (run.footage_id, run.plate_id)),
        *(("performer", pk) for pk in (run.likeness_id, run.plate_performer_id)),
        *(("consent", pk) for pk in _consents(run)),
        *((kind, pk) for kind, model in made for pk in model.objects.filter(run=run).values_list("pk", flat=True)),  # type: ignore[attr-defined]
    ]
    return [f"{kind}:{pk}" for kind, pk in ids]


def _consents(run: Run) -> Iterable[Any]:
    """Those the grant stands on; for a run that was refused, those there were to ask of."""
    used = list(ConsentUse.objects.filter(run_id=run.pk).values_list("consent_id", flat=True))
    asked = (run.likeness_id, run.plate_performer_id)
    both = ConsentRecord.objects.filter(production_id=run.production_id, performer_id__in=asked)
    return used or both.values_list("pk", flat=True)


def _once(rows: "QuerySet[LedgerEntry]") -> Iterator[_Happened]:
    for row in rows.exclude(kind__in=(*_REPEATED, *_ELSEWHERE)).order_by("index")[: MOST + 1]:
        yield _Happened(logbook.line(row), 1, row.recorded_at)


def _repeatedly(rows: "QuerySet[LedgerEntry]") -> Iterator[_Happened]:
    groups = rows.filter(kind__in=_REPEATED).order_by().values("kind", "subject", "actor")
    counted = {
        group["first"]: (group["times"], group["last_at"])
        for group in groups.annotate(first=Min("index"), times=Count("index"), last_at=Max("recorded_at"))
    }
    for row in LedgerEntry.objects.filter(index__in=sorted(counted)[: MOST + 1]):
        yield _Happened(logbook.line(row), *counted[row.index])


def _steps(person: Person, run: Run, happened: Sequence[_Happened]) -> Iterator[Step]:
    shown = pictures.of(person, run)
    before: datetime | None = None
    for told, one in zip(retell(one.line for one in happened), happened, strict=True):
        yield Step(
            told=told,
            detail=detail(one.line),
            gap=_gap(before, one.line.recorded_at),
            times=one.times,
            last_at=one.last_at,
            pictures=tuple(shown.get((one.line.subject, one.line.kind), ())),
            reasons=tuple(run.reasons) if one.line.kind in (K.RUN_REFUSED, K.RUN_STOPPED) else (),
        )
        before = one.line.recorded_at


def _gap(before: datetime | None, now: datetime) -> str:
    """How much later, in words; nothing where it was soon after."""
    if before is None or now - before < _GAP:
        return ""
    minutes = (now - before) // timedelta(minutes=1)
    for size, unit in ((60 * 24, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size:
            return f"{minutes // size} {unit}{'' if minutes // size == 1 else 's'} later"
    return ""
