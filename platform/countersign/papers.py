"""Consent documents as they come and go: the offer terms are drafted from, a record's PDF."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from consent.errors import DocumentDestroyedError
from consent.models import ConsentRecord
from consent.types import Capacity, KindOfUse, Offer, Part


@dataclass(frozen=True, slots=True)
class Paper:
    filename: str
    content: bytes
    version: str  # "signed" or "offered"


def offer(fields: Mapping[str, Any]) -> Offer:
    """An offer from the cleaned fields of a form or a request."""
    values = dict(fields)
    values["signer_capacity"] = Capacity(values["signer_capacity"])
    values["kinds_of_use"] = tuple(KindOfUse(kind) for kind in values["kinds_of_use"])
    values["parts"] = tuple(Part(part) for part in values["parts"])
    for name in ("scenes", "territories", "media"):
        values[name] = tuple(values[name])
    return Offer(**values)


def document(record: ConsentRecord, version: str = "") -> Paper:
    """The signed document, or the offered one where that is asked for or nothing is signed yet.

    Raises DocumentDestroyedError.
    """
    if record.destroyed_at:
        raise DocumentDestroyedError(
            f"The documents of this consent were destroyed on {record.destroyed_at:%-d %B %Y}. Their digests stay: "
            "whoever holds a copy can still show that it is the one."
        )
    signed = bytes(record.signed_pdf) if version != "offered" else b""
    name = "".join(c if c.isalnum() else "-" for c in record.performer.name.lower())
    kind = "signed" if signed else "offered"
    return Paper(f"consent-{name}-{kind}.pdf", signed or bytes(record.offered_pdf), kind)
