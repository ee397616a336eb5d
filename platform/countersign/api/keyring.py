"""What programs send and get about passkeys."""

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers as s

from consent import fields
from consent.passkeys import LARGEST_RESPONSE

SOMEWHERE = "5b0c1c52-9b3a-4a53-8f0e-6f3f6f0a8a11"
CREDENTIAL = (
    '{"id":"q83v…","rawId":"q83v…","type":"public-key","response":{"clientDataJSON":"eyJ0…","signature":"MEUC…"}}'
)
ANSWER = {"ceremony": SOMEWHERE, "credential": CREDENTIAL}


class Answer(s.Serializer):
    """`credential` is the JSON of what the authenticator answered, as a browser's PublicKeyCredential.toJSON() is."""

    ceremony = s.UUIDField()
    credential = s.CharField(max_length=LARGEST_RESPONSE)


class MaybeAnswer(s.Serializer):
    """Both, or neither."""

    ceremony = s.UUIDField(required=False)
    credential = s.CharField(required=False, max_length=LARGEST_RESPONSE)


class NewPasskey(Answer):
    label = s.CharField(max_length=60)


class Label(s.Serializer):
    label = s.CharField(max_length=60)


class Email(s.Serializer):
    """Without an address, the device offers the passkeys that it has for this site."""

    email = s.EmailField(required=False, allow_blank=True, default="")


class Invite(s.Serializer):
    """With an address the link is sent there, if a mail server is named; it is in the answer in any case."""

    email = s.EmailField(required=False, allow_blank=True, default="")


class Link(s.Serializer):
    """`token` is the last part of the link. `email` is asked of guests whose invitation names no address."""

    token = s.CharField(max_length=100)
    email = s.EmailField(required=False, allow_blank=True, default="")


class Acceptance(Link, NewPasskey):
    pass


class Confirmation(s.Serializer):
    passkeys = s.ListField(child=s.RegexField(fields.DIGEST), help_text="digests of the passkeys that are theirs")


class Together(s.Serializer):
    """`also` are other consents of the same production that wait for you: one answer signs them all."""

    also = s.ListField(child=s.UUIDField(), required=False, default=list, max_length=10)


class Seen(Together):
    shown_sha256 = s.RegexField(fields.DIGEST, help_text="as `shown` gave it with what was read")


class Signing(Together, Answer):
    pass


class AskedShape(s.Serializer):
    """A question to a passkey. `options` is the publicKey member of what navigator.credentials takes, with bytes in
    base64url; it waits five minutes and counts once."""

    ceremony = s.UUIDField()
    options = s.JSONField()


class PasskeyShape(s.Serializer):
    id = s.UUIDField()
    label = s.CharField()
    sha256 = s.CharField(help_text="by which the ledger names it")
    backed_up = s.BooleanField()
    added_at = s.DateTimeField()
    used_at = s.DateTimeField(allow_null=True)


class SentShape(s.Serializer):
    id = s.UUIDField(source="invitation.pk")
    link = s.CharField(help_text="shown this once")
    mailed = s.BooleanField()
    expires_at = s.DateTimeField(source="invitation.expires_at")


class InvitationShape(s.Serializer):
    performer = s.CharField(source="performer.name")
    invited_by = s.CharField(source="invited_by.name")
    organisation = s.CharField(source="performer.organisation.name")
    production = s.CharField(source="production.title")
    email = s.CharField()
    expires_at = s.DateTimeField()


class IdentityShape(s.Serializer):
    confirmed = PasskeyShape(many=True)
    waiting = PasskeyShape(many=True)


class SectionShape(s.Serializer):
    title = s.CharField()
    sentences = s.ListField(child=s.CharField())


class LeafShape(s.Serializer):
    consent = s.UUIDField()
    summary = SectionShape(many=True)


class ShownShape(s.Serializer):
    consents = LeafShape(many=True)
    shown_sha256 = s.CharField()


ASKED = OpenApiExample(
    "a question",
    value={
        "ceremony": SOMEWHERE,
        "options": {
            "rpId": "countersign.example",
            "challenge": "dGhlIGNoYWxsZW5nZSwgMzIgYnl0ZXM",
            "userVerification": "required",
            "allowCredentials": [],
            "timeout": 300000,
        },
    },
    response_only=True,
)
ANSWERED = OpenApiExample("an answer", value=ANSWER, request_only=True)
NEW = OpenApiExample("a new passkey", value={**ANSWER, "label": "My phone"}, request_only=True)
INVITED = OpenApiExample(
    "an invitation",
    value={
        "id": SOMEWHERE,
        "link": "https://countersign.example/invitation/m3Jw…",
        "mailed": True,
        "expires_at": "2026-12-08T09:00:00Z",
    },
    response_only=True,
)
OPENED = OpenApiExample("the link's token", value={"token": "m3Jw…", "email": "idris@example.org"}, request_only=True)
ACCEPTED = OpenApiExample("coming in", value={"token": "m3Jw…", **ANSWER, "label": "My phone"}, request_only=True)
CONFIRMED = OpenApiExample("it was them", value={"passkeys": ["9f86d081…"]}, request_only=True)
SHOWN = OpenApiExample(
    "what is read",
    value={
        "consents": [
            {
                "consent": SOMEWHERE,
                "summary": [{"title": "How much", "sentences": ["At most 10 clips, 120 seconds of finished picture."]}],
            }
        ],
        "shown_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    },
    response_only=True,
)
SEEN = OpenApiExample(
    "the wish to sign",
    value={"also": [], "shown_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
    request_only=True,
)
