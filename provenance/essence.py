"""The digest of what a film shows and plays, whatever is written around it.

It is taken over the media data alone (the payloads of the `mdat` boxes of ISO/IEC 14496-12, 8.1.1, in the order of the
file): credentials that are added, moved or taken out leave it as it is, and one changed sample does not. Only the heads
of the outermost boxes are read, by the rules of 4.2; the libraries for this load a film into memory whole.
"""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from provenance.errors import UnreadableFileError

HEAD, LARGE = 8, 8  # bytes: size and type, and the size of a box of 4 GiB and more
PIECE = 2**20


def sha256(path: Path) -> str:
    """The digest, 64 hexadecimal digits. Raises UnreadableFileError for what is no such film or has no media data."""
    digest, found = hashlib.sha256(), False
    try:
        with path.open("rb") as film:
            for kind, length in _boxes(film):
                if kind == b"mdat":
                    found = True
                    _take(film, length, digest)
    except OSError as e:
        raise UnreadableFileError(f"{path.name} cannot be read: {e}") from e
    if not found:
        raise UnreadableFileError(f"{path.name} holds no media data.")
    return digest.hexdigest()


def _boxes(film: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Type and payload length of each outermost box, with the film standing at its payload."""
    end = os.fstat(film.fileno()).st_size
    start = 0
    while start < end:
        film.seek(start)
        head = film.read(HEAD)
        size, kind, taken = int.from_bytes(head[:4]), head[4:], HEAD
        if size == 1:
            size, taken = int.from_bytes(film.read(LARGE)), HEAD + LARGE
        if size == 0:  # to the end of the file
            size = end - start
        if len(head) < HEAD or size < taken or start + size > end:
            raise UnreadableFileError(f"Expected a box at byte {start}, found one that does not fit into the file.")
        yield kind, size - taken
        start += size


def _take(film: BinaryIO, length: int, digest: "hashlib._Hash") -> None:
    while length:
        piece = film.read(min(PIECE, length))
        if not piece:
            raise UnreadableFileError("The media data breaks off.")
        digest.update(piece)
        length -= len(piece)
