"""Consent documents as they come and go: the offer terms are drafted from, a record's PDF."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.utils import timezone

from consent import services as consents
from consent.errors import DocumentDestroyedError
from consent.models import ConsentRecord, Performer
from consent.types import (
    Alteration,
    Capacity,
    Context,
    KindOfUse,
    Matter,
    Offer,
    OutputClass,
    Part,
    ReplicaType,
    Representation,
)
from countersign import lawbook
from countersign.accounts.models import Person, Production

EXTENSIONS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png", "application/jwt": "jwt"}
RELEASED = "My face is measured so that it can be told in which clips of this production I am."
SINGLE: Mapping[str, Any] = {
    "matter": Matter,
    "signer_capacity": Capacity,
    "representation": Representation,
    "replica_type": ReplicaType,
}
SEVERAL: Mapping[str, Any] = {
    "kinds_of_use": KindOfUse,
    "parts": Part,
    "scenes": str,
    "territories": str,
    "media": str,
    "output_classes": OutputClass,
    "languages": str,
    "alterations": Alteration,
    "prohibited_contexts": Context,
}
UNSAID: Mapping[str, Any] = {
    "matter": Matter.REPLICA,
    "signer_name": "",
    "performer_born": "",
    "performer_deceased": False,
    "survives_death": False,
    "representation": Representation.NONE,
    "union": "",
    "agreement": "",
    "replica_type": ReplicaType.EMPLOYMENT_BASED,
    "replaces_in_person_work": False,
    "business_reason": "",
    "script_sha256": "",
    "script_date": "",
    "output_classes": (OutputClass.FEATURE, OutputClass.SERIES),
    "languages": (),
    "alterations": (),
    "prohibited_contexts": (),
    "advertiser": "",
    "product_line": "",
    "notice_hours": 0,
    "retention_days": 0,
    "reuse_allowed": False,
    "approval_per_shot": False,
    "disclosure": "",
    "compensation_reference": "",
}


@dataclass(frozen=True, slots=True)
class Paper:
    filename: str
    content: bytes
    version: str  # "signed", "offered" or "completion"
    content_type: str = "application/pdf"


@transaction.atomic
def offered(production: Production, *, performer: Performer, fields: Mapping[str, Any], by: Person) -> ConsentRecord:
    """The consent that was asked for; with `biometric_release` among `fields`, the release beside it as a document of
    its own. Raises TermsError (UnlawfulError where the law demands more), TypesetError, ConsentError."""
    values = dict(fields)
    with_release = values.pop("biometric_release", False)
    made = offer(values)
    record = consents.draft(production, performer=performer, offer=made, by=by, rules=lawbook.rules())
    if with_release:
        consents.draft(production, performer=performer, offer=release(made), by=by, rules=lawbook.rules())
    return record


def needs(fields: Mapping[str, Any]) -> list[lawbook.Need]:
    """What the law asks of an offer with these fields so far, and of the release beside it where one is asked for."""
    said = {**UNSAID, **fields}
    release = {**said, "description": RELEASED} if said.pop("biometric_release", False) else None
    return lawbook.needs(said, release=release)


def offer(fields: Mapping[str, Any]) -> Offer:
    """An offer from the cleaned fields of a form or a request; what they leave out is left out of the terms."""
    values = {**UNSAID, "notice_at": timezone.now().replace(microsecond=0), **fields}
    for name, kind in SINGLE.items():
        values[name] = kind(values[name])
    for name, kind in SEVERAL.items():
        values[name] = tuple(kind(item) for item in values[name])
    return Offer(**values)


def release(offered: Offer) -> Offer:
    """The biometric release that goes with a replica's consent: a document of its own, for the same time and places."""
    nothing: dict[str, Any] = dict.fromkeys(("kinds_of_use", "parts", "scenes", "media", "output_classes"), ())
    return replace(
        offered,
        **nothing,
        matter=Matter.BIOMETRIC_RELEASE,
        description=RELEASED,
        languages=(),
        alterations=(),
        prohibited_contexts=(),
        max_runs=0,
        max_screen_seconds=0,
        training_allowed=False,
        reuse_allowed=False,
        approval_per_shot=False,
        credit="",
        disclosure="",
    )


def document(record: ConsentRecord, version: str = "") -> Paper:
    """The signed document, or the offered one where that is asked for or nothing is signed yet.

    Raises DocumentDestroyedError.
    """
    if record.destroyed_at:
        raise DocumentDestroyedError(
            f"The documents of this consent were destroyed on {record.destroyed_at:%-d %B %Y}. Their digests stay: "
            "whoever holds a copy can still show that it is the one."
        )
    if version == "completion" and record.completion_pdf:
        return Paper("certificate-of-completion.pdf", bytes(record.completion_pdf), "completion")
    signed = bytes(record.signed_pdf) if version != "offered" else b""
    name = "".join(c if c.isalnum() else "-" for c in record.performer.name.lower())
    kind = "signed" if signed else "offered"
    what = "release" if record.matter == Matter.BIOMETRIC_RELEASE else "consent"
    media_type = record.document_type if signed else "application/pdf"
    filename = f"{what}-{name}-{kind}.{EXTENSIONS[media_type]}"
    return Paper(filename, signed or bytes(record.offered_pdf), kind, media_type)
