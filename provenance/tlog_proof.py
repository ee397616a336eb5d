"""Proofs that travel (c2sp.org/tlog-proof): an entry's index, its path to the root, and the checkpoint with that root.

Pure. Any implementation of the specification checks such a file against the entry's bytes and the log's key.
"""

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass

from provenance import note
from provenance.errors import NoteError

HEADER = "c2sp.org/tlog-proof@v1"
HASH = 32  # bytes
MOST_HASHES = 64  # a tree of 2^63 entries has no longer path
INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What a file says; nothing of it is believed before the path leads to a root that the log signed."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str


def written(index: int, hashes: Iterable[bytes], *, checkpoint: str, extra: bytes = b"") -> str:
    """The proof as a file; `checkpoint` is the signed note, `extra` what the log adds: nobody vouches for that."""
    added = f"extra {base64.b64encode(extra).decode()}\n" if extra else ""
    path = "".join(f"{base64.b64encode(digest).decode()}\n" for digest in hashes)
    return f"{HEADER}\n{added}index {index}\n{path}\n{checkpoint}"


def parse(raw: bytes) -> Proof:
    """Take a proof apart. Extra data is passed over. Raises NoteError for whatever the specification does not allow."""
    try:
        head, found, checkpoint = raw.decode().partition("\n\n")
    except UnicodeDecodeError as e:
        raise NoteError("A proof is UTF-8.") from e
    header, *lines = head.split("\n")
    if header != HEADER or not found:
        raise NoteError(f"Expected a proof that begins with {HEADER}, got {header[:80]!r}")
    if lines and lines[0].startswith("extra "):
        note.from_base64(lines.pop(0).removeprefix("extra "))
    match = INDEX.fullmatch(lines[0]) if lines else None
    if not match or len(lines) - 1 > MOST_HASHES:
        raise NoteError("Expected an index and at most 64 hashes in a proof.")
    return Proof(index=int(match[1]), hashes=hashes(lines[1:]), checkpoint=checkpoint)


def hashes(lines: Iterable[str]) -> tuple[bytes, ...]:
    """The hashes written in base64. Raises NoteError for one that is none."""
    found = tuple(map(note.from_base64, lines))
    if any(len(digest) != HASH for digest in found):
        raise NoteError(f"Expected hashes of {HASH} bytes in a proof.")
    return found
