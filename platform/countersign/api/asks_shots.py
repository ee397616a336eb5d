"""What a program asks of the gate before anything is uploaded."""

from rest_framework import serializers as s

from consent import fields
from consent.types import Alteration, Context, KindOfUse, OutputClass


class WhatIf(s.Serializer):
    kind = s.ChoiceField([k.value for k in KindOfUse], default=KindOfUse.SWAP.value)
    likeness = s.UUIDField(required=False, help_text="Whose face would be shown.")
    plate_performer = s.UUIDField(required=False, help_text="Who would be in the shot.")
    seconds = s.FloatField(min_value=0.1, max_value=24 * 3600)
    trains = s.BooleanField(default=True)
    scene = s.CharField(max_length=120)
    medium = s.CharField(max_length=60)
    territories = s.ListField(child=s.RegexField(fields.TERRITORY), allow_empty=False)
    output_class = s.ChoiceField([c.value for c in OutputClass], default=OutputClass.FEATURE.value)
    languages = s.ListField(child=s.RegexField(fields.LANGUAGE), default=list)
    alterations = s.ListField(child=s.ChoiceField([a.value for a in Alteration]), default=list)
    contexts = s.ListField(child=s.ChoiceField([c.value for c in Context]), default=list)
    advertiser = s.CharField(max_length=200, allow_blank=True, default="")
    product_line = s.CharField(max_length=200, allow_blank=True, default="")
    script_sha256 = s.RegexField(fields.DIGEST, allow_blank=True, default="")


class BudgetLeft(s.Serializer):
    consent = s.UUIDField(source="consent.pk")
    performer = s.UUIDField(source="consent.performer_id")
    runs = s.IntegerField()
    seconds = s.FloatField()


class WouldBe(s.Serializer):
    allowed = s.BooleanField()
    reasons = s.ListField(child=s.DictField())
    left = BudgetLeft(many=True)
    note = s.CharField()
