"""What was used of each consent, those before it among them: the performer agreed to totals."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Max

from consent.models import ConsentRecord, ConsentUse


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    runs: int = 0
    screen_seconds: float = 0.0

    def __add__(self, other: "Used") -> "Used":
        return Used(runs=self.runs + other.runs, screen_seconds=self.screen_seconds + other.screen_seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What is left of one consent's budgets; nothing, where more was used than agreed."""

    consent: ConsentRecord
    used: Used
    runs: int
    seconds: float


def left(row: ConsentRecord, used: Used) -> Left:
    """A consent that agrees to no number, as a biometric release, leaves nothing."""
    runs, seconds = int(row.terms.get("max_runs", 0)), float(row.terms.get("max_screen_seconds", 0))
    return Left(
        consent=row,
        used=used,
        runs=max(0, runs - used.runs),
        seconds=max(0.0, seconds - used.screen_seconds),
    )


def used(rows: Iterable[ConsentRecord], *, besides: UUID | None = None) -> dict[UUID, Used]:
    """What runs other than `besides` took from each consent and from the versions whose place it took, as its signed
    terms name them (`Terms.amends`). `rows` hold these versions, too: all consents of a performer in a production.
    """
    known = {row.pk: row for row in rows}
    alone = _alone(known, besides=besides)
    return {pk: sum((alone.get(one, Used()) for one in _line(row, known)), Used()) for pk, row in known.items()}


def _alone(known: Mapping[UUID, ConsentRecord], *, besides: UUID | None) -> dict[UUID, Used]:
    """A run that uses one consent in two parts counts once."""
    theirs = ConsentUse.objects.filter(consent__in=list(known))
    uses = (
        (theirs.exclude(run_id=besides) if besides else theirs)
        .values("consent_id", "run_id")
        .annotate(seconds=Max("screen_seconds"))
    )
    found: dict[UUID, Used] = {}
    for use in uses:
        one = Used(runs=1, screen_seconds=use["seconds"])
        found[use["consent_id"]] = found.get(use["consent_id"], Used()) + one
    return found


def _line(row: ConsentRecord, known: Mapping[UUID, ConsentRecord]) -> Iterator[UUID]:
    """The consent and all before it; each once, whatever somebody wrote into the rows."""
    seen: set[UUID] = set()
    at: ConsentRecord | None = row
    while at is not None and at.pk not in seen:
        seen.add(at.pk)
        yield at.pk
        before = _before(at)
        at = known.get(before) if before else None


def _before(row: ConsentRecord) -> UUID | None:
    try:
        return UUID(str(row.terms.get("amends", "")))
    except ValueError:
        return None
