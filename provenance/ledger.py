"""The append-only log. It keeps these rules:

1. An entry is written inside the caller's transaction: state and record stand or fall together. Outside one, nothing is
   written; when an entry cannot be written, the transaction cannot be committed.
2. The database assigns the time when the entry is written, and index and hashes afterwards, in batches: who writes
   waits for nobody. Entries get their indexes in an order in which none stands before one that its writer could see.
3. Entries are read and verified from their own canonical text; the columns are an index to it and must agree.
4. What says something of a person by itself is committed to, not written (`provenance.sealing`).
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

from django.db import DatabaseError, connection, transaction

from provenance import canonical, refusals, schema, sealing
from provenance.errors import CanonicalError, LedgerError
from provenance.models import LedgerEntry, Opening
from provenance.types import Entry, EntryKind, Fault, Json, Said, Sealed
from provenance.walk import GENESIS, Row, Verified, Walk

CHUNK = 2048  # whole tiles: see walk
# The columns of walk.Row.
WALKED = """SELECT index, kind, subject, actor, recorded_at, canonical, leaf, chain FROM public.provenance_ledgerentry
WHERE index >= %(first)s ORDER BY index LIMIT %(limit)s"""
BATCH = 1000  # entries that get their index in one transaction
# One statement, hence one snapshot: an entry that is given its place meanwhile is not missed.
ABOUT = """SELECT canonical, '', 0 AS later, index AS place FROM public.provenance_ledgerentry
WHERE subject = ANY(%(subjects)s) AND kind = ANY(%(kinds)s)
UNION ALL SELECT head, tail, 1, id FROM public.provenance_pending
WHERE subject = ANY(%(subjects)s) AND kind = ANY(%(kinds)s) ORDER BY later, place"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What `verify` found. A later one may go on from `reached`, if there were no faults.

    `head` is the chain hash of the last entry, `root` the Merkle root over all (RFC 9162).
    """

    reached: Verified
    faults: tuple[Fault, ...]

    @property
    def entries(self) -> int:
        return self.reached.size

    @property
    def head(self) -> bytes:
        return self.reached.chain

    @property
    def root(self) -> bytes:
        return self.reached.root


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """Length and head of the ledger as somebody wrote them down earlier, outside the database."""

    entries: int
    head: bytes


def append(
    kind: EntryKind, *, subject: str, actor: str, body: Mapping[str, Json], sealed: Sealed | Sequence[Sealed] = ()
) -> None:
    """Write one entry in the caller's transaction; it gets its index soon after that commits (`sequence`).

    The values of `sealed`, of one person or of several, are kept beside the log, and the body says
    "sealed": {field: commitment}.
    Raises LedgerError outside a transaction, for a body that is none of this kind (`provenance.schema`) or that
    canonical JSON cannot carry, and when the database refuses.
    The caller's transaction (or innermost savepoint) can then only be rolled back, even if the error is caught.
    """
    if not connection.in_atomic_block:
        raise LedgerError("A ledger entry is written in the transaction whose change it records; there is none.")
    try:
        said = {**body, **_sealed((sealed,) if isinstance(sealed, Sealed) else sealed)}
        schema.check(EntryKind(kind), said)
        pieces = [canonical.dumps(piece).decode() for piece in (actor, said, EntryKind(kind).value, subject)]
        with connection.cursor() as cursor:
            cursor.execute("SELECT public.ledger_append(%s, %s, %s, %s)", pieces)
    except (CanonicalError, DatabaseError, LedgerError, ValueError, TypeError) as e:
        _nothing_proceeds(f"The ledger entry {kind} of {subject} could not be written: {e}", e)


def _sealed(sealed: Sequence[Sealed]) -> dict[str, Json]:
    made = [(part.of, one) for part in sealed for one in sealing.opened(part)]
    if len({one.field for _, one in made}) != len(made):
        raise ValueError("two sealed values have one name")
    Opening.objects.bulk_create(
        Opening(
            commitment=one.commitment,
            of=of,
            field=one.field,
            value=canonical.dumps(one.value).decode(),
            salt=one.salt,
        )
        for of, one in made
    )
    return {"sealed": {one.field: one.commitment for _, one in made}} if made else {}


def sequence() -> int:
    """Give every entry that is pending its index and hashes, in batches; answer with the number of entries then.

    Any process may: one at a time does it, and entries that were not committed yet stay for the next one. Inside a
    caller's transaction the others wait until it ends. Raises LedgerError when the database refuses.
    """
    try:
        while _sequence_batch() == BATCH:
            pass
        return size()
    except DatabaseError as e:
        raise LedgerError(f"Entries could not be given their place in the ledger: {e}") from e


def _sequence_batch() -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT public.ledger_sequence(%s)", [BATCH])
        return int(cursor.fetchone()[0])


def _nothing_proceeds(sentence: str, cause: Exception) -> NoReturn:
    transaction.set_rollback(True)
    refusals.count()
    raise LedgerError(sentence) from cause


def read(index: int) -> Entry:
    """The entry with this index. Raises LedgerError if there is none or it cannot be understood."""
    try:
        return _entry(LedgerEntry.objects.get(index=index))
    except LedgerEntry.DoesNotExist as e:
        raise LedgerError(f"The ledger has no entry {index}.") from e
    except DatabaseError as e:
        raise LedgerError(f"The ledger could not be read: {e}") from e


def find(kind: EntryKind, *, subject: str) -> Entry | None:
    """The first entry of this kind about `subject` that has its place. Raises LedgerError if it cannot be read."""
    try:
        row = LedgerEntry.objects.filter(kind=kind.value, subject=subject).order_by("index").first()
    except DatabaseError as e:
        raise LedgerError(f"The ledger could not be read: {e}") from e
    return _entry(row) if row else None


def entries(start: int = 0, stop: int | None = None) -> Iterator[Entry]:
    """The entries with start <= index < stop, in order. Raises LedgerError for one that cannot be understood."""
    rows = LedgerEntry.objects.filter(index__gte=start).order_by("index")
    rows = rows if stop is None else rows.filter(index__lt=stop)
    try:
        yield from map(_entry, rows.iterator(CHUNK))
    except DatabaseError as e:
        raise LedgerError(f"The ledger could not be read: {e}") from e


def about(subjects: Iterable[str], *, kinds: Iterable[EntryKind]) -> list[Said]:
    """What was said of these kinds about these subjects, in order, pending entries included: they are committed.

    Raises LedgerError where one is not to be read.
    """
    asked = {"subjects": list(subjects), "kinds": [kind.value for kind in kinds]}
    try:
        with connection.cursor() as cursor:
            cursor.execute(ABOUT, asked)
            return [_said(head, tail) for head, tail, _, _ in cursor.fetchall()]
    except DatabaseError as e:
        raise LedgerError(f"The ledger could not be read: {e}") from e


def _said(head: str, tail: str) -> Said:
    try:
        said = json.loads(f"{head}0{tail}" if tail else head)
        return Said(kind=EntryKind(said["kind"]), subject=said["subject"], actor=said["actor"], body=said["body"])
    except (ValueError, KeyError, TypeError) as e:
        raise LedgerError(f"An entry of the ledger cannot be understood: {e}") from e


def _entry(row: LedgerEntry) -> Entry:
    try:
        said = json.loads(row.canonical)
        return Entry(
            index=said["index"],
            kind=EntryKind(said["kind"]),
            subject=said["subject"],
            actor=said["actor"],
            recorded_at=datetime.fromisoformat(said["recorded_at"]),
            body=said["body"],
            canonical=row.canonical,
            leaf=bytes(row.leaf),
            chain=bytes(row.chain),
        )
    except (ValueError, KeyError, TypeError) as e:
        raise LedgerError(f"Entry {row.index} of the ledger cannot be understood: {e}") from e


def body_of(text: str) -> dict[str, Json]:
    """The body in an entry's text. Nothing if somebody wrote another text there: pages go on, and `verify` names it."""
    try:
        said = json.loads(text)["body"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def verify(along: Walk | None = None, *, limit: int | None = None, noted: Noted | None = None) -> Audit:
    """Recompute every hash in one reading of the table and name what does not hold: from the first entry on, or `along`
    a walk that begins later or compares more; of `limit` entries at the most.

    Entries cut off at the end leave a shorter ledger that is sound in itself, and whoever may write the table as its
    owner can recompute the whole chain: both show only against a length and head `noted` outside the database.
    Raises LedgerError if the table cannot be read.
    """
    walk = along or Walk(Verified())
    begun = walk.reached.size
    try:
        for rows in _rows(begun, limit=limit):
            walk.take(rows)
        if limit is None or walk.reached.size < begun + limit:
            walk.end()
        faults = [*walk.faults, *(_faults_since(noted, entries=walk.reached.size) if noted else ())]
    except DatabaseError as e:
        raise LedgerError(f"The ledger could not be read: {e}") from e
    return Audit(reached=walk.reached, faults=tuple(faults))


def _rows(start: int, *, limit: int | None) -> Iterator[list[Row]]:
    # From the first entry on means from whatever stands first: somebody may have put one before it.
    first = start or -(1 << 63)
    with connection.chunked_cursor() as cursor, connection.wrap_database_errors:
        # In binary, rows come five times as fast as Django asks for them.
        cursor.cursor.execute(WALKED, {"first": first, "limit": limit}, binary=True)
        while chunk := cursor.cursor.fetchmany(CHUNK):
            yield chunk


def _faults_since(noted: Noted, *, entries: int) -> Iterator[Fault]:
    if entries < noted.entries:
        yield Fault(
            index=entries,
            sentence=f"The ledger had {noted.entries} entries and now has {entries}: its end was cut off.",
        )
    elif _head_of(noted.entries) != noted.head:
        yield Fault(
            index=max(noted.entries - 1, 0),
            sentence=f"The first {noted.entries} entries are not those that were noted: the ledger was rewritten.",
        )


def _head_of(size: int) -> bytes:
    """The chain hash of the last of the first `size` entries."""
    stored = LedgerEntry.objects.filter(index=size - 1).values_list("chain", flat=True).first() if size else GENESIS
    return bytes(stored or b"")


def follows(since: Verified) -> Iterator[Fault]:
    """Why the ledger cannot be the one of which the beginning was verified earlier, as far as a glance shows.

    What changed behind that point and fits in itself shows only to a walk from the first entry on.
    Raises LedgerError if the table cannot be read.
    """
    try:
        yield from _faults_since(Noted(entries=since.size, head=since.chain), entries=size())
    except DatabaseError as e:
        raise LedgerError(f"The ledger could not be read: {e}") from e


def size() -> int:
    """How many entries have their place, at little cost: the table is not counted."""
    last = LedgerEntry.objects.order_by("-index").values_list("index", flat=True).first()
    return 0 if last is None else last + 1
