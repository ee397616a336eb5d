"""The index asked: the newest entries that mention what is looked for, as index scans, whatever the ledger's size.

It proposes and never decides: whoever shows an entry asks `access` about its subject first. A question has groups of
things, of each of which an entry must mention one. The rarest group drives; the others are looked up by key.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import F

from countersign.desk.models import Mention, Thing

ANY = 2**62  # no entry has this index
# An entry may get its index after one that was written later, by as long as its transaction was open at most.
OUT_OF_ORDER = timedelta(hours=1)

Group = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """Where somebody may find anything: rooms whose entries they see, and what is theirs in rooms that they don't."""

    rooms: tuple[str, ...]
    mine: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """`kinds` is None for every kind; times are inclusive; `after` (included) and `before` are indexes."""

    groups: tuple[Group, ...] = ()
    kinds: tuple[str, ...] | None = None
    since: datetime | None = None
    until: datetime | None = None
    after: int = 0
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    entry: int
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Walk:
    """Which lists to walk back from the newest: each thing within a room, or, without rooms, those that `own` owns.

    An entry must also mention one of each of `others`.
    """

    things: list[int]
    rooms: list[int] | None
    others: list[list[int]]
    own: int = 0


# Each list is walked from its newest end and left as soon as enough is found; hence LATERAL with its own LIMIT.
FROM_ROOMS = "unnest(%(things)s::int[], %(rooms)s::int[]) AS t(thing, room)"
FROM_THINGS = "unnest(%(things)s::int[]) AS t(thing)"
OF_KINDS = " CROSS JOIN unnest(%(kinds)s::text[]) AS k(kind)"
WALK = """SELECT DISTINCT found.entry, found.subject FROM {lists} CROSS JOIN LATERAL (
SELECT m.entry, m.subject FROM desk_mention m WHERE m.thing = t.thing AND m.entry >= %(low)s AND m.entry < %(high)s
{conditions} ORDER BY m.entry DESC LIMIT %(limit)s) found ORDER BY found.entry DESC LIMIT %(limit)s"""
IN_ROOM = "AND m.room = t.room"
OF_KIND = "AND m.kind = k.kind"
OWN = "AND EXISTS (SELECT FROM desk_mention o WHERE o.thing = %(own)s AND o.entry = m.entry AND o.own)"
ALSO = "AND EXISTS (SELECT FROM desk_mention o WHERE o.thing = ANY(%(also{n})s::int[]) AND o.entry = m.entry)"
SINCE, UNTIL = "AND m.recorded_at >= %(since)s", "AND m.recorded_at <= %(until)s"


def newest(question: Question, sight: Sight, *, limit: int) -> list[Hit]:
    """The newest entries that fit, at most `limit`, newest first."""
    if question.kinds == ():
        return []
    low, high = _bounds(question)
    found: set[tuple[int, int]] = set()
    for walk in _walks(question, sight):
        found |= set(_walked(question, walk, {"low": low, "high": high, "limit": limit}))
    hits = sorted(found, reverse=True)[:limit]
    names = dict(Thing.objects.filter(pk__in={subject for _, subject in hits}).values_list("pk", "name"))
    return [Hit(entry, names[subject]) for entry, subject in hits]


def _bounds(question: Question) -> tuple[int, int]:
    """Between which indexes all entries of that time lie, and few others: the first, and the one after the last."""
    entries = Mention.objects.filter(thing=F("subject")).values_list("entry", flat=True)
    low, high = question.after, ANY if question.before is None else question.before
    if question.since:
        earlier = entries.filter(recorded_at__lt=question.since - OUT_OF_ORDER).order_by("-recorded_at", "-entry")
        low = max(low, (-1 if (last := earlier.first()) is None else last) + 1)
    if question.until:
        later = entries.filter(recorded_at__gt=question.until + OUT_OF_ORDER).order_by("recorded_at", "entry")
        high = min(high, ANY if (first := later.first()) is None else first)
    return low, high


def _walks(question: Question, sight: Sight) -> list[_Walk]:
    """One walk through the rooms, and one through what is somebody's own elsewhere."""
    named = {name for group in question.groups for name in group} | {*sight.rooms, sight.mine}
    known = {thing.name: thing for thing in Thing.objects.filter(name__in=named)}
    groups = [[known[name] for name in group if name in known] for group in question.groups]
    if not all(groups):
        return []
    rooms = [known[name].pk for name in sight.rooms if name in known]
    walks = [_through_rooms(groups, rooms)] if rooms else []
    return [*walks, _through_own(groups, known[sight.mine])] if sight.mine in known else walks


def _through_rooms(groups: Sequence[Sequence[Thing]], rooms: list[int]) -> _Walk:
    driver, others = _driver(groups)
    if driver is None:
        return _Walk(things=rooms, rooms=rooms, others=others)
    pairs = [(thing, room) for thing in driver for room in rooms]
    return _Walk(things=[thing for thing, _ in pairs], rooms=[room for _, room in pairs], others=others)


def _through_own(groups: Sequence[Sequence[Thing]], mine: Thing) -> _Walk:
    driver, others = _driver([*groups, [mine]])
    return _Walk(things=driver or [], rooms=None, others=others, own=mine.pk)


def _driver(groups: Sequence[Sequence[Thing]]) -> tuple[list[int] | None, list[list[int]]]:
    """The group that the fewest entries mention, and the rest."""
    rarest_first = sorted(groups, key=lambda group: sum(thing.mentions for thing in group))
    numbers = [[thing.pk for thing in group] for group in rarest_first]
    return (numbers[0], numbers[1:]) if numbers else (None, [])


def _walked(question: Question, walk: _Walk, values: dict[str, Any]) -> list[tuple[int, int]]:
    lists = FROM_THINGS if walk.rooms is None else FROM_ROOMS
    conditions = [IN_ROOM] if walk.rooms is not None else [OWN]
    if question.kinds is not None:
        lists, conditions = lists + OF_KINDS, [OF_KIND, *conditions]
    conditions += [SINCE] if question.since else []
    conditions += [UNTIL] if question.until else []
    conditions += [ALSO.format(n=n) for n in range(len(walk.others))]
    values |= {"things": walk.things, "rooms": walk.rooms, "own": walk.own, "kinds": list(question.kinds or ())}
    values |= {"since": question.since, "until": question.until}
    values |= {f"also{n}": group for n, group in enumerate(walk.others)}
    with connection.cursor() as cursor:
        cursor.execute(WALK.format(lists=lists, conditions=" ".join(conditions)), values)
        return [(entry, subject) for entry, subject in cursor.fetchall()]
