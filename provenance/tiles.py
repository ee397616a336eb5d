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
    """The tree while its leaves pass by: the root at any moment, in memory for the last tile of each level."""

    def __init__(self) -> None:
        self._levels: list[list[bytes]] = [[]]
        self.size = 0

    def add(self, leaf: bytes) -> list[tuple[int, bytes]]:
        """Take the next leaf; answer with the level and hash of every tile that became full."""
        self.size += 1
        self._levels[0].append(leaf)
        folded, level = [], 0
        while len(self._levels[level]) == WIDTH:
            level, done = level + 1, merkle.root(self._levels[level])
            self._levels[level - 1].clear()
            self._levels += [[]] * (level == len(self._levels))
            self._levels[level].append(done)
            folded.append((level, done))
        return folded

    def root(self) -> bytes:
        """A level's hashes and the root of what is not yet full below them make the level above."""
        rest: list[bytes] = []
        for hashes in self._levels:
            above = [*hashes, *rest]
            rest = [merkle.root(above)] if above else []
        return rest[0] if rest else merkle.EMPTY_ROOT
