"""A certificate of destruction: what was destroyed of a consent, when, why, and where the ledger says so. Pure.

The rules this module keeps:
1. It is signed by the platform's certificate key (JWS, RFC 7515, with Ed25519, RFC 9864; canonical JSON, RFC 8785), by
   this algorithm and as this type and no other; whoever holds the public half can check it without the platform.
2. Reading gives back exactly what was signed, or nothing: unknown and missing fields are refused.
3. It names ids and digests, and nobody: it may be shown to anyone, and outlives the erasure of a person.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from importlib.resources import files
from typing import Any
from uuid import UUID

from consent import seal
from consent.credentials import jose
from consent.errors import CertificateError, ConsentError, SealError
from provenance import canonical
from provenance.types import Json

FORMAT = "countersign-destruction/1"
TYPE = "countersign-destruction+jws"
ATTACHED = "certificate.jws"  # its name inside the PDF
LONGEST = 1024 * 1024  # characters of a signed certificate


class Why(StrEnum):
    """What brought a destruction about."""

    WITHDRAWAL = "withdrawal"
    EXPIRY = "expiry"
    ERASURE = "erasure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """An entry of the ledger: its place, kind and leaf hash (RFC 9162), by which anybody finds and proves it."""

    index: int
    kind: str
    leaf: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Destroyed:
    """What went: keys by id, face templates by the recogniser that made them, the rest by SHA-256."""

    keys: tuple[str, ...] = ()
    templates: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    clips: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """`subject` is "consent:<id>" or "performer:<id>". `document_sha256` is empty where nothing was signed."""

    certificate_id: UUID
    issuer: str
    subject: str
    production: str
    why: Why
    document_sha256: str
    ended_at: datetime
    destroyed_at: datetime
    issued_at: datetime
    store: str
    destroyed: Destroyed
    entries: tuple[Recorded, ...]


def sign(certificate: Certificate, private_pem: bytes) -> str:
    """`certificate` as a compact JWS. Raises CertificateError for a key that cannot sign."""
    try:
        return seal.sign(_to_json(certificate), header=_header(private_pem), private_pem=private_pem)
    except ConsentError as e:
        raise CertificateError(f"The certificate could not be signed: {e}") from e


def read(token: str, public_pem: bytes) -> Certificate:
    """The certificate in `token`, if the holder of the key signed it. Raises CertificateError, in words."""
    if len(token) > LONGEST or not re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+", token):
        raise CertificateError("This is no certificate of destruction: it is not a compact JWS.")
    try:
        signed = seal.payload(token, header=_header(public_pem), public_pem=public_pem, longest=LONGEST)
    except SealError as e:
        raise CertificateError(
            "The signature does not hold: the certificate was changed, or another key than this one signed it, "
            f"or signed it as something else. {e}"
        ) from e
    return _read(signed)


def digest(token: str) -> str:
    """By what the ledger knows a signed certificate: SHA-256 of the JWS, in hexadecimal."""
    return sha256(token.encode()).hexdigest()


def page_source() -> bytes:
    """The typst document by which `consent.typeset.page` sets a certificate."""
    return files(__package__).joinpath("destruction.typ").read_bytes()


def view(certificate: Certificate, token: str) -> str:
    """What the page says, in words, as JSON for the typst document."""
    return json.dumps({**_to_json(certificate), "said": _said(certificate), "sha256": digest(token)})


def lines(certificate: Certificate) -> list[str]:
    """What the certificate says, in sentences."""
    gone = certificate.destroyed
    counts = ((gone.keys, "key"), (gone.templates, "face template"), (gone.models, "model"), (gone.clips, "clip"))
    listed = ", ".join(f"{len(items)} {what}{'' if len(items) == 1 else 's'}" for items, what in counts)
    return [
        *_said(certificate),
        f"Destroyed: {listed}.",
        f"The ledger says so; entries: {', '.join(str(one.index) for one in certificate.entries)}.",
    ]


def _said(certificate: Certificate) -> list[str]:
    reasons = {
        Why.WITHDRAWAL: "The performer withdrew this consent",
        Why.EXPIRY: "The time for which this consent was given is over",
        Why.ERASURE: "The performer's personal data were erased",
    }
    if not certificate.destroyed.keys:
        return [
            f"{reasons[certificate.why]}, on {_day(certificate.ended_at)}.",
            "Nothing that a key opens was kept under it.",
        ]
    return [
        f"{reasons[certificate.why]}, on {_day(certificate.ended_at)}.",
        f"What was kept under it was destroyed by {_day(certificate.destroyed_at)}: the keys are gone from the "
        f"database and from the key store ({certificate.store}); what the platform holds opens no copy of it.",
    ]


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%-d %B %Y, %H:%M:%S} UTC"


def _header(pem: bytes) -> dict[str, str]:
    try:
        return {"alg": seal.ALGORITHM, "typ": TYPE, "kid": jose.key_id(pem)}
    except jose.UnreadableError as e:
        raise CertificateError(f"Nobody signs a certificate with that: {e}") from e


def _to_json(certificate: Certificate) -> dict[str, Json]:
    said: dict[str, Json] = {"format": FORMAT}
    for field in fields(certificate):
        value = getattr(certificate, field.name)
        match value:
            case datetime():
                said[field.name] = value.astimezone(UTC).isoformat()
            case Destroyed():
                said[field.name] = {name: list(items) for name, items in asdict(value).items()}
            case tuple():
                said[field.name] = [asdict(one) for one in value]
            case _:
                said[field.name] = str(value)
    return said


def _read(payload: bytes) -> Certificate:
    try:
        said = json.loads(payload)
        found = _from_json(said)
        same = canonical.dumps(_to_json(found)) == payload
    except (ValueError, KeyError, TypeError, RecursionError) as e:
        raise CertificateError(f"What was signed is no certificate of destruction: {e}") from e
    if not same:
        raise CertificateError("What was signed is not written as a certificate of destruction is.")
    return found


def _from_json(said: Mapping[str, Any]) -> Certificate:
    rest = {name: value for name, value in said.items() if name != "format"}
    times = {name: datetime.fromisoformat(said[name]) for name in ("ended_at", "destroyed_at", "issued_at")}
    return Certificate(
        **{
            **rest,
            **times,
            "certificate_id": UUID(said["certificate_id"]),
            "why": Why(said["why"]),
            "destroyed": Destroyed(**{name: tuple(items) for name, items in said["destroyed"].items()}),
            "entries": tuple(Recorded(**one) for one in said["entries"]),
        }
    )
