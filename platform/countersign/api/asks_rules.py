"""Rules, strikes and appeals as programs read and write them."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers as s

from consent.models import PolicyVersion, Strike
from consent.policy import packs
from consent.policy.packs import Choices
from consent.types import Assurance, KindOfUse
from countersign.runs.models import Appeal

LEVELS = {"min_value": Assurance.SEALED_BY_PLATFORM.value, "max_value": Assurance.QUALIFIED.value}


class NewRules(s.Serializer):
    """What a house may choose; what is left out stays as the rules in force say."""

    off = s.ListField(child=s.CharField(max_length=60), required=False, help_text="Optional packs switched off.")
    levels = s.DictField(child=s.IntegerField(**LEVELS), required=False, help_text="By kind of use.")
    level_for_training = s.IntegerField(**LEVELS, required=False)
    level_for_minors = s.IntegerField(**LEVELS, required=False)
    description_words = s.IntegerField(min_value=1, max_value=packs.MOST_WORDS, required=False)
    licence_days = s.IntegerField(min_value=1, max_value=packs.MOST_DAYS, required=False)
    licence_days_of_minors = s.IntegerField(min_value=1, max_value=packs.MOST_DAYS, required=False)
    words = s.CharField(max_length=500, help_text="Why, for whoever is to approve it.")

    def validate_levels(self, value: dict[str, int]) -> dict[str, int]:
        if unknown := set(value) - {kind.value for kind in KindOfUse}:
            raise s.ValidationError(f"No kind of use: {', '.join(sorted(unknown))}.")
        return value


class NewStrike(s.Serializer):
    union = s.CharField(max_length=32, help_text="Its short name, as the consents write it.")
    production = s.UUIDField(default=None, allow_null=True, help_text="Empty for every production of the house.")


class AppealWords(s.Serializer):
    words = s.CharField(max_length=2000)


class ChoicesShape(s.Serializer):
    off = s.ListField(child=s.CharField())
    levels = s.DictField(child=s.IntegerField())
    level_for_training = s.IntegerField()
    level_for_minors = s.IntegerField()
    description_words = s.IntegerField()
    licence_days = s.IntegerField()
    licence_days_of_minors = s.IntegerField()


class PackShape(s.Serializer):
    name = s.CharField()
    title = s.CharField()
    version = s.CharField()
    made_on = s.DateField()
    source = s.CharField()
    link = s.CharField()
    optional = s.BooleanField()


class VersionShape(s.ModelSerializer):
    class Meta:
        model = PolicyVersion
        fields = (
            "id", "organisation", "sha256", "words", "proposed_by", "proposed_at", "approved_by", "in_force_since",
            "rejected_by", "rejected_at",
        )  # fmt: skip


class StrikeShape(s.ModelSerializer):
    class Meta:
        model = Strike
        fields = ("id", "organisation", "production", "union", "called_by", "called_at", "lifted_by", "lifted_at")


class RulesShape(s.Serializer):
    sha256 = s.CharField(allow_null=True, help_text="Empty where nobody can tell what is in force: nothing is allowed.")
    choices = ChoicesShape(allow_null=True)
    packs = PackShape(many=True)
    versions = VersionShape(many=True)
    strikes = StrikeShape(many=True)


class ChangedShape(s.Serializer):
    run = s.UUIDField(source="run.pk")
    reasons = s.SerializerMethodField()

    def get_reasons(self, changed: Any) -> list[str]:
        return list(dict.fromkeys(reason.code.value for reason in changed.reasons))


class PreviewShape(s.Serializer):
    refused = ChangedShape(many=True, help_text="Open runs that these rules would refuse.")
    allowed = ChangedShape(many=True, help_text="Runs refused in the last 30 days that they would let pass.")
    asked = s.IntegerField()
    more = s.BooleanField(help_text="Whether there were more runs than were asked about.")


class AppealShape(s.ModelSerializer):
    class Meta:
        model = Appeal
        fields = ("id", "run", "words", "made_by", "made_at", "answer", "answered_by", "answered_at")


def plain(choices: Choices) -> dict[str, Any]:
    """As `choices.json` has them."""
    return {**{name: getattr(choices, name) for name in ChoicesShape().fields}, "levels": levels(choices.levels)}


def levels(found: Mapping[KindOfUse, Assurance]) -> dict[str, int]:
    return {kind.value: level.value for kind, level in found.items()}


PROPOSED = OpenApiExample(
    "Surer swaps",
    request_only=True,
    value={"levels": {"swap": 4}, "off": [], "words": "The insurer asks for qualified signatures."},
)
CALLED = OpenApiExample("A strike begins", request_only=True, value={"union": "SAG-AFTRA", "production": None})
APPEALED = OpenApiExample(
    "The scene was renumbered", request_only=True, value={"words": "Scene 99 is what the consent calls Scene 12."}
)
ANSWERED = OpenApiExample(
    "A consent is needed", request_only=True, value={"words": "Offer a consent that names Scene 99."}
)
LOOKED_AT = OpenApiExample(
    "One run would be refused",
    response_only=True,
    value={
        "refused": [{"run": "8f3c9a1e-0000-4000-8000-000000000001", "reasons": ["level-too-low"]}],
        "allowed": [],
        "asked": 12,
        "more": False,
    },
)
