"""Terms as the JSON that stands in a consent document, and back.

The rules this module keeps:
1. Reading is strict: a field too many, too few or of another type is refused by name; nothing is guessed.
2. Terms that nobody could keep or read (an empty list, a window that runs backwards, text that hides or turns itself
   round on the page) are refused here, before anybody is asked to sign them.
3. The digest is that of the canonical JSON (RFC 8785), which is also the file embedded in the document.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from consent import fields
from consent.errors import TermsError
from consent.fields import written
from consent.types import (
    Alteration,
    Capacity,
    Context,
    KindOfUse,
    Matter,
    OutputClass,
    Part,
    Reason,
    ReasonCode,
    ReplicaType,
    Representation,
    Terms,
)
from provenance import canonical
from provenance.types import Json

FORMAT = "countersign-consent/2"
WORLDWIDE = "worldwide"
EVERY_SCENE = "*"
ERASED = "Erased performer"  # what somebody is called who asked to be forgotten
SCOPES = ("kinds_of_use", "parts", "scenes", "media", "output_classes")
BUDGETS = ("max_runs", "max_screen_seconds")


def to_json(terms: Terms) -> dict[str, Json]:
    """`terms` as plain JSON, with the name of the format."""
    return {"format": FORMAT, **{name: _plain(getattr(terms, name)) for name in READERS}}


def from_json(value: Mapping[str, Json]) -> Terms:
    """The terms that `value` states. Raises TermsError naming the first field that is missing, unknown or wrong."""
    if not isinstance(value, Mapping):
        raise TermsError("terms", f"expected an object, got {type(value).__name__}")
    _check_names(value)
    terms = Terms(**{name: read(name, value[name]) for name, read in READERS.items()})
    _check_sense(terms)
    return terms


def without_person(value: Mapping[str, Json]) -> dict[str, Json]:
    """Terms as they are kept once their documents are destroyed: scopes and dates stay; names, free text and nonce go.

    Without the nonce nobody can find out by trying which name the terms' digest was made of.
    """
    return {
        **value,
        "performer_name": ERASED,
        "signer_name": ERASED,
        "performer_born": "",
        "description": "Destroyed.",
        "business_reason": "",
        "credit": "",
        "disclosure": "",
        "compensation_reference": "",
        "nonce": "0" * 32,
    }


def _plain(value: Any) -> Json:
    match value:
        case datetime():
            return written(value)
        case tuple():
            return [_plain(item) for item in value]
        case bool() | int():
            return value
        case _:
            return str(value)


def checked(terms: Terms) -> Terms:
    """`terms` themselves, if they could be signed. Raises TermsError."""
    return from_json(to_json(terms))


def digest(terms: Terms) -> str:
    """The SHA-256 of the canonical JSON of `terms`, in hexadecimal."""
    return canonical.sha256(to_json(terms))


def document(terms: Terms) -> bytes:
    """The canonical JSON of `terms`: the file embedded in a consent document."""
    return canonical.dumps(to_json(terms))


def reasons_to_json(reasons: Sequence[Reason]) -> list[dict[str, str]]:
    """Reasons as plain JSON, for a row or an answer. They hold names: never for the ledger."""
    return [
        {
            "code": reason.code.value,
            "sentence": reason.sentence,
            "asked": reason.asked,
            "allowed": reason.allowed,
            "remedy": reason.remedy,
        }
        for reason in reasons
    ]


def reasons_from_json(value: Iterable[Mapping[str, str]]) -> tuple[Reason, ...]:
    """What `reasons_to_json` wrote."""
    return tuple(Reason(**{**item, "code": ReasonCode(item["code"])}) for item in cast(Iterable[dict[str, Any]], value))


def _check_names(value: Mapping[str, Json]) -> None:
    expected = {"format", *READERS}
    for name in sorted(expected - set(value)):
        raise TermsError(name, "is missing")
    for name in sorted(set(value) - expected):
        raise TermsError(name, "is not a term this format knows")
    if value["format"] != FORMAT:
        raise TermsError("format", f"expected {FORMAT}, got {value['format']!r}")


def _check_sense(terms: Terms) -> None:
    if terms.valid_until <= terms.valid_from:
        raise TermsError("valid_until", "the consent would end before it begins")
    if not terms.territories:
        raise TermsError("territories", "names nothing: an empty list never means yes")
    if terms.territories != (WORLDWIDE,):
        for code in terms.territories:
            if not re.fullmatch(fields.COUNTRY, code):
                raise TermsError("territories", f"expected two-letter country codes or only {WORLDWIDE}, got {code!r}")
    if EVERY_SCENE in terms.scenes and len(terms.scenes) > 1:
        raise TermsError("scenes", f"{EVERY_SCENE} means every scene and stands alone")
    _check_scope(terms)


def _check_scope(terms: Terms) -> None:
    """A replica names what may be made of it and how much; a biometric release names none of that."""
    for name in (*SCOPES, *BUDGETS):
        if terms.matter is Matter.REPLICA and not getattr(terms, name):
            raise TermsError(name, "names nothing: an empty list never means yes, and none is no amount")
        if terms.matter is Matter.BIOMETRIC_RELEASE and getattr(terms, name):
            raise TermsError(name, "a biometric release permits no use; offer a consent of its own for that")
    if terms.matter is Matter.BIOMETRIC_RELEASE and (terms.training_allowed or terms.reuse_allowed):
        raise TermsError("training_allowed", "a biometric release permits no use; offer a consent of its own for that")


READERS: dict[str, Callable[[str, Json], Any]] = {
    "consent_id": fields.uuid,
    "nonce": fields.nonce,
    "amends": fields.reference,
    "matter": fields.member(Matter),
    "controller": fields.words,
    "production_id": fields.uuid,
    "production_title": fields.words,
    "performer_id": fields.uuid,
    "performer_name": fields.words,
    "performer_born": fields.day,
    "performer_deceased": fields.flag,
    "survives_death": fields.flag,
    "signer_capacity": fields.member(Capacity),
    "signer_name": fields.words,
    "representation": fields.member(Representation),
    "union": fields.text,
    "agreement": fields.text,
    "replica_type": fields.member(ReplicaType),
    "replaces_in_person_work": fields.flag,
    "kinds_of_use": fields.several(fields.member(KindOfUse)),
    "parts": fields.several(fields.member(Part)),
    "description": fields.words,
    "business_reason": fields.text,
    "script_sha256": fields.digest,
    "script_date": fields.day,
    "scenes": fields.several(fields.words),
    "territories": fields.several(fields.words),
    "media": fields.several(fields.words),
    "output_classes": fields.several(fields.member(OutputClass)),
    "languages": fields.several(fields.language),
    "alterations": fields.several(fields.member(Alteration)),
    "prohibited_contexts": fields.several(fields.member(Context)),
    "advertiser": fields.text,
    "product_line": fields.text,
    "valid_from": fields.moment,
    "valid_until": fields.moment,
    "notice_at": fields.moment,
    "notice_hours": fields.count,
    "max_runs": fields.count,
    "max_screen_seconds": fields.count,
    "training_allowed": fields.flag,
    "retention_days": fields.count,
    "reuse_allowed": fields.flag,
    "approval_per_shot": fields.flag,
    "after_withdrawal": fields.after_withdrawal,
    "credit": fields.text,
    "disclosure": fields.text,
    "compensation_reference": fields.text,
}
