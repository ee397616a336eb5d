"""A file sealed in pieces, so that a range of it opens without the whole.

The rules this module keeps:
1. Each piece of 1 MiB is sealed by itself (AES-256-GCM, by Tink), bound to the name of the file, to its place among the
   pieces and to how many there are: no piece can be left out, moved, repeated or taken from another file.
2. A key seals one file, and goes into no file.
"""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, BinaryIO

from consent import vault
from consent.errors import VaultError
from consent.vault import Key

PIECE = 2**20
_OVERHEAD = 5 + 12 + 16  # Tink's prefix, the nonce, the tag
_SEALED = PIECE + _OVERHEAD


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What every piece of a file is bound to: its name (a digest of the content), and how many pieces there are."""

    name: str
    count: int

    def piece(self, index: int) -> bytes:
        return f"{self.name} piece {index} of {self.count}".encode()


def seal(source: Iterable[bytes], target: IO[bytes], *, key: bytes, name: str, size: int) -> None:
    """Write the `size` bytes of `source` to `target`, sealed. Raises VaultError for a key that is none, and where other
    than `size` bytes come."""
    sealing, named, came = Key(key), Named(name=name, count=_count(size)), 0
    for index, piece in enumerate(_cut(source)):
        came += len(piece)
        target.write(sealing.encrypt(piece, named.piece(index)))
    if came != size:
        raise VaultError(f"expected {size} bytes to seal, {came} came")


def opened(sealed: BinaryIO, *, key: bytes, name: str) -> io.BufferedReader:
    """The plain bytes of a sealed file, to be read and sought in; a piece is opened when it is read.

    Raises VaultError, then or while reading, for another key or name and for what was changed or cut.
    """
    size = sealed.seek(0, io.SEEK_END)
    count, rest = divmod(size, _SEALED)
    if (rest and rest < _OVERHEAD) or not size:
        raise VaultError("This file was cut.")
    return _reader(_Pieces(sealed, Key(key), Named(name=name, count=count + bool(rest))), size)


class Draft:
    """A file that is still coming in, sealed under a key that only this object has: nobody else ever opens it."""

    def __init__(self, file: BinaryIO, *, name: str) -> None:
        self._file, self._key = file, Key(vault.new_key())
        self._named, self._waiting, self._index = Named(name=name, count=0), bytearray(), 0

    def write(self, data: bytes) -> None:
        self._waiting += data
        while len(self._waiting) >= PIECE:
            self._keep(PIECE)

    def whole(self) -> io.BufferedReader:
        """All of it has come: the bytes, to be read and sought in."""
        if self._waiting or not self._index:
            self._keep(len(self._waiting))
        return _reader(_Pieces(self._file, self._key, self._named), self._file.seek(0, io.SEEK_END))

    def _keep(self, length: int) -> None:
        self._file.write(self._key.encrypt(bytes(self._waiting[:length]), self._named.piece(self._index)))
        del self._waiting[:length]
        self._index += 1


class _Pieces:
    """Pieces by their number."""

    def __init__(self, file: BinaryIO, key: Key, named: Named) -> None:
        self._file, self._key, self._named = file, key, named

    def __getitem__(self, index: int) -> bytes:
        self._file.seek(index * _SEALED)
        return self._key.decrypt(self._file.read(_SEALED), self._named.piece(index))

    def close(self) -> None:
        self._file.close()


class _Plain(io.RawIOBase):
    def __init__(self, pieces: _Pieces, size: int) -> None:
        self._pieces, self._size, self._at = pieces, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        if self._at >= self._size and self._size:
            return 0
        index, skip = divmod(self._at, PIECE)
        piece = self._pieces[index][skip : skip + len(buffer)]
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def close(self) -> None:
        self._pieces.close()
        super().close()


def _reader(pieces: _Pieces, sealed_size: int) -> io.BufferedReader:
    count = -(-sealed_size // _SEALED)
    return io.BufferedReader(_Plain(pieces, sealed_size - count * _OVERHEAD), PIECE)


def _count(size: int) -> int:
    return max(1, -(-size // PIECE))


def _cut(source: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces; one empty piece where there are none."""
    waiting, some = bytearray(), False
    for chunk in source:
        waiting += chunk
        while len(waiting) >= PIECE:
            some = True
            yield bytes(waiting[:PIECE])
            del waiting[:PIECE]
    if waiting or not some:
        yield bytes(waiting)
