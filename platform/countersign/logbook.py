"""The ledger as people and programs leaf through it: newest first, and only what concerns them."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import CharField, Model, Q, Value
from django.db.models.functions import Cast, Concat

from consent.models import ConsentRecord, Performer
from countersign import log, openings
from countersign.accounts import access
from countersign.accounts.models import Person
from countersign.runs.models import Footage, LikenessModel, Output, Run
from provenance.models import LedgerEntry
from provenance.types import Json

_NAMES: Mapping[str, tuple[type[Model], str]] = {
    "consent": (ConsentRecord, "performer__name"),
    "performer": (Performer, "name"),
    "footage": (Footage, "title"),
    "run": (Run, "title"),
    "model": (LikenessModel, "performer__name"),
    "output": (Output, "run__title"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One entry; `body` is read from the text that was hashed, `leaf` and `chain` are hexadecimal, `opened` are its
    sealed values as far as whoever asked may know them."""

    index: int
    kind: str
    subject: str
    actor: str
    recorded_at: datetime
    body: Mapping[str, Json]
    leaf: str
    chain: str
    opened: tuple[openings.Value, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some lines; `next` is the `before` of the following page, None on the last."""

    entries: tuple[Line, ...]
    next: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """`subject` is part of a subject, or of the name or title it goes by; `before` an index, None for the newest."""

    kind: str = ""
    subject: str = ""
    before: int | None = None


def page(person: Person, search: Search, *, size: int = 100) -> Page:
    log.settle()
    rows = access.ledger_entries(person).order_by("-index")
    if search.kind:
        rows = rows.filter(kind=search.kind)
    if search.subject.strip():
        rows = rows.filter(_about(person, search.subject.strip()))
    if search.before is not None:
        rows = rows.filter(index__lt=search.before)
    found = list(rows[: size + 1])
    lines = opened(map(line, found[:size]), person=person)
    return Page(entries=lines, next=found[size - 1].index if len(found) > size else None)


def opened(lines: Iterable[Line], *, person: Person) -> tuple[Line, ...]:
    """The same lines, with what is sealed in them as far as the person may know it."""
    shown = list(lines)
    values = openings.of([one.body for one in shown], person=person)
    return tuple(replace(one, opened=found) for one, found in zip(shown, values, strict=True))


def _about(person: Person, text: str) -> Q:
    """Subjects that hold `text`, and those whose name does, as far as the person may know it."""
    found = Q(subject__icontains=text)
    for kind, (model, name) in _NAMES.items():
        named = access.visible(person, model).filter(**{f"{name}__icontains": text})
        subject = Concat(Value(f"{kind}:"), Cast("pk", CharField()))
        found |= Q(subject__in=named.annotate(subject=subject).values("subject"))
    return found


def line(row: LedgerEntry) -> Line:
    return Line(
        index=row.index,
        kind=row.kind,
        subject=row.subject,
        actor=row.actor,
        recorded_at=row.recorded_at,
        body=json.loads(row.canonical)["body"],
        leaf=bytes(row.leaf).hex(),
        chain=bytes(row.chain).hex(),
    )
