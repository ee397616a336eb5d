"""A consent as programs offer it: every term by the name it has in the document, with defaults that ask for little."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework import serializers as s

from consent import fields, glossary
from consent.export import Form
from consent.types import (
    Alteration,
    Capacity,
    Context,
    KindOfUse,
    OutputClass,
    Part,
    ReplicaType,
    Representation,
)
from countersign.api import shapes
from countersign.papers import UNSAID


def _said(name: str) -> dict[str, Any]:
    """How the term is explained, and what stands for it where nothing is said."""
    unsaid = {"default": _plain(UNSAID[name])} if name in UNSAID else {}
    return {"help_text": glossary.entries()[name].description, **unsaid}


def _plain(value: Any) -> Any:
    return [str(one) for one in value] if isinstance(value, tuple) else value


def _text(name: str) -> s.CharField:
    blank = {"allow_blank": True} if name in UNSAID else {}
    return s.CharField(max_length=fields.LONGEST.get(name, 200), **blank, **_said(name))


def _one(name: str, kind: Any) -> s.ChoiceField:
    return s.ChoiceField([one.value for one in kind], **_said(name))


def _several(name: str, kind: Any, *, empty: bool = True, **more: Any) -> s.ListField:
    child = s.ChoiceField([one.value for one in kind])
    return s.ListField(child=child, allow_empty=empty, max_length=fields.MOST_ITEMS, **{**_said(name), **more})


def _names(name: str, child: s.Field, *, empty: bool = False) -> s.ListField:
    return s.ListField(child=child, allow_empty=empty, max_length=fields.MOST_ITEMS, **_said(name))


class Flag(s.BooleanField):
    def __init__(self, name: str) -> None:
        super().__init__(**_said(name))


class NewConsent(s.Serializer):
    """The terms that are offered. What the law of the territories or the union's agreement demands of them stands in
    /consents/schema.json; what is lacking is answered by field, with the law, why, and what to write."""

    performer = s.UUIDField()
    signer_capacity = s.ChoiceField([one.value for one in Capacity], default=Capacity.SELF.value)
    signer_name = _text("signer_name")
    performer_born = s.DateField(
        default=None, allow_null=True, help_text=glossary.entries()["performer_born"].description
    )
    performer_deceased = Flag("performer_deceased")
    survives_death = Flag("survives_death")
    representation = _one("representation", Representation)
    union = _text("union")
    agreement = _text("agreement")
    replica_type = _one("replica_type", ReplicaType)
    replaces_in_person_work = Flag("replaces_in_person_work")
    kinds_of_use = _several("kinds_of_use", KindOfUse, empty=False, default=[KindOfUse.SWAP.value])
    parts = _several("parts", Part, empty=False)
    description = _text("description")
    business_reason = _text("business_reason")
    script_sha256 = s.RegexField(fields.MAYBE_DIGEST, allow_blank=True, **_said("script_sha256"))
    script_date = s.DateField(default=None, allow_null=True, help_text=glossary.entries()["script_date"].description)
    scenes = _names("scenes", s.CharField(max_length=120))
    territories = _names("territories", s.RegexField(fields.TERRITORY))
    media = _names("media", s.CharField(max_length=60))
    output_classes = _several("output_classes", OutputClass, empty=False)
    languages = _names("languages", s.RegexField(fields.LANGUAGE, max_length=35), empty=True)
    alterations = _several("alterations", Alteration)
    prohibited_contexts = _several("prohibited_contexts", Context)
    advertiser = _text("advertiser")
    product_line = _text("product_line")
    valid_from = s.DateTimeField()
    valid_until = s.DateTimeField()
    notice_hours = s.IntegerField(min_value=0, max_value=fields.LARGEST_NUMBER, **_said("notice_hours"))
    max_runs = s.IntegerField(min_value=1, max_value=fields.LARGEST_NUMBER)
    max_screen_seconds = s.IntegerField(min_value=1, max_value=fields.LARGEST_NUMBER)
    training_allowed = s.BooleanField()
    retention_days = s.IntegerField(min_value=0, max_value=fields.LARGEST_NUMBER, **_said("retention_days"))
    reuse_allowed = Flag("reuse_allowed")
    approval_per_shot = Flag("approval_per_shot")
    biometric_release = s.BooleanField(
        default=False, help_text="Offer the release of biometric features, too: a consent and a document of its own."
    )
    after_withdrawal = s.ChoiceField(["flag", "take-down"], default="flag")
    credit = s.CharField(max_length=200, allow_blank=True, default="")
    disclosure = _text("disclosure")
    compensation_reference = _text("compensation_reference")

    def validate_performer_born(self, value: Any) -> str:
        return value.isoformat() if value else ""

    def validate_script_date(self, value: Any) -> str:
        return value.isoformat() if value else ""


EXAMPLE = OpenApiExample(
    "A dub under SAG-AFTRA 2026",
    request_only=True,
    value={
        "performer": "5f0c1f5e-6a0f-4c8e-9f3a-0d6a1b1f2c3d",
        "representation": "union",
        "union": "SAG-AFTRA",
        "agreement": "TV/Theatrical 2023",
        "kinds_of_use": ["dialogue-replacement"],
        "parts": ["likeness"],
        "description": "In scene 12 my lips are fitted to the German words of the same lines; nothing else is changed.",
        "business_reason": "The film is shown in Germany.",
        "script_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "script_date": "2026-11-02",
        "scenes": ["Scene 12"],
        "territories": ["DE", "AT"],
        "media": ["cinema", "streaming"],
        "output_classes": ["feature"],
        "languages": ["de"],
        "valid_from": "2026-12-01T00:00:00Z",
        "valid_until": "2027-12-01T00:00:00Z",
        "notice_hours": 48,
        "max_runs": 5,
        "max_screen_seconds": 90,
        "training_allowed": True,
        "biometric_release": True,
        "disclosure": "A line in the closing credits names the scenes.",
        "credit": "German lips of Idris Vane made with consent",
    },
)


class ExportQuery(s.Serializer):
    form = s.ChoiceField([form.value for form in Form], default=Form.RECEIPT.value)


EXPORTED = OpenApiExample(
    "A receipt",
    response_only=True,
    value={
        "@context": {"dpv": "https://w3id.org/dpv#", "record_id": "dct:identifier", "…": "…"},
        "@id": "urn:uuid:5f0c1f5e-6a0f-4c8e-9f3a-0d6a1b1f2c3d",
        "@type": "dpv:ConsentReceipt",
        "schema_version": "https://w3id.org/dpv/schema/dpv-27560#receipt",
        "event_state": "dpv:ConsentGiven",
        "terms": {"format": "countersign-consent/2", "…": "…"},
    },
)


class Lacking(s.Serializer):
    """Terms that cannot be offered as they are (RFC 9457)."""

    title = s.CharField()
    status = s.IntegerField()
    detail = s.CharField()
    fields = s.DictField(
        child=s.ListField(child=s.CharField()), help_text="By term: why, what to write, and which law asks for it."
    )
    reasons = shapes.Reason(many=True)


LACKING = OpenApiResponse(Lacking, description="A law or an agreement demands more of some terms.")
