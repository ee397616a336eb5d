"""Refused attempts, grouped so that a pattern shows: for one reason, one face, one who asked, in one production."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.db.models import Max, Min, Q, QuerySet, Sum
from django.utils.timezone import now

from consent.models import ConsentRecord
from countersign import log
from countersign.accounts import access
from countersign.accounts.models import Person
from countersign.desk import names
from countersign.desk.models import Pattern
from countersign.pages import words
from countersign.pages.retelling import called, who

MOST = 50  # patterns on one page
BARS, WIDTH, HEIGHT = 24, 8, 40
_COLUMNS = ("room", "performer", "asker", "reason")
DAYS = """SELECT p.room, p.performer, p.asker, p.reason, p.day, p.count
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[]) AS w(room, performer, asker, reason)
JOIN desk_pattern p USING (room, performer, asker, reason) WHERE p.day BETWEEN %s AND %s"""

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """One stretch of the period in a picture that is BARS × WIDTH wide and HEIGHT high."""

    x: int
    y: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One pattern in words. `bars` are how often, in BARS equal stretches of the period, `busiest` the most of one."""

    reason: str
    performer: str
    asker: str
    room: str
    sentence: str
    withdrawn_at: datetime | None
    count: int
    first_at: datetime
    last_at: datetime
    bars: tuple[Bar, ...]
    busiest: int
    entries: str  # the query that finds them on the ledger's page


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusals:
    """The most frequent patterns of a period; `more` when there are others. A refusal for two reasons counts in two."""

    patterns: tuple[Shown, ...]
    attempts: int
    more: bool
    first: date
    last: date


def grouped(person: Person, *, since: date | None, until: date | None) -> Refusals:
    """What the person may see of what was refused between two days, both included."""
    log.settle()
    rows = _rows(person, since=since, until=until)
    span = rows.aggregate(first=Min("day"), last=Max("day"), attempts=Sum("count"))
    today = now().date()
    first, last = since or span["first"] or today, until or today
    sums = rows.values(*_COLUMNS).annotate(n=Sum("count"), first=Min("first_at"), last=Max("last_at"))
    found = list(sums.order_by("-n", "-last")[: MOST + 1])
    return Refusals(
        patterns=tuple(_shown(person, found[:MOST], (first, last))),
        attempts=span["attempts"] or 0,
        more=len(found) > MOST,
        first=first,
        last=last,
    )


def _rows(person: Person, *, since: date | None, until: date | None) -> "QuerySet[Pattern]":
    sight = names.sight(person)
    seen = Q(room__in=sight.rooms)
    rows = Pattern.objects.filter(seen | Q(performer=sight.mine) if sight.mine else seen)
    rows = rows.filter(day__gte=since) if since else rows
    return rows.filter(day__lte=until) if until else rows


def _shown(person: Person, found: Sequence[Mapping[str, Any]], span: tuple[date, date]) -> Iterator[Shown]:
    name = called({row[column] for row in found for column in ("room", "performer", "asker")})
    bars, withdrawn = _bars(found, span), _withdrawn(person, found)
    for row in found:
        performer, asker = name.get(row["performer"], ""), who(row["asker"], name)
        yield Shown(
            reason=words.said("reason", row["reason"]),
            performer=performer,
            asker=asker,
            room=name.get(row["room"], ""),
            sentence=_sentence(row, asker=asker, performer=performer),
            withdrawn_at=withdrawn.get((row["room"], row["performer"])),
            count=row["n"],
            first_at=row["first"],
            last_at=row["last"],
            bars=_drawn(bars[_key(row)]),
            busiest=max(bars[_key(row)]),
            entries=_entries(row, span),
        )


def _sentence(row: Mapping[str, Any], *, asker: str, performer: str) -> str:
    times = {1: "once", 2: "twice"}.get(row["n"], f"{row['n']:,} times")
    face = f" over the face of {performer}" if performer else ""
    return f"{asker} was refused {times}{face}." if row["asker"].startswith("person:") else f"It happened {times}."


def _key(row: Mapping[str, Any]) -> Key:
    return tuple(row[column] for column in _COLUMNS)


def _bars(found: Sequence[Mapping[str, Any]], span: tuple[date, date]) -> dict[Key, tuple[int, ...]]:
    """How often in each of BARS equal stretches between the two days."""
    first, last = span
    days = (last - first).days + 1
    sums = {_key(row): [0] * BARS for row in found}
    columns = [[row[column] for row in found] for column in _COLUMNS]
    with connection.cursor() as cursor:
        cursor.execute(DAYS, [*columns, first, last])
        for *key, day, count in cursor.fetchall():
            sums[tuple(key)][(day - first).days * BARS // days] += count
    return {key: tuple(counts) for key, counts in sums.items()}


def _drawn(counts: Sequence[int]) -> tuple[Bar, ...]:
    """At least two high where there is anything, so that once is seen beside a hundred times."""
    most = max(counts)
    heights = [max(2, round(HEIGHT * count / most)) if count else 0 for count in counts]
    return tuple(Bar(n * WIDTH, HEIGHT - height, height) for n, height in enumerate(heights) if height)


def _withdrawn(person: Person, found: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], datetime]:
    """When a performer last withdrew from a production, for patterns that a withdrawal may explain."""
    numbers = [row["performer"].partition(":")[2] for row in found if row["performer"]]
    ended = access.visible(person, ConsentRecord).filter(performer__in=numbers).exclude(withdrawn_at=None)
    rows = ended.values_list("production_id", "performer_id").annotate(at=Max("withdrawn_at"))
    return {(f"production:{production}", f"performer:{performer}"): at for production, performer, at in rows}


def _entries(row: Mapping[str, Any], span: tuple[date, date]) -> str:
    kind, _, number = row["room"].partition(":")
    asked = {
        "outcome": "refused",
        "reason": row["reason"],
        "person": row["performer"],
        "by": row["asker"],
        "production": number if kind == "production" else "",
        "since": f"{span[0].isoformat()}T00:00",
        "until": f"{span[1].isoformat()}T23:59",
    }
    return urlencode({name: value for name, value in asked.items() if value})
