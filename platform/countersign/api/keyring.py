"""What programs send and get about passkeys."""

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers as s

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


class NewPasskey(Answer):
    label = s.CharField(max_length=60)


class Label(s.Serializer):
    label = s.CharField(max_length=60)


class Email(s.Serializer):
    """Without an address, the device offers the passkeys that it has for this site."""

    email = s.EmailField(required=False, allow_blank=True, default="")


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
