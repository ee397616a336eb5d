"""Names that people typed into titles and notes, replaced when their owner is erased.

What somebody else signed, their own consent, is theirs and stays as they signed it.
"""

import json
import re
from collections.abc import Collection, Iterable
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import Model, Q, QuerySet, TextField
from django.db.models.functions import Cast

from consent.models import Performer, PolicyVersion, Signatory
from consent.record import ERASED
from countersign.accounts.models import Passkey, Person, Production
from countersign.desk.models import SavedSearch
from countersign.keeping.models import Hold
from countersign.runs.face_models import FaceReview
from countersign.runs.models import Appeal, Footage, Run
from countersign.runs.shot_models import Shot
from provenance.models import Opening

# Where people type: a model, the way from it to its house, and columns, those that hold JSON among them.
_TYPED: tuple[tuple[type[Model], str, tuple[str, ...]], ...] = (
    (Run, "production__organisation", ("title", "scene", "note", "reasons", "advertiser", "product_line")),
    (Footage, "production__organisation", ("title", "refusal")),
    (PolicyVersion, "organisation", ("words",)),
    (Appeal, "run__production__organisation", ("words", "answer")),
    (Hold, "production__organisation", ("reason",)),
    (Shot, "output__run__production__organisation", ("reason",)),
    (FaceReview, "footage__production__organisation", ("reason",)),
    (Passkey, "person__memberships__production__organisation", ("label",)),
    (Signatory, "performer__organisation", ("name",)),
    (SavedSearch, "person__memberships__production__organisation", ("name", "filters")),
)
_NAMES = ("name", "email", "signer")  # sealed values that are somebody's own, a namesake's perhaps


def scrub(words: Collection[str], *, organisation: UUID) -> int:
    """Replace the words wherever somebody of the house typed them; how many places there were.

    Whole words only, in any case. A sealed value that says one is deleted: a commitment stands for what it was made of,
    or for nothing.
    """
    said = re.compile("|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in words), re.IGNORECASE)
    places = sum(
        _column(model._default_manager.filter(**{way: organisation}), name, words=words, said=said)
        for model, way, names in _TYPED
        for name in names
    )
    values = _sealed(organisation, words)
    gone = [row.pk for row in values if said.search(json.loads(row.value) if row.value[:1] == '"' else row.value)]
    return places + Opening.objects.filter(pk__in=gone).delete()[0]


def _column(rows: QuerySet[Any], name: str, *, words: Collection[str], said: re.Pattern[str]) -> int:
    told = rows.annotate(told=Cast(name, TextField())).filter(_says("told", words)).distinct()
    found = [(row.pk, old, new) for row in told if (new := _without(old := getattr(row, name), said)) != old]
    return sum(rows.model.objects.filter(pk=pk, **{name: old}).update(**{name: new}) for pk, old, new in found)


def _without(value: Any, said: re.Pattern[str]) -> Any:
    """The same value without the words, however deep they stand in it."""
    match value:
        case str():
            return said.sub(ERASED, value)
        case list():
            return [_without(item, said) for item in value]
        case dict():
            return {key: _without(item, said) for key, item in value.items()}
        case _:
            return value


def _sealed(organisation: UUID, words: Collection[str]) -> Iterable[Opening]:
    """What people of the house wrote of holds and schedules, and searched for when they exported entries."""
    productions = Production.objects.filter(organisation_id=organisation)
    owners = {
        "production": productions,
        "performer": Performer.objects.filter(organisation_id=organisation),  # what was said of consents
        "hold": Hold.objects.filter(production__in=productions),
        "person": Person.objects.filter(memberships__production__in=productions),
    }
    named = [f"{kind}:{pk}" for kind, rows in owners.items() for pk in rows.values_list("pk", flat=True)]
    return Opening.objects.filter(_says("value", words), of__in=named).exclude(field__in=_NAMES)


def _says(column: str, words: Collection[str]) -> Q:
    return reduce(or_, (Q(**{f"{column}__icontains": word}) for word in words))
