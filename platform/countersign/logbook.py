"""The ledger as people and programs leaf through it: newest first, and only what concerns them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from countersign.accounts import access
from countersign.accounts.models import Person
from provenance.models import LedgerEntry
from provenance.types import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One entry; `body` is read from the text that was hashed, `leaf` and `chain` are hexadecimal."""

    index: int
    kind: str
    subject: str
    actor: str
    recorded_at: datetime
    body: Mapping[str, Json]
    leaf: str
    chain: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some lines; `next` is the `before` of the following page, None on the last."""

    entries: tuple[Line, ...]
    next: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """`subject` finds any part of a subject; `before` is an index, None for the newest."""

    kind: str = ""
    subject: str = ""
    before: int | None = None


def page(person: Person, search: Search, *, size: int = 100) -> Page:
    rows = access.ledger_entries(person).order_by("-index")
    if search.kind:
        rows = rows.filter(kind=search.kind)
    if search.subject:
        rows = rows.filter(subject__icontains=search.subject.strip())
    if search.before is not None:
        rows = rows.filter(index__lt=search.before)
    found = list(rows[: size + 1])
    return Page(entries=tuple(map(line, found[:size])), next=found[size - 1].index if len(found) > size else None)


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
