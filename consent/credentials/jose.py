"""Signed JSON (JWS, RFC 7515) by two algorithms, of one type, and nothing else. Of these, only this uses joserfc.

What is said in a token is looked at only once its signature holds, save for which key it names.
"""

import json
from collections.abc import Mapping
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey

from consent.errors import ConsentError
from provenance.types import Json

ALGORITHMS = ["ES256", "Ed25519"]  # RFC 7518, 3.4; RFC 9864
LONGEST = 64 * 1024  # characters of a token
_BAD = (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError)
_CURVES = {"EC": "P-256", "OKP": "Ed25519"}

Key = ECKey | OKPKey


class UnreadableError(ConsentError):
    """It is no token of the kind expected."""


class ForgedError(ConsentError):
    """The signature does not hold."""


def headers(token: str) -> Mapping[str, Any]:
    """What a token says of itself, before anything is believed. Raises UnreadableError."""
    if len(token) > LONGEST:
        raise UnreadableError(f"{len(token)} characters")
    try:
        return dict(jws.extract_compact(token.encode("ascii")).headers())
    except (*_BAD, UnicodeEncodeError) as e:
        raise UnreadableError(f"no signed token: {e}") from e


def key(said: object) -> Key:
    """The public key of a JWK (RFC 7517); what would be a private or another key is none. Raises UnreadableError."""
    if not isinstance(said, dict) or "d" in said or said.get("crv") != _CURVES.get(str(said.get("kty")), ""):
        raise UnreadableError("no public key on P-256 or Ed25519")
    parts = {name: said[name] for name in ("kty", "crv", "x", "y") if name in said}
    try:
        return ECKey.import_key(parts) if said["crv"] == "P-256" else OKPKey.import_key(parts)
    except _BAD as e:
        raise UnreadableError(f"no key: {e}") from e


def thumbprint(text: bytes) -> str:
    """The name of a public key (RFC 7638), of its JWK as text. Raises ConsentError."""
    try:
        said = json.loads(text)
    except ValueError as e:
        raise ConsentError("Expected a public key as JSON (JWK, RFC 7517).") from e
    return str(key(said).thumbprint())


def key_id(pem: bytes) -> str:
    """The thumbprint (RFC 7638) of an Ed25519 key, either half of it as PEM. Raises UnreadableError."""
    return str(_ed25519(pem).thumbprint())


def published(pem: bytes) -> dict[str, Json]:
    """The public half of such a key as a JWK (RFC 8037), as a site publishes it. Raises UnreadableError."""
    shown: Mapping[str, Any] = _ed25519(pem).as_dict(private=False)
    return {**shown, "kid": key_id(pem), "alg": "Ed25519", "use": "sig"}


def from_jwk(said: object) -> bytes:
    """The public key that `published` shows, as PEM. Raises UnreadableError."""
    found = key(said)
    if not isinstance(found, OKPKey):
        raise UnreadableError("no Ed25519 key")
    return bytes(found.as_pem(private=False))


def opened(token: str, by: Key, *, kind: str) -> dict[str, Any]:
    """What `token` says, if `by` signed it as a `kind`. Raises UnreadableError, ForgedError."""
    said = headers(token)
    if said.get("typ") != kind or said.get("alg") not in ALGORITHMS or "crit" in said:
        raise UnreadableError(f"a token of type {said.get('typ')!r} by {said.get('alg')!r}")
    try:
        payload = jws.deserialize_compact(token, by, algorithms=ALGORITHMS).payload
        found = json.loads(payload or b"")
    except ValueError as e:
        raise UnreadableError(f"no JSON: {e}") from e
    except _BAD as e:
        raise ForgedError(str(e)) from e
    if not isinstance(found, dict):
        raise UnreadableError("no object")
    return found


def _ed25519(pem: bytes) -> OKPKey:
    try:
        found = OKPKey.import_key(pem)
    except _BAD as e:
        raise UnreadableError(f"no Ed25519 key: {e}") from e
    if found.curve_name != "Ed25519":
        raise UnreadableError(f"no Ed25519 key, but one on {found.curve_name}")
    return found
