"""What the API takes about a performer's face, field by field."""

from typing import Any

from rest_framework import serializers as s


class Pictures(s.Serializer):
    stills = s.ListField(child=s.FileField(), max_length=12, required=False, help_text="Five to twelve pictures.")
    clip = s.FileField(required=False, help_text="Or one clip of at most a minute.")
    passcode = s.CharField(
        max_length=20, required=False, default="", help_text="Today's; asked of performers who send their own."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if bool(attrs.get("stills")) == bool(attrs.get("clip")):
            raise s.ValidationError({"stills": ["Send pictures, or one clip, and not both."]})
        return attrs


class FaceReview(s.Serializer):
    verdict = s.ChoiceField(["same-person", "somebody-else", "cannot-tell"])
    reason = s.CharField(min_length=10, max_length=500)
