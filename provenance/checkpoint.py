"""Checkpoints (c2sp.org/tlog-checkpoint): the log's name, size and root, in a note that the log signed.

Pure. Two checkpoints of one log with the same size and different roots are the proof that it was forked.
"""

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from provenance import note
from provenance.errors import NoteError
from provenance.note import Verifier, Voucher

SIZE = re.compile("0|[1-9][0-9]{0,18}", re.ASCII)
ROOT = 32  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The tree of the log `origin` at `size` entries. `extensions` are lines of others' logs; ours has none."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The text that is signed."""
        lines = (self.origin, str(self.size), base64.b64encode(self.root).decode(), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A checkpoint that its log signed; `witnesses` are those known keys that signed it as well."""

    checkpoint: Checkpoint
    witnesses: tuple[Voucher, ...]


def parse(text: str) -> Checkpoint:
    """The checkpoint that a note's text spells, believed or not. Raises NoteError unless it is of the one form."""
    origin, size, root, *extensions = [*text.removesuffix("\n").split("\n"), "", ""]
    extensions = extensions[:-2]
    if not SIZE.fullmatch(size) or not all((origin, root, *extensions)):
        raise NoteError(f"Expected a checkpoint's origin, size and root, got {text[:200]!r}")
    found = Checkpoint(origin=origin, size=int(size), root=_root(root), extensions=tuple(extensions))
    if str(found) != text or found.size >= 1 << 63:
        raise NoteError("The checkpoint is not written as a checkpoint is.")
    return found


def sign(checkpoint: Checkpoint, *, key: Ed25519PrivateKey) -> str:
    """The signed note of `checkpoint`, under its origin's name. Raises NoteError if it cannot be written as one."""
    text = str(checkpoint)
    parse(text)
    return note.sign(text, name=checkpoint.origin, key=key)


def opened(raw: bytes, *, log: Verifier, witnesses: Iterable[Verifier] = ()) -> Opened:
    """The checkpoint in the note `raw`, once `log` is seen to have signed it, and which known witnesses did too.

    Raises NoteError if it is malformed, of another log, not signed by `log`, or a known key's signature fails.
    """
    read = note.parse(raw)
    vouchers = note.vouched(read, by=(log, *witnesses))
    if log not in [voucher.verifier for voucher in vouchers]:
        raise NoteError(f"The log {log.name} did not sign this checkpoint.")
    found = parse(read.text)
    if found.origin != log.name:
        raise NoteError(f"Expected a checkpoint of {log.name}, got one of {found.origin}")
    return Opened(checkpoint=found, witnesses=tuple(voucher for voucher in vouchers if voucher.verifier != log))


def as_signed(raw: bytes, *, log: Verifier) -> bytes:
    """The note `raw` with the log's own signature alone, as it was first written: what is time-stamped.

    Believes nothing: see `opened`. Raises NoteError if it is malformed or the log's signature is not on it.
    """
    read = note.parse(raw)
    for line in read.signatures:
        if (line.name, line.key_id) == (log.name, log.key_id):
            return f"{read.text}\n{line}\n".encode()
    raise NoteError(f"The log {log.name} did not sign this checkpoint.")


def _root(text: str) -> bytes:
    raw = note.from_base64(text)
    if len(raw) != ROOT:
        raise NoteError(f"Expected a root of {ROOT} bytes, got {len(raw)}")
    return raw
