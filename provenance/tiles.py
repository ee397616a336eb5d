"""The Merkle tree in tiles of 256 hashes (c2sp.org/tlog-tiles): a proof needs few, and a full one never changes.

Pure: whoever has a function that reads a tile, from a table or over HTTP, has the tree.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from provenance import merkle

HEIGHT = 8
WIDTH = 1 << HEIGHT
PATH = re.compile(r"([0-9]|[1-5][0-9]|6[0-3])/((?:x[0-9]{3}/)*)([0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII)
MAX_PATH = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """The hashes `index` * 256 onwards of a level, `width` of them; each is the root of 256**level entries."""

    level: int
    index: int
    width: int = WIDTH

    def __str__(self) -> str:
        """The path below `tile/`."""
        groups = f"{self.index:,}".replace(",", "/").split("/")
        padded = [f"{int(group):03}" for group in groups]
        number = "/".join([f"x{group}" for group in padded[:-1]] + padded[-1:])
        return f"{self.level}/{number}" + (f".p/{self.width}" if self.width < WIDTH else "")

    @property
    def stop(self) -> int:
        """The first hash of the level that lies beyond this tile."""
        return self.index * WIDTH + self.width

    def within(self, size: int) -> bool:
        """Whether the tree of `size` entries has every hash of this tile."""
        return self.stop <= size >> (HEIGHT * self.level)


Read = Callable[[Tile], Sequence[bytes]]


def parse(path: str) -> Tile | None:
    """The tile at `path` below `tile/`; None if no tile can be there."""
    match = PATH.fullmatch(path) if len(path) <= MAX_PATH else None
    if not match:
        return None
    index = int(match[2].replace("x", "").replace("/", "") + match[3])
    found = Tile(level=int(match[1]), index=index, width=int(match[4] or WIDTH))
    return found if str(found) == path else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """The tree over the first `size` entries; `read` answers with a tile's hashes, `width` of them."""

    size: int
    read: Read

    def root(self) -> bytes:
        return self._range(0, self.size) if self.size else merkle.EMPTY_ROOT

    def inclusion(self, index: int) -> list[bytes]:
        """The path from leaf `index` to the root (RFC 9162, 2.1.3.1). Raises IndexError if there is no such leaf."""
        if not 0 <= index < self.size:
            raise IndexError(f"Expected an index below {self.size}, got {index}")
        return self._path(index, 0, self.size)

    def consistency(self, first: int) -> list[bytes]:
        """That the tree of `first` entries is the beginning of this one (RFC 9162, 2.1.4.1).

        Raises IndexError unless 0 < first <= size.
        """
        if not 0 < first <= self.size:
            raise IndexError(f"Expected a size from 1 to {self.size}, got {first}")
        return self._subproof(first, 0, self.size, complete=True)

    def _path(self, index: int, start: int, stop: int) -> list[bytes]:
        if stop - start == 1:
            return []
        middle = start + merkle.split_at(stop - start)
        if index < middle:
            return [*self._path(index, start, middle), self._range(middle, stop)]
        return [*self._path(index, middle, stop), self._range(start, middle)]

    def _subproof(self, first: int, start: int, stop: int, *, complete: bool) -> list[bytes]:
        if first == stop:
            return [] if complete else [self._range(start, stop)]
        middle = start + merkle.split_at(stop - start)
        if first <= middle:
            return [*self._subproof(first, start, middle, complete=complete), self._range(middle, stop)]
        return [*self._subproof(first, middle, stop, complete=False), self._range(start, middle)]

    def _range(self, start: int, stop: int) -> bytes:
        """The root over the entries from `start` on: a multiple of every power of two up to `stop` - `start`."""
        count = stop - start
        if count & (count - 1) == 0:
            return self._full(start, count.bit_length() - 1)
        middle = start + merkle.split_at(count)
        return merkle.node_hash(self._range(start, middle), self._range(middle, stop))

    def _full(self, start: int, height: int) -> bytes:
        """The root over the 2**height entries from `start` on, out of the one tile that holds what is below it."""
        level, rest = divmod(height, HEIGHT)
        index, offset = divmod(start >> (HEIGHT * level), WIDTH)
        width = min(WIDTH, (self.size >> (HEIGHT * level)) - index * WIDTH)
        hashes = self.read(Tile(level=level, index=index, width=width))
        return merkle.root(hashes[offset : offset + (1 << rest)])


class Growth:
    """The tree while its leaves pass by: of the first `size` entries, only the roots of the largest full trees.

    Those `peaks`, the largest first, are all that is needed to go on later from where it stopped.
    """

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        if len(peaks) != size.bit_count():
            raise ValueError(f"Expected {size.bit_count()} peaks of a tree of {size} entries, got {len(peaks)}")
        self.size = size
        self._peaks = list(peaks)

    @property
    def peaks(self) -> tuple[bytes, ...]:
        return tuple(self._peaks)

    def add(self, leaves: Sequence[bytes]) -> list[tuple[Tile, bytes]]:
        """Take the next leaves; answer with every tile that became full, and its root."""
        full, taken = [], 0
        while taken < len(leaves):
            whole = self.size % WIDTH == 0 and len(leaves) - taken >= WIDTH
            step = WIDTH if whole else 1
            node = merkle.root(leaves[taken : taken + WIDTH]) if whole else leaves[taken]
            full += self._climb(node, height=HEIGHT if whole else 0)
            taken += step
        return full

    def _climb(self, node: bytes, *, height: int) -> list[tuple[Tile, bytes]]:
        """Put the root of 2**height entries behind the peaks, and join those of one size."""
        start, full = self.size >> height, []
        self.size += 1 << height
        while True:
            if height and height % HEIGHT == 0:
                full.append((Tile(level=height // HEIGHT - 1, index=(self.size >> height) - 1), node))
            if not start & 1:
                self._peaks.append(node)
                return full
            node, start, height = merkle.node_hash(self._peaks.pop(), node), start >> 1, height + 1

    def root(self) -> bytes:
        if not self._peaks:
            return merkle.EMPTY_ROOT
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = merkle.node_hash(peak, root)
        return root
