"""What the API answers with about consents and whose they are."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers as s

from consent.models import ConsentRecord, Performer
from countersign import sureness
from countersign.api import outside


class Named(s.ModelSerializer):
    class Meta:
        model = Performer
        fields = ("id", "name")


class ConsentShape(s.ModelSerializer):
    performer = Named()
    assurance = s.SerializerMethodField()

    class Meta:
        model = ConsentRecord
        fields = (
            "id", "production", "performer", "matter", "state", "way", "level", "terms", "terms_sha256",
            "document_sha256", "document_type", "signer", "signed_at", "proven_at", "assurance", "approved_at",
            "withdrawn_at", "valid_from", "valid_until", "destroyed_at",
        )  # fmt: skip

    @extend_schema_field(outside.AssuranceShape(allow_null=True))
    def get_assurance(self, record: ConsentRecord) -> dict[str, Any] | None:
        return sureness.plain(record)
