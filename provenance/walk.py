"""The walk along the ledger that verifies it: each entry's text, its columns, the chain and the tree, in one passing.

Pure: rows in, faults out. A walk may begin where an earlier one ended; it believes what that one had seen. It keeps
these rules:

1. The tree grows from what the entries' texts hash to, never from a stored hash.
2. Whatever was signed or noted of a size is compared when the walk is at that size. What lies behind the first step was
   compared by the walk before.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TypeAlias

from provenance import canonical, merkle
from provenance.errors import CanonicalError
from provenance.tiles import Growth, Tile
from provenance.types import Fault

Sizes: TypeAlias = tuple[int, int]  # the smallest and the largest, of checkpoints that are looked at
EVERY: Sizes = (0, (1 << 63) - 1)
GENESIS = bytes(32)  # what the first entry's chain hash continues
ENVELOPE = {"actor", "body", "index", "kind", "recorded_at", "subject"}

# index, kind, subject, actor, recorded_at, canonical, leaf, chain
Row: TypeAlias = tuple[int, str, str, str, datetime, str, bytes, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """How far a ledger was found sound: what its next entry must continue. `peaks` are those of `tiles.Growth`."""

    size: int = 0
    chain: bytes = GENESIS
    peaks: tuple[bytes, ...] = ()

    @property
    def root(self) -> bytes:
        return Growth(self.size, self.peaks).root()


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The root that the first `size` entries must have, by a checkpoint that was signed."""

    size: int
    root: bytes


class Walk:
    """One walk, from `since` on; `heads` and the stored `nodes` of full tiles are held against what it sees."""

    def __init__(
        self, since: Verified, *, heads: Iterable[Head] = (), nodes: Mapping[Tile, bytes] | None = None
    ) -> None:
        self.faults: list[Fault] = []
        self._chain, self._next = since.chain, since.size
        self._growth = Growth(since.size, since.peaks)
        self._nodes = nodes or {}
        ahead = (head for head in heads if head.size >= since.size)
        self._ahead = sorted(ahead, key=lambda head: head.size, reverse=True)
        self._pass_heads()

    @property
    def reached(self) -> Verified:
        return Verified(size=self._growth.size, chain=self._chain, peaks=self._growth.peaks)

    def take(self, rows: Iterable[Row]) -> None:
        """Go on along the next rows, which come in order."""
        leaves = [self._leaf(row) for row in rows]
        while self._ahead and self._ahead[-1].size <= self._growth.size + len(leaves):
            step = self._ahead[-1].size - self._growth.size
            self._grow(leaves[:step])
            leaves = leaves[step:]
            self._pass_heads()
        self._grow(leaves)

    def end(self) -> None:
        """There are no more rows: what was signed of more entries shows that some are gone."""
        while self._ahead:
            head, size = self._ahead.pop(), self._growth.size
            sentence = f"A checkpoint of {head.size} entries was signed and there are {size}: the end was cut off."
            self.faults.append(Fault(index=max(head.size - 1, 0), sentence=sentence))

    def _leaf(self, row: Row) -> bytes:
        index, _, _, _, _, text, leaf, chain = row
        computed = merkle.leaf_hash(text.encode())
        sound = (
            index == self._next and computed == leaf and _continues(chain, self._chain, leaf) and _columns_agree(row)
        )
        if not sound:
            found = _faults(row, expected=self._next, previous=self._chain)
            self.faults += [Fault(index=index, sentence=sentence) for sentence in found]
        self._chain, self._next = bytes(chain), index + 1
        return computed

    def _grow(self, leaves: Sequence[bytes]) -> None:
        for tile, root in self._growth.add(leaves):
            if self._nodes.get(tile, root) != root:  # one not stored yet is no fault
                sentence = f"The stored tree differs from the entries: tile {tile} was changed."
                self.faults.append(Fault(index=tile.stop, sentence=sentence))

    def _pass_heads(self) -> None:
        while self._ahead and self._ahead[-1].size == self._growth.size:
            head = self._ahead.pop()
            if head.root != self._growth.root():
                sentence = f"The first {head.size} entries are not those whose checkpoint was signed."
                self.faults.append(Fault(index=max(head.size - 1, 0), sentence=sentence))


def _continues(chain: bytes, previous: bytes, leaf: bytes) -> bool:
    return sha256(previous + leaf).digest() == chain


def _faults(row: Row, *, expected: int, previous: bytes) -> Iterator[str]:
    index, _, _, _, _, text, leaf, chain = row
    if index != expected:
        yield f"Entry {index} stands where entry {expected} should be: entries are missing."
    if merkle.leaf_hash(text.encode()) != leaf:
        yield f"Entry {index} was changed: its text does not match its hash."
    if not _continues(chain, previous, leaf):
        yield f"Entry {index} does not continue the entry before it."
    if not _columns_agree(row):
        yield f"Entry {index} shows other values than the text that was hashed."


def _columns_agree(row: Row) -> bool:
    try:
        said = canonical.loads(row[5])
        return (
            isinstance(said, dict)
            and said.keys() == ENVELOPE
            and row[:4] == (said["index"], said["kind"], said["subject"], said["actor"])
            and row[4] == datetime.fromisoformat(str(said["recorded_at"]))
        )
    except (ValueError, TypeError, CanonicalError):
        return False
