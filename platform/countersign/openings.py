"""What the sealed values of entries say, for those who may know: legal for their productions, everybody for themselves.

Others read that a value is sealed. Where the value was erased, everybody reads that: the commitment in the entry stays.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from consent.models import Performer
from countersign.accounts.models import Person, Production, Role
from countersign.keeping.models import Hold
from countersign.runs.models import Footage, Run
from provenance import sealing
from provenance.errors import CanonicalError
from provenance.models import Opening
from provenance.types import Json


class State(StrEnum):
    OPEN = "open"
    SEALED = "sealed"  # to whoever looks
    ERASED = "erased"  # for good
    FALSE = "false"  # value and salt are not what the entry committed to


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One sealed value of an entry; `value` only where it is open."""

    field: str
    state: State
    value: Json = None


def of(bodies: Iterable[Mapping[str, Json]], *, person: Person) -> list[tuple[Value, ...]]:
    """The sealed values of each of the bodies, as far as the person may know them. Three queries and one for each kind
    of owner, however many bodies."""
    sealed = [_sealed(body) for body in bodies]
    rows = Opening.objects.in_bulk({commitment for one in sealed for commitment in one.values()})
    mine = _may_open(person, {row.of for row in rows.values()})
    return [tuple(_value(field, rows.get(c), c, mine=mine) for field, c in one.items()) for one in sealed]


def _sealed(body: Mapping[str, Json]) -> dict[str, str]:
    found = body.get("sealed")
    return {field: str(commitment) for field, commitment in found.items()} if isinstance(found, dict) else {}


def _value(field: str, row: Opening | None, commitment: str, *, mine: frozenset[str]) -> Value:
    if row is None:
        return Value(field=field, state=State.ERASED)
    if row.of not in mine:
        return Value(field=field, state=State.SEALED)
    try:
        value = json.loads(row.value)
        true = sealing.opens(commitment, field=field, value=value, salt=bytes(row.salt))
    except (ValueError, RecursionError, CanonicalError):  # whoever may write rows wrote one that nobody can read
        true = False
    if not true:
        return Value(field=field, state=State.FALSE)
    return Value(field=field, state=State.OPEN, value=value)


def _may_open(person: Person, owners: Iterable[str]) -> frozenset[str]:
    named = [owner.partition(":") for owner in owners]
    return frozenset(
        f"{kind}:{pk}"
        for kind, rows in _theirs(person).items()
        for pk in rows.filter(
            pk__in=[pk for found, _, number in named if found == kind for pk in _uuids(number)]
        ).values_list("pk", flat=True)
    )


def _uuids(number: str) -> Iterator[UUID]:
    with suppress(ValueError):  # nobody's
        yield UUID(number)


def _theirs(person: Person) -> dict[str, QuerySet[Any]]:
    """Whose values a person may read, by the kind of owner."""
    legal = Production.objects.filter(memberships__person=person, memberships__role=Role.LEGAL)
    return {
        "performer": Performer.objects.filter(Q(organisation__productions__in=legal) | Q(person=person)),
        "person": Person.objects.filter(Q(memberships__production__in=legal) | Q(pk=person.pk)),
        "production": legal,
        "footage": Footage.objects.filter(production__in=legal),
        "run": Run.objects.filter(production__in=legal),
        "hold": Hold.objects.filter(production__in=legal),
    }
