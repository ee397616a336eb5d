"""Signed notes (c2sp.org/signed-note): a text, and lines below it by which keys vouch for it. It keeps these rules:

1. Nothing of a note is believed before a known key's signature over it was verified.
2. Lines of unknown keys are passed over; one line of a known key that fails makes the whole note worthless.
3. A note has one form: what could be written in two ways is refused.

Pure. Two kinds of signature are known: the log's own Ed25519 and a witness's with a time (c2sp.org/tlog-cosignature).
Further kinds, ML-DSA-44 among them, are lines of unknown keys until they are added to `Algorithm`.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from provenance.errors import NoteError

MAX_BYTES = 1 << 20
MAX_SIGNATURES = 64  # the specification asks for at least 16
KEY_ID, KEY, STAMP, ED25519 = 4, 32, 8, 64  # sizes in bytes
SIGNATURE_LINE = re.compile("— ([^ ]+) ([A-Za-z0-9+/=]+)")


class Algorithm(IntEnum):
    """The signature types of the signed-note specification that are verified here."""

    ED25519 = 0x01
    COSIGNATURE = 0x04


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifier:
    """A public key and the name it signs under."""

    name: str
    algorithm: Algorithm
    key: bytes

    @property
    def key_id(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + self._material).digest()[:KEY_ID]

    @property
    def _material(self) -> bytes:
        return bytes([self.algorithm]) + self.key

    def __str__(self) -> str:
        """The verifier key as it is handed out: name+id+key."""
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(self._material).decode()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One line below the text; `value` is what follows the key id."""

    name: str
    key_id: bytes
    value: bytes

    def __str__(self) -> str:
        """The line as it stands in a note, without its end."""
        return f"— {self.name} {base64.b64encode(self.key_id + self.value).decode()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A note that was taken apart, and not yet believed."""

    text: str
    signatures: tuple[Signature, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Voucher:
    """A known key vouches for a note; `at` is the time (POSIX seconds) that a witness signed with it."""

    verifier: Verifier
    at: int | None


def verifier(vkey: str) -> Verifier:
    """The verifier key written as `vkey`. Raises NoteError unless it is well formed and its id is the key's."""
    name, _, rest = vkey.partition("+")
    key_id, _, material = rest.partition("+")
    raw = from_base64(material)
    if not raw or raw[0] not in list(Algorithm) or len(raw) != 1 + KEY:
        raise NoteError(f"Expected an Ed25519 verifier key, got {vkey!r}")
    found = Verifier(name=_named(name), algorithm=Algorithm(raw[0]), key=raw[1:])
    if found.key_id.hex() != key_id:
        raise NoteError(f"Expected the key id {found.key_id.hex()} in a verifier key, got {key_id!r}")
    return found


def verifier_of(key: Ed25519PrivateKey, *, name: str, algorithm: Algorithm = Algorithm.ED25519) -> Verifier:
    """The verifier of what `key` signs under `name`. Raises NoteError if that cannot be a key's name."""
    return Verifier(name=_named(name), algorithm=algorithm, key=key.public_key().public_bytes_raw())


def sign(text: str, *, name: str, key: Ed25519PrivateKey) -> str:
    """The note of `text` signed by `key`. Raises NoteError for a text or name that no note can carry."""
    if not text.endswith("\n") or _has_controls(text):
        raise NoteError("The text of a note is lines without control characters, each ended.")
    key_id = verifier_of(key, name=name).key_id
    return f"{text}\n{Signature(name=name, key_id=key_id, value=key.sign(text.encode()))}\n"


def parse(raw: bytes) -> Note:
    """Take a note apart without believing it. Raises NoteError for whatever the specification does not allow."""
    if len(raw) > MAX_BYTES:
        raise NoteError(f"Expected a note of at most {MAX_BYTES} bytes, got {len(raw)}")
    try:
        said = raw.decode()
    except UnicodeDecodeError as e:
        raise NoteError("A note is UTF-8.") from e
    end = said.rfind("\n\n")
    if end < 0 or not said.endswith("\n") or _has_controls(said):
        raise NoteError("A note is a text, an empty line and signature lines, without control characters.")
    lines = said[end + 2 : -1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise NoteError(f"Expected at most {MAX_SIGNATURES} signatures, got {len(lines)}")
    return Note(text=said[: end + 1], signatures=tuple(map(_signature, lines)))


def vouched(note: Note, *, by: Iterable[Verifier]) -> tuple[Voucher, ...]:
    """Who of the known keys vouches for `note`, each once, in the order of the lines.

    Raises NoteError if a known key's line does not verify, or no known key signed at all.
    """
    known = {(verifier.name, verifier.key_id): verifier for verifier in by}
    found: dict[Verifier, Voucher] = {}
    for line in note.signatures:
        signer = known.get((line.name, line.key_id))
        if signer:
            found.setdefault(signer, _verified(note.text, line, signer))
    if not found:
        raise NoteError("No key that is known here signed this note.")
    return tuple(found.values())


def _verified(text: str, line: Signature, verifier: Verifier) -> Voucher:
    match verifier.algorithm:
        case Algorithm.ED25519:
            at, signature, message = None, line.value, text
        case Algorithm.COSIGNATURE:
            at, signature = int.from_bytes(line.value[:STAMP]), line.value[STAMP:]
            message = cosigned(text, at=at)
    if len(signature) != ED25519 or (at or 0) >= 1 << 63:
        raise NoteError(f"The signature of {verifier.name} is malformed.")
    try:
        Ed25519PublicKey.from_public_bytes(verifier.key).verify(signature, message.encode())
    except (InvalidSignature, ValueError) as e:
        raise NoteError(f"The signature of {verifier.name} does not match the note.") from e
    return Voucher(verifier=verifier, at=at)


def cosigned(text: str, *, at: int) -> str:
    """What a witness signs of a note's text at `at`, in POSIX seconds (c2sp.org/tlog-cosignature)."""
    return f"cosignature/v1\ntime {at}\n{text}"


def _signature(line: str) -> Signature:
    match = SIGNATURE_LINE.fullmatch(line)
    if not match:
        raise NoteError(f"Expected a signature line, got {line[:80]!r}")
    value = from_base64(match[2])
    if len(value) <= KEY_ID:
        raise NoteError(f"The signature of {match[1]} is too short.")
    return Signature(name=_named(match[1]), key_id=value[:KEY_ID], value=value[KEY_ID:])


def _named(name: str) -> str:
    if not name or "+" in name or _has_controls(name, allowed="") or any(map(str.isspace, name)):
        raise NoteError(f"Expected the name of a key, without spaces or plus, got {name!r}")
    return name


def _has_controls(text: str, *, allowed: str = "\n") -> bool:
    return any(character < " " and character not in allowed for character in text)


def from_base64(text: str) -> bytes:
    """The bytes spelt by `text`. Raises NoteError unless it is the one way to spell them (RFC 4648, section 4)."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as e:
        raise NoteError(f"Expected base64, got {text[:80]!r}") from e
    if base64.b64encode(raw).decode() != text:
        raise NoteError(f"Expected base64 in its one form, got {text[:80]!r}")
    return raw
