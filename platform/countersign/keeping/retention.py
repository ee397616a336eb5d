"""Retention schedules: set by legal, shown before they are saved, kept by the sweep (`keeping.sweep`)."""

from django.db import transaction
from django.utils import timezone

from countersign import quiet
from countersign.accounts.models import Person, Production
from countersign.keeping import candidates
from countersign.keeping.candidates import Candidate
from countersign.keeping.errors import ScheduleError
from countersign.keeping.models import Schedule
from countersign.keeping.schedule import Terms, What, problem
from provenance import ledger
from provenance.types import EntryKind, Json, Sealed

NEVER = 10**12


def preview(production: Production, terms: Terms) -> list[Candidate]:
    """What these terms would destroy, the next first; what has no day yet last. Raises ScheduleError."""
    _check(terms)
    return sorted(candidates.of(production, terms), key=lambda one: one.due.timestamp() if one.due else NEVER)


@transaction.atomic
def schedule(production: Production, terms: Terms, *, by: Person) -> Schedule:
    """From now on, the production keeps this kind of thing so long. Raises ScheduleError."""
    _check(terms)
    quiet.alone(production.organisation_id)
    row, _ = Schedule.objects.update_or_create(
        production=production,
        what=terms.what,
        defaults={
            "since": terms.since,
            "days": terms.days,
            "law": terms.law,
            "set_by": by,
            "set_at": timezone.now(),
        },
    )
    law = Sealed(of=f"production:{production.pk}", values={"law": terms.law}) if terms.law else ()
    _log(production, by, {"what": terms.what.value, **in_entry(terms)}, sealed=law)
    return row


@transaction.atomic
def end(production: Production, what: What, *, by: Person) -> bool:
    """From now on, this kind of thing is kept until somebody decides; whether there was a schedule."""
    quiet.alone(production.organisation_id)
    gone, _ = Schedule.objects.filter(production=production, what=what).delete()
    if gone:
        _log(production, by, {"what": what.value, "days": None})
    return bool(gone)


def in_entry(terms: Terms) -> dict[str, Json]:
    """Terms as the ledger keeps them. The law that they name is in legal's own words, and sealed."""
    return {"since": terms.since.value, "days": terms.days, "statutory": bool(terms.law)}


def _check(terms: Terms) -> None:
    wrong = problem(terms)
    if wrong:
        raise ScheduleError(wrong)


def _log(production: Production, by: Person, body: dict[str, Json], *, sealed: Sealed | tuple[()] = ()) -> None:
    subject, actor = f"production:{production.pk}", f"person:{by.pk}"
    ledger.append(EntryKind.RETENTION_SET, subject=subject, actor=actor, body=body, sealed=sealed)
