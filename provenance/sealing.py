"""Commitments to personal values, so that an entry can prove a value later and says nothing of it now.

Pure. A commitment is HMAC-SHA256 under a random salt of 32 bytes over the canonical JSON of [field, value]: without the
salt nobody can find the value by trying, and with it nobody can show another one. Erasing salt and value leaves the log
as it was. One salt belongs to one value, hence each can be disclosed alone.
"""

import hmac
import secrets
from collections.abc import Iterator
from dataclasses import dataclass

from provenance import canonical
from provenance.types import Json, Sealed

SALT = 32  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A value, the salt it was committed under, and the commitment that stands in the entry."""

    field: str
    value: Json
    salt: bytes
    commitment: str


def commit(field: str, value: Json, salt: bytes) -> str:
    """The commitment, 64 hexadecimal digits. Raises CanonicalError for a value that JSON cannot carry."""
    if len(salt) != SALT:
        raise ValueError(f"Expected a salt of {SALT} bytes, got {len(salt)}")
    return hmac.digest(salt, canonical.dumps([field, value]), "sha256").hex()


def opens(commitment: str, *, field: str, value: Json, salt: bytes) -> bool:
    """Whether `value` under `salt` is what the entry committed to. Raises CanonicalError."""
    return len(salt) == SALT and hmac.compare_digest(commit(field, value, salt), commitment)


def opened(sealed: Sealed) -> Iterator[Opened]:
    """Each value of `sealed` under a new salt. Raises CanonicalError."""
    for field, value in sealed.values.items():
        salt = secrets.token_bytes(SALT)
        yield Opened(field=field, value=value, salt=salt, commitment=commit(field, value, salt))
