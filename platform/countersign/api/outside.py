"""What programs send of consents that were signed elsewhere, and get to have them signed."""

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers as s


class SignedDocument(s.Serializer):
    """`completion` is the certificate of completion (PDF) of the platform that sealed the document, if one did."""

    document = s.FileField(allow_empty_file=True)
    completion = s.FileField(required=False)


class Scan(s.Serializer):
    """PDF, JPEG or PNG of every page that was signed on paper."""

    scan = s.FileField(allow_empty_file=True)


class ScanReview(s.Serializer):
    """Whether the pages on the scan are those that were offered, signed by the performer."""

    fits = s.BooleanField()


class Credential(s.Serializer):
    """A JWS by the key bound to the performer, or an SD-JWT VC with key binding: what their wallet gave, as a file."""

    credential = s.FileField(allow_empty_file=True)


class Key(s.Serializer):
    """A public key as JWK (RFC 7517) on P-256 or Ed25519, as a file."""

    key = s.FileField()


class AgreementShape(s.Serializer):
    """What a wallet signs: the payload of a JWS of type countersign-consent+jws, with iat and exp. A credential is
    presented under the nonce `digest`, for the audience `aud`."""

    agreement = s.DictField(child=s.CharField())
    digest = s.CharField()


AGREEMENT = OpenApiExample(
    "What the wallet signs",
    value={
        "agreement": {
            "consent_id": "5b0c1c52-9b3a-4a53-8f0e-6f3f6f0a8a11",
            "production_id": "0d0f8a4e-6c1c-4f4e-9f0a-3b3f0c0d8a11",
            "nonce": "0123456789abcdef0123456789abcdef",
            "terms_sha256": "a3f1" * 16,
            "document_sha256": "b4e2" * 16,
            "aud": "https://countersign.example",
        },
        "digest": "c5d3" * 16,
    },
    response_only=True,
)
REVIEWED = OpenApiExample("It fits", value={"fits": True}, request_only=True)
SIGNED = OpenApiExample("Sealed by a platform", value={"document": "…", "completion": "…"}, request_only=True)
SCANNED = OpenApiExample("A photograph", value={"scan": "…"}, request_only=True)
PRESENTED = OpenApiExample("From a wallet", value={"credential": "…"}, request_only=True)
KEYED = OpenApiExample("A public key", value={"key": "…"}, request_only=True)


class AssuranceShape(s.Serializer):
    """How sure it is that the performer agreed, in words, and what is waited for before it may be approved."""

    level = s.IntegerField()
    called = s.CharField()
    way = s.CharField()
    permits = s.CharField()
    waits_for = s.ListField(child=s.CharField())
