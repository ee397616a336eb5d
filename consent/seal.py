"""A grant on its way to a worker: sealed by the gate's key, opened with its public half. Pure.

The rules this module keeps:
1. The queue is not trusted: what arrives counts only if the gate's Ed25519 signature holds (JWS, RFC 7515 and 9864),
   with this algorithm and this type and no other.
2. A grant that has expired does not open.
3. Opening gives back exactly what was sealed, or nothing: unknown and missing fields are refused.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from consent.errors import SealError
from consent.types import Grant, GrantedConsent, KindOfUse, Part, ReasonCode, Release
from provenance import canonical
from provenance.types import Json

ALGORITHM = "Ed25519"
TYPE = "countersign-grant+jws"
HEADER = {"alg": ALGORITHM, "typ": TYPE}
LONGEST = 64 * 1024  # characters of a sealed grant


def seal(grant: Grant, private_pem: bytes) -> str:
    """`grant` as a compact JWS, signed with the gate's private key (PEM). Raises SealError for another key."""
    return sign(_to_json(grant), header=HEADER, private_pem=private_pem)


def open(token: str, public_pem: bytes, now: datetime) -> Grant:  # noqa: A001 - seal.open reads as what it does
    """The grant inside `token`, if the gate sealed it and it has not expired at `now`.

    Raises SealError with GRANT_FORGED or GRANT_EXPIRED.
    """
    grant = _read(payload(token, header=HEADER, public_pem=public_pem))
    if now >= grant.expires_at:
        raise SealError(
            ReasonCode.GRANT_EXPIRED, f"The grant ended at {grant.expires_at.isoformat()}; it is {now.isoformat()}."
        )
    return grant


def digest(grant: Grant) -> str:
    """The SHA-256 of the grant as sealed (its canonical JSON), in hexadecimal."""
    return canonical.sha256(_to_json(grant))


def sign(said: Json, *, header: Mapping[str, str], private_pem: bytes) -> str:
    """Canonical JSON as a compact JWS, signed with an Ed25519 key (PEM). Raises SealError for another key."""
    try:
        return jws.serialize_compact(dict(header), canonical.dumps(said), _key(private_pem), [ALGORITHM])
    except (JoseError, ValueError) as e:
        raise SealError(ReasonCode.GRANT_FORGED, f"This key cannot seal: {e}") from e


def payload(token: str, *, header: Mapping[str, str], public_pem: bytes, longest: int = LONGEST) -> bytes:
    """What was signed, if that key signed it under exactly that header. Raises SealError with GRANT_FORGED."""
    if len(token) > longest:
        raise SealError(ReasonCode.GRANT_FORGED, f"Expected at most {longest} characters, got {len(token)}.")
    try:
        opened = jws.deserialize_compact(token, _key(public_pem), [ALGORITHM])
    except (JoseError, ValueError, TypeError) as e:
        raise SealError(ReasonCode.GRANT_FORGED, f"It was not sealed by that key: {e}") from e
    if opened.headers() != dict(header):
        raise SealError(ReasonCode.GRANT_FORGED, f"Expected a header {dict(header)}, got {opened.headers()}.")
    return bytes(opened.payload or b"")


def _key(pem: bytes) -> OKPKey:
    return OKPKey.import_key(pem)


def _read(said: bytes) -> Grant:
    try:
        grant = _from_json(json.loads(said))
        same = canonical.dumps(_to_json(grant)) == said
    except (ValueError, KeyError, TypeError) as e:
        raise SealError(ReasonCode.GRANT_FORGED, f"What was sealed is no grant: {e}") from e
    if not same:
        raise SealError(ReasonCode.GRANT_FORGED, "What was sealed is not written as a grant is.")
    return grant


def _to_json(grant: Grant) -> dict[str, Json]:
    said: dict[str, Json] = {field.name: _plain(getattr(grant, field.name)) for field in fields(grant)}
    for name in ("consents", "releases"):
        said[name] = [_flat(one) for one in getattr(grant, name)]
    for name in ("tracks", "left_alone"):
        said[name] = list(getattr(grant, name))
    return said


def _flat(one: GrantedConsent | Release) -> dict[str, Json]:
    return {name: _plain(value) for name, value in asdict(one).items()}


def _plain(value: Any) -> Json:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, bool | int | float):
        return value
    return str(value)


def _from_json(said: Mapping[str, Any]) -> Grant:
    consents = tuple(
        GrantedConsent(
            **{
                **item,
                "consent_id": UUID(item["consent_id"]),
                "performer_id": UUID(item["performer_id"]),
                "part": Part(item["part"]),
            }
        )
        for item in said["consents"]
    )
    return Grant(
        **{
            **said,
            "run_id": UUID(said["run_id"]),
            "production_id": UUID(said["production_id"]),
            "kind": KindOfUse(said["kind"]),
            "consents": consents,
            "releases": tuple(Release(**{**one, "consent_id": UUID(one["consent_id"])}) for one in said["releases"]),
            "tracks": tuple(map(int, said["tracks"])),
            "left_alone": tuple(map(int, said["left_alone"])),
            "issued_at": datetime.fromisoformat(said["issued_at"]),
            "expires_at": datetime.fromisoformat(said["expires_at"]),
        }
    )
