"""Reads the ledger into the index, in the order of its entries, each once.

One reads at a time: whoever does holds the row of `Progress` until the batch is committed, so that an entry's mentions
and the mark that says it was read stand or fall together. `rebuild` forgets everything and reads from the first entry.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction

from countersign.desk import kin
from countersign.desk.kinds import REFUSED
from countersign.desk.models import Mention, Pattern, Progress, Thing
from countersign.desk.reading import NOBODY, Read, Said, read
from provenance import ledger
from provenance.models import LedgerEntry

BATCH = 2000  # entries in one transaction
AT_ONCE = 3 * BATCH  # what somebody who asked for a page waits for; the supervisor reads the rest

COPY = "COPY desk_mention (thing, entry, kind, room, subject, recorded_at, own) FROM STDIN"
COUNT = """UPDATE desk_thing SET mentions = desk_thing.mentions + more.n
FROM unnest(%s::int[], %s::bigint[]) AS more(id, n) WHERE desk_thing.id = more.id"""
ADD = """INSERT INTO desk_pattern (room, performer, asker, reason, day, count, first_at, last_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (room, performer, asker, reason, day) DO UPDATE SET
count = desk_pattern.count + excluded.count, first_at = least(desk_pattern.first_at, excluded.first_at),
last_at = greatest(desk_pattern.last_at, excluded.last_at)"""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the index has come: `read` of the ledger's `entries`."""

    read: int
    entries: int

    @property
    def behind(self) -> int:
        return self.entries - self.read


def standing() -> Standing:
    last = LedgerEntry.objects.order_by("-index").values_list("index", flat=True).first()
    read_so_far = Progress.objects.values_list("next", flat=True).first() or 0
    return Standing(read_so_far, 0 if last is None else last + 1)


def catch_up(*, most: int | None = AT_ONCE) -> Standing:
    """Read what is new, at most `most` entries (all when None), and say how far the index has come."""
    done = 0
    while (now := standing()).behind > 0 and (most is None or done < most):
        done += _batch()
    return now


@transaction.atomic
def rebuild() -> None:
    """Forget the index. What reads it finds nothing until `catch_up` has read the ledger again."""
    Progress.objects.get_or_create(pk=1)
    Progress.objects.select_for_update().get(pk=1)
    for table in (Mention, Pattern, Thing):
        table._default_manager.all().delete()
    Progress.objects.update(next=0)


@transaction.atomic
def _batch() -> int:
    Progress.objects.get_or_create(pk=1)
    mark = Progress.objects.select_for_update().get(pk=1)
    entries = _read_from(mark.next)
    if entries:
        _keep(entries)
        _add_patterns(entries)
        Progress.objects.filter(pk=1).update(next=entries[-1].index + 1)
    return len(entries)


def _read_from(index: int) -> list[Read]:
    columns = ("index", "kind", "subject", "actor", "recorded_at", "canonical")
    rows = LedgerEntry.objects.filter(index__gte=index).order_by("index").values_list(*columns)[:BATCH]
    said = [
        Said(index=i, kind=k, subject=s, actor=a, recorded_at=t, body=ledger.body_of(text))
        for i, k, s, a, t, text in rows
    ]
    known = kin.of(one.subject for one in said)
    return [read(one, known.get(one.subject, NOBODY)) for one in said]


def _keep(entries: Sequence[Read]) -> None:
    numbers = _numbers(Counter(name for entry in entries for name in (*entry.own, *entry.other)))
    with connection.cursor() as cursor, cursor.copy(COPY) as copy:
        for entry in entries:
            rest = (entry.kind, numbers.get(entry.room, 0), numbers[entry.subject], entry.recorded_at)
            for names, own in ((entry.own, True), (entry.other, False)):
                for name in names:
                    copy.write_row((numbers[name], entry.index, *rest, own))


def _numbers(mentioned: Counter[str]) -> dict[str, int]:
    """The number of each name, new ones included, and so many more mentions of each."""
    known = dict(Thing.objects.filter(name__in=mentioned).values_list("name", "id"))
    new = Thing.objects.bulk_create(Thing(name=name) for name in mentioned if name not in known)
    known |= {thing.name: thing.pk for thing in new}
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [[known[name] for name in mentioned], list(mentioned.values())])
    return known


@dataclass(frozen=True, slots=True)
class _Day:
    """What a pattern counts by: the columns of `Pattern` that tell one from another."""

    room: str
    performer: str
    asker: str
    reason: str
    day: date


def _add_patterns(entries: Iterable[Read]) -> None:
    found: dict[_Day, list[datetime]] = {}
    for entry in entries:
        for reason in entry.reasons if _counts(entry) else ():
            key = _Day(entry.room, entry.face, entry.asker, reason, entry.recorded_at.date())
            found.setdefault(key, []).append(entry.recorded_at)
    rows = [
        (k.room, k.performer, k.asker, k.reason, k.day, len(times), min(times), max(times))
        for k, times in sorted(found.items(), key=lambda item: str(item[0]))
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(ADD, rows)


def _counts(entry: Read) -> bool:
    """Refusals that somebody sees in a room. An output's are seen only while it is out, which a sum cannot follow."""
    return entry.kind in REFUSED and bool(entry.room) and not entry.subject.startswith("output:")
