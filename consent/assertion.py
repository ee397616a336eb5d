"""What a passkey says yes to, and its yes as it is kept. Pure; whether it holds, `consent.passkeys` judges.

The challenge is made of what is agreed to: purpose, production and digest stand inside the signed bytes, so that an
answer cannot be replayed to another production, document or purpose.
"""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from consent.errors import ConsentError
from provenance import canonical
from provenance.types import Json

DOMAIN = b"countersign-passkey/1"


class Purpose(StrEnum):
    """What a passkey is asked for. The text stands in what is signed and never changes."""

    ADD = "add"
    SIGN_IN = "sign-in"
    SIGN = "sign"  # a consent
    CONFIRM = "confirm"  # a consent that was signed on paper or by a platform
    APPROVE = "approve"  # a consent, as its second person
    WITHDRAW = "withdraw"  # a consent


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The site as authenticators know it: the relying party and the one origin of its pages."""

    rp_id: str
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What a passkey is asked to say yes to: `digest` (SHA-256) of it, for which purpose, where, and this once.

    `nonce` is 32 bytes in hexadecimal that were never used before. `production` is None where there is none.
    """

    purpose: Purpose
    digest: str
    production: UUID | None
    nonce: str

    def challenge(self) -> bytes:
        """SHA-256(domain ‖ 0 ‖ nonce ‖ purpose ‖ 0 ‖ production ‖ digest). Raises ValueError for a nonce or digest
        that is none: with every part of a fixed length, or ended, two statements never make the same bytes."""
        nonce, digest = bytes.fromhex(self.nonce), bytes.fromhex(self.digest)
        if len(nonce) != 32 or len(digest) != 32:
            raise ValueError("expected a nonce and a digest of 32 bytes each")
        where = self.production.bytes if self.production else bytes(16)
        said = (DOMAIN, b"\0", nonce, self.purpose.value.encode(), b"\0", where, digest)
        return hashlib.sha256(b"".join(said)).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A passkey as the site knows it: its id, and its public key (COSE_Key, RFC 9052)."""

    credential_id: bytes
    public_key: bytes

    @property
    def sha256(self) -> str:
        """The digest by which the ledger names it."""
        return canonical.sha256({"credential_id": text(self.credential_id), "public_key": text(self.public_key)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A passkey's yes, with everything that is needed to verify it again: what was said, where, by which key."""

    statement: Statement
    place: Place
    key: Key
    client_data: bytes
    authenticator_data: bytes
    signature: bytes

    @property
    def sha256(self) -> str:
        """The digest by which the ledger names it."""
        return canonical.sha256(self.to_json())

    def to_json(self) -> dict[str, Json]:
        """As it is kept, and embedded in a sealed document."""
        production = self.statement.production
        return {
            "format": DOMAIN.decode(),
            "purpose": self.statement.purpose.value,
            "digest": self.statement.digest,
            "production": str(production) if production else "",
            "nonce": self.statement.nonce,
            "rp_id": self.place.rp_id,
            "origin": self.place.origin,
            "credential_id": text(self.key.credential_id),
            "public_key": text(self.key.public_key),
            "client_data": text(self.client_data),
            "authenticator_data": text(self.authenticator_data),
            "signature": text(self.signature),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Evidence":
        """What `to_json` wrote. Raises ConsentError for anything else."""
        try:
            read = cls(
                statement=Statement(
                    purpose=Purpose(value["purpose"]),
                    digest=value["digest"],
                    production=UUID(value["production"]) if value["production"] else None,
                    nonce=value["nonce"],
                ),
                place=Place(rp_id=value["rp_id"], origin=value["origin"]),
                key=Key(credential_id=_bytes(value["credential_id"]), public_key=_bytes(value["public_key"])),
                client_data=_bytes(value["client_data"]),
                authenticator_data=_bytes(value["authenticator_data"]),
                signature=_bytes(value["signature"]),
            )
        except (ValueError, TypeError, KeyError, AttributeError) as e:
            raise ConsentError(f"This is no evidence of a passkey: {e}") from e
        if read.to_json() != dict(value):
            raise ConsentError("This is no evidence of a passkey: it says something else, too.")
        return read


def place(url: str) -> Place:
    """The site at `url`, such as https://countersign.example: its host, and its origin without a path."""
    parts = urlsplit(url)
    return Place(rp_id=parts.hostname or "", origin=f"{parts.scheme}://{parts.netloc.lower()}")


def text(value: bytes) -> str:
    """Base64url without padding (RFC 4648, 5), as browsers write it."""
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def _bytes(value: str) -> bytes:
    return urlsafe_b64decode(value + "=" * (-len(value) % 4))
