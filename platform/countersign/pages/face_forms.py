"""What people fill in about a performer's face."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from countersign.runs.face_models import FaceVerdict


class Several(forms.ClearableFileInput):
    allow_multiple_selected = True


class StillsField(forms.FileField):
    """Several pictures in one field."""

    def clean(self, data: Any, initial: Any = None) -> "list[UploadedFile[bytes]]":
        files = data if isinstance(data, list | tuple) else [data] if data else []
        return [super(StillsField, self).clean(file, initial) for file in files]


class Pictures(forms.Form):
    """Either pictures or a clip."""

    stills = StillsField(
        label="Pictures of the face",
        required=False,
        widget=Several(attrs={"accept": "image/jpeg,image/png"}),
        help_text="Five to ten sharp pictures: front and both sides, smiling and serious. Nobody else in them.",
    )
    clip = forms.FileField(
        label="Or a short clip",
        required=False,
        widget=forms.FileInput(attrs={"accept": "video/*"}),
        help_text="Ten to sixty seconds, alone: look into the camera, then turn the head to one side and to the other.",
    )

    def clean(self) -> dict[str, Any]:
        fields = super().clean() or {}
        if bool(fields.get("stills")) == bool(fields.get("clip")):
            raise forms.ValidationError("Choose pictures, or one clip, and not both.")
        return fields


class OwnPictures(Pictures):
    """What performers send of themselves."""

    passcode = forms.CharField(
        label="Today's passcode",
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text="The six digits that this page showed you today. If you send a clip, say and show them in it, too.",
    )


class Review(forms.Form):
    """What somebody thinks of a face."""

    verdict = forms.ChoiceField(label="This is", choices=FaceVerdict.choices, widget=forms.RadioSelect)
    reason = forms.CharField(
        label="Why",
        min_length=10,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What you compared, in your own words: ears, brows, scars, who was on the set that day.",
    )
