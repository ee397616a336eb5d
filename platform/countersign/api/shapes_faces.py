"""What the API answers about faces, field by field."""

from rest_framework import serializers as s

from countersign.api.shapes import Named
from countersign.runs.models import FaceTrack


class PasscodeShape(s.Serializer):
    passcode = s.CharField(help_text="Six digits; told this once.")


class UnsureFaceShape(s.ModelSerializer):
    best = Named()

    class Meta:
        model = FaceTrack
        fields = (
            "id", "footage", "number", "best", "second", "score", "second_score", "threshold", "review", "recogniser",
            "first_frame", "last_frame",
        )  # fmt: skip


class FaceReviewShape(s.Serializer):
    track = s.IntegerField()
    verdict = s.CharField()
    reason = s.CharField()
    settled = s.CharField(help_text="same-person, somebody-else, or empty while it is open")
