"""The ledger as people and programs leaf through it: newest first, and only what concerns them.

The desk's index proposes entries; whether the person may see one is asked about its own subject, of `access`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from countersign import log, openings
from countersign.accounts import access
from countersign.accounts.models import Person
from countersign.desk import index, kinds, names
from countersign.desk.index import Hit, Question, Sight
from provenance import ledger
from provenance.models import LedgerEntry
from provenance.types import Json

COUNTED = 1000  # above this, a page says "more than"
LOOKS = 20  # times the index is asked for one page, should it propose what the person may not see


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
    """Some lines; `next` is the `before` of the following page, None on the last.

    `count` is how many entries there are from this page on, if it was asked for; COUNTED + 1 for more than COUNTED.
    """

    entries: tuple[Line, ...]
    next: int | None
    count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What somebody looks for; empty fields ask for nothing.

    `kind` is a kind or a group of `desk.kinds`; `person` and `by` are "person:<id>" or "performer:<id>"; `production`
    is an id; `title` part of a run's title; `text` part of any name, or an id; `before` an index, None for the newest.
    """

    kind: str = ""
    outcome: str = ""
    person: str = ""
    production: str = ""
    title: str = ""
    reason: str = ""
    by: str = ""
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A search with its names looked up, ready to be asked. `cut` when a text fits more names than are looked for."""

    person: Person
    question: Question
    sight: Sight
    cut: bool


def page(person: Person, search: Search, *, size: int = 100) -> Page:
    log.settle()
    return leaf(prepared(person, search), size=size)


def prepared(person: Person, search: Search) -> Prepared:
    """Raises ValueError for a kind that there is none of."""
    production = f"production:{search.production}" if search.production else ""
    titled = names.titled(person, search.title.strip()) if search.title.strip() else None
    called = names.called(person, search.text.strip()) if search.text.strip() else None
    sight = names.sight(person, production)
    groups = [names.somebody(one) for one in (search.person, search.by) if one]
    groups += [meant.things for meant in (titled, called) if meant]
    groups += [(f"reason:{search.reason}",)] if search.reason else []
    groups += [(production,)] if production and not sight.rooms else []
    question = Question(
        groups=tuple(groups),
        kinds=kinds.asked(search.kind, search.outcome),
        since=search.since,
        until=search.until,
        before=search.before,
    )
    return Prepared(
        person=person, question=question, sight=sight, cut=any(meant.cut for meant in (titled, called) if meant)
    )


def leaf(asked: Prepared, *, size: int, counted: bool = False) -> Page:
    """The page that the question's `before` names."""
    hits = _seen(asked, COUNTED + 1 if counted else size + 1)
    rows = LedgerEntry.objects.filter(index__in=[hit.entry for hit in hits[:size]]).order_by("-index")
    lines = opened(map(line, rows), person=asked.person)
    following = hits[size - 1].entry if len(hits) > size else None
    return Page(entries=lines, next=following, count=len(hits) if counted else None)


def opened(lines: Iterable[Line], *, person: Person) -> tuple[Line, ...]:
    """The same lines, with what is sealed in them as far as the person may know it."""
    shown = list(lines)
    values = openings.of([one.body for one in shown], person=person)
    return tuple(replace(one, opened=found) for one, found in zip(shown, values, strict=True))


def fresh(asked: Prepared, *, after: int, size: int) -> list[int]:
    """The indexes of the newest entries from `after` on, at most `size`."""
    return [hit.entry for hit in _seen(replace(asked, question=replace(asked.question, after=after)), size)]


def still_seen(person: Person, entries: Sequence[int]) -> list[Line]:
    """Those of some entries that the person may see now, newest first."""
    rows = list(LedgerEntry.objects.filter(index__in=entries).order_by("-index"))
    seen = access.seen(person, (row.subject for row in rows))
    return [line(row) for row in rows if row.subject in seen]


def _seen(asked: Prepared, wanted: int) -> list[Hit]:
    found: list[Hit] = []
    question = asked.question
    for _ in range(LOOKS):
        proposed = index.newest(question, asked.sight, limit=wanted)
        found += _of(asked.person, proposed)
        if len(found) >= wanted or len(proposed) < wanted:
            break
        question = replace(question, before=proposed[-1].entry)
    return found[:wanted]


def _of(person: Person, proposed: Sequence[Hit]) -> list[Hit]:
    seen = access.seen(person, (hit.subject for hit in proposed))
    return [hit for hit in proposed if hit.subject in seen]


def line(row: LedgerEntry) -> Line:
    return Line(
        index=row.index,
        kind=row.kind,
        subject=row.subject,
        actor=row.actor,
        recorded_at=row.recorded_at,
        body=ledger.body_of(row.canonical),
        leaf=bytes(row.leaf).hex(),
        chain=bytes(row.chain).hex(),
    )
