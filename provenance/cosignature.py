"""A witness's line below a checkpoint (c2sp.org/tlog-cosignature, Ed25519): then, this was the largest tree it knew.

Pure. A key that cosigns has a verifier key of another type than a log's, so that neither can stand in for the other.
"""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from provenance import note
from provenance.errors import NoteError
from provenance.note import STAMP, Algorithm, Note, Signature, Verifier


def verifier_of(key: Ed25519PrivateKey, *, name: str) -> Verifier:
    """The verifier of what `key` cosigns under `name`. Raises NoteError if that cannot be a key's name."""
    return note.verifier_of(key, name=name, algorithm=Algorithm.COSIGNATURE)


def sign(text: str, *, name: str, key: Ed25519PrivateKey, at: int) -> Signature:
    """The witness's line below the checkpoint `text`, made at `at` (POSIX seconds).

    Raises NoteError if `name` cannot be a key's name.
    """
    stamp = at.to_bytes(STAMP)
    signature = key.sign(note.cosigned(text, at=at).encode())
    return Signature(name=name, key_id=verifier_of(key, name=name).key_id, value=stamp + signature)


def among(lines: bytes, *, text: str, of: Verifier) -> tuple[Signature, int]:
    """The line of the witness `of` among `lines` on the checkpoint `text`, verified, and when it was made.

    Lines of other keys are passed over. Raises NoteError if the lines are malformed, there is none of this witness, or
    it does not verify.
    """
    read = note.parse(text.encode() + b"\n" + lines)
    own = [line for line in read.signatures if (line.name, line.key_id) == (of.name, of.key_id)]
    if read.text != text or not own:
        raise NoteError(f"The witness {of.name} did not sign this checkpoint.")
    (voucher,) = note.vouched(Note(text=text, signatures=(own[0],)), by=(of,))
    return own[0], voucher.at or 0
