"""The time-stamps that are kept, held against the checkpoints and entries they cover. It keeps these rules:

1. A kept time-stamp is verified each time it is looked at, under the roots that are pinned now.
2. An entry cannot have been written later than the first time-stamp that covers it. One that says so betrays a clock,
   or somebody who wrote history anew.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.db import DatabaseError
from django.db.models import QuerySet

from provenance import timestamp, tree
from provenance.errors import LedgerError, ProvenanceError
from provenance.models import LedgerEntry, SignedCheckpoint, TimeStamp
from provenance.timestamp import Stamp, Stamped
from provenance.types import Fault
from provenance.walk import EVERY, Sizes

MOMENT = "%Y-%m-%dT%H:%M:%SZ"
MOST = 16  # time-stamps on one checkpoint that are looked at: all but a few were put there by somebody else
TOLERANCE = timedelta(minutes=1)  # between our clock and an authority's


@dataclass(frozen=True, slots=True, kw_only=True)
class Covering:
    """A time-stamp over the first `size` entries: none of them was written later."""

    size: int
    stamp: Stamp

    def __str__(self) -> str:
        return f"{self.stamp.at:{MOMENT}} by {self.stamp.by}, covers {self.size} entries"


def first(roots: bytes) -> Covering | None:
    """The earliest checkpoint of which a time-stamp holds under `roots`; None without one."""
    return next(_holding(TimeStamp.objects.order_by("size", "id"), roots), None)


def newest(roots: bytes) -> Covering | None:
    """The latest checkpoint of which a time-stamp holds under `roots`; None without one."""
    return next(_holding(TimeStamp.objects.order_by("-size", "id"), roots), None)


def of(size: int, roots: bytes) -> list[TimeStamp]:
    """The time-stamps on the checkpoint of `size` entries that hold under `roots`, as they were kept."""
    kept = TimeStamp.objects.filter(size=size).order_by("id")[:MOST]
    return [row for row in kept if _covering(row, roots)]


def _holding(rows: QuerySet[TimeStamp], roots: bytes) -> Iterator[Covering]:
    # Any process of the application may put a row there: `faults` tells which does not hold.
    yield from filter(None, (_covering(row, roots) for row in rows.iterator(MOST)))


def _covering(row: TimeStamp, roots: bytes) -> Covering | None:
    try:
        return Covering(size=row.size, stamp=_verified(row, roots))
    except ProvenanceError:
        return None


def _verified(row: TimeStamp, roots: bytes) -> Stamp:
    signed = SignedCheckpoint.objects.filter(size=row.size).first()
    if not signed:
        raise LedgerError("there is no such checkpoint.")
    return timestamp.verify(bytes(row.token), over=signed.note.encode(), roots=roots)


def faults(roots: bytes, *, sizes: Sizes = EVERY) -> Iterator[Fault]:
    """What does not hold of the time-stamps that are kept.

    Raises LedgerError if the tables cannot be read.
    """
    try:
        if not roots and TimeStamp.objects.exists():
            yield _fault(0, "There are time-stamps, and no roots among the keys (tsa-roots.pem) to check them by.")
            return
        for row in TimeStamp.objects.filter(size__range=sizes).order_by("size").iterator():
            yield from _faults(row, roots)
    except DatabaseError as e:
        raise LedgerError(f"The time-stamps could not be read: {e}") from e


def _faults(row: TimeStamp, roots: bytes) -> Iterator[Fault]:
    of = f"The time-stamp of {row.authority} on the checkpoint of {row.size} entries"
    try:
        stamp = _verified(row, roots)
    except ProvenanceError as e:
        yield _fault(row.size, f"{of} does not hold: {e}")
        return
    last = LedgerEntry.objects.filter(index=row.size - 1).first()
    if last and stamp.at < last.recorded_at - TOLERANCE:
        yield _fault(
            row.size, f"{of} is of {stamp.at:{MOMENT}}, and the last of them says {last.recorded_at:{MOMENT}}."
        )


def betrayals(kept: Stamped) -> Iterator[Fault]:
    """What a checkpoint and its time-stamp, kept outside the database, betray of the entries as they stand now."""
    size = kept.checkpoint.size
    try:
        root = tree.of(size).root()
    except LedgerError:
        root = b""  # there are fewer entries by now
    if timestamp.contradicts(kept, root=root):
        said = f"time-stamp: on {kept.stamp.at:{MOMENT}}, {kept.stamp.by} saw another root of the first {size} entries"
        yield _fault(size, f"{said}, signed by the log: they were rewritten since, whoever signed them again.")


def _fault(size: int, sentence: str) -> Fault:
    return Fault(index=max(size - 1, 0), sentence=sentence)
