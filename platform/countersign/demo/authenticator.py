"""A passkey in software, for the demo and the tests: it answers as a device would, and dishonestly where it is told to.

It is a client as well, so it writes the client data that a browser writes. Its user "verifies" themselves by being
asked: never a model for a real one.
"""

import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PRESENT, VERIFIED, ATTESTED = 1, 4, 64  # flags (Web Authentication, 6.1)
Private = ec.EllipticCurvePrivateKey | Ed25519PrivateKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Lies:
    """What an answer says that is not so; by default nothing."""

    verified: bool = True
    origin: str = ""
    rp_id: str = ""
    challenge: str = ""  # base64url
    kind: str = ""
    cross_origin: bool = False
    sign_count: int | None = None
    signed_by: "Authenticator | None" = None
    named: bytes = b""  # the credential it claims to be


HONEST = Lies()


@dataclass(slots=True, kw_only=True)
class Authenticator:
    """One device on the site at `origin`, such as http://localhost:8000; it makes and holds one passkey."""

    origin: str
    ed25519: bool = False
    counts: bool = True
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: Private = field(init=False)
    sign_count: int = 0
    holder: bytes = b""

    def __post_init__(self) -> None:
        self.key = Ed25519PrivateKey.generate() if self.ed25519 else ec.generate_private_key(ec.SECP256R1())

    def create(self, options: Mapping[str, Any], lies: Lies = HONEST) -> str:
        """The JSON of what navigator.credentials.create() answers to `options`."""
        self.holder = _bytes(options["user"]["id"])
        data = self._data(lies, ATTESTED) + self._attested()
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        response = {
            "clientDataJSON": _text(self._client_data("webauthn.create", options, lies)),
            "attestationObject": _text(attestation),
            "transports": ["internal"],
        }
        return self._answered(response, lies)

    def get(self, options: Mapping[str, Any], lies: Lies = HONEST) -> str:
        """The JSON of what navigator.credentials.get() answers to `options`."""
        self.sign_count += self.counts
        data, client = self._data(lies), self._client_data("webauthn.get", options, lies)
        response = {
            "clientDataJSON": _text(client),
            "authenticatorData": _text(data),
            "signature": _text(_signed((lies.signed_by or self).key, data + sha256(client).digest())),
            "userHandle": _text(self.holder),
        }
        return self._answered(response, lies)

    def _answered(self, response: dict[str, Any], lies: Lies) -> str:
        named = _text(lies.named or self.credential_id)
        return json.dumps({"id": named, "rawId": named, "type": "public-key", "response": response})

    def _client_data(self, kind: str, options: Mapping[str, Any], lies: Lies) -> bytes:
        said = {
            "type": lies.kind or kind,
            "challenge": lies.challenge or options["challenge"],
            "origin": lies.origin or self.origin,
            "crossOrigin": lies.cross_origin,
        }
        return json.dumps(said, separators=(",", ":")).encode()

    def _data(self, lies: Lies, more: int = 0) -> bytes:
        rp_id = lies.rp_id or self.origin.split("://")[1].split(":")[0]
        flags = PRESENT | (VERIFIED if lies.verified else 0) | more
        count = self.sign_count if lies.sign_count is None else lies.sign_count
        return sha256(rp_id.encode()).digest() + bytes([flags]) + count.to_bytes(4, "big")

    def _attested(self) -> bytes:
        length = len(self.credential_id).to_bytes(2, "big")
        return bytes(16) + length + self.credential_id + cbor2.dumps(_cose(self.key))


def _cose(key: Private) -> dict[int, Any]:
    """The public key as a COSE_Key (RFC 9053, 7)."""
    if isinstance(key, Ed25519PrivateKey):
        return {1: 1, 3: -8, -1: 6, -2: key.public_key().public_bytes_raw()}
    point = key.public_key().public_numbers()
    return {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}


def _signed(key: Private, data: bytes) -> bytes:
    return key.sign(data) if isinstance(key, Ed25519PrivateKey) else key.sign(data, ec.ECDSA(hashes.SHA256()))


def _text(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def _bytes(value: str) -> bytes:
    return urlsafe_b64decode(value + "=" * (-len(value) % 4))
