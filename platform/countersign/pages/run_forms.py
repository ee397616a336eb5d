"""What people say of a run they ask for. Whether it is allowed is the gate's to say."""

import re
from typing import Any

from django import forms
from django.db.models import Count, QuerySet

from consent import fields
from consent.models import Performer
from consent.types import Alteration, Context, KindOfUse, OutputClass
from countersign.pages import words
from countersign.runs.models import FaceTrack, Footage
from countersign.runs.requests import DEFAULT_PARAMETERS


class Shot(forms.Form):
    """What is said of a shot before it is made: what for, and what it shows and alters."""

    scene = forms.CharField(
        label="Scene",
        max_length=120,
        widget=forms.TextInput(attrs={"list": "scenes"}),
        help_text="As it is named in the consents.",
    )
    medium = forms.ChoiceField(label="To be seen in", choices=list(words.MEDIA.items()))
    territories = forms.MultipleChoiceField(
        label="In which countries", choices=list(words.TERRITORIES.items()), widget=forms.CheckboxSelectMultiple
    )
    output_class = forms.ChoiceField(
        label="Part of", choices=[(c.value, words.said("output class", c)) for c in OutputClass]
    )
    languages = forms.CharField(
        label="Languages spoken in the shot",
        required=False,
        max_length=200,
        help_text="Such as “en, pt-BR”. Leave it empty where nobody speaks.",
    )
    contexts = forms.MultipleChoiceField(
        label="What the shot shows",
        choices=[(c.value, words.said("context", c)) for c in Context],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Performers may exclude some of these. What you declare is signed into the ledger under your name.",
    )
    alterations = forms.MultipleChoiceField(
        label="What is altered of the performers, besides the face",
        choices=[(a.value, words.said("alteration", a)) for a in Alteration],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    advertiser = forms.CharField(
        label="Advertiser", required=False, max_length=200, help_text="Needed for an advertisement."
    )
    product_line = forms.CharField(label="Product line", required=False, max_length=200)
    script_sha256 = forms.RegexField(
        label="Digest of the script",
        regex=fields.DIGEST,
        required=False,
        help_text="The SHA-256 of the script that new words are from: 64 characters, as the consent names it.",
    )

    def __init__(self, *args: Any, media: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = dict.fromkeys([*media, *words.MEDIA])  # those somebody consented to come first
        self.fields["medium"].choices = [(code, words.said("medium", code)) for code in known]  # type: ignore[attr-defined]

    def clean_languages(self) -> tuple[str, ...]:
        tags = [tag for tag in re.split(r"[\s,;]+", self.cleaned_data["languages"]) if tag]
        for tag in tags:
            if not re.fullmatch(fields.LANGUAGE, tag):
                raise forms.ValidationError(f"Write each language as a tag such as en or pt-BR; {tag} is none.")
        return tuple(dict.fromkeys(tags))


class NewRun(Shot):
    title = forms.CharField(label="Title of the run", max_length=200, help_text="Such as “Scene 12, take 3, Idris”.")
    likeness = forms.ModelChoiceField(queryset=Performer.objects.none(), label="Performer", empty_label="Choose")
    footage = forms.ModelChoiceField(
        queryset=Footage.objects.none(),
        label="Footage to learn the face from",
        widget=forms.RadioSelect,
        empty_label=None,
    )
    plate_performer = forms.ModelChoiceField(queryset=Performer.objects.none(), label="Performer", empty_label="Choose")
    plate = forms.ModelChoiceField(
        queryset=Footage.objects.none(), label="The shot to change", widget=forms.RadioSelect, empty_label=None
    )
    seconds = forms.IntegerField(
        label="Seconds of training",
        min_value=5,
        max_value=3600,
        initial=DEFAULT_PARAMETERS["seconds"],
        help_text="Longer training gives a closer likeness. A minute or two is enough for a first look.",
    )
    exclude = forms.ModelMultipleChoiceField(
        queryset=FaceTrack.objects.none(),
        label="Leave these faces alone",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Nothing is made of them and they are shown as they were filmed, so they need no consent.",
    )

    def __init__(
        self, *args: Any, performers: QuerySet[Performer], clips: QuerySet[Footage], media: list[str], **kwargs: Any
    ) -> None:
        super().__init__(*args, media=media, **kwargs)
        for name, rows in (
            ("likeness", performers),
            ("plate_performer", performers),
            ("footage", clips),
            ("plate", clips),
        ):
            self.fields[name].queryset = rows  # type: ignore[attr-defined]
        several = clips.annotate(faces=Count("tracks")).filter(faces__gt=1)
        faces = FaceTrack.objects.filter(footage__in=several).select_related("footage", "performer")
        self.fields["exclude"].queryset = faces.order_by("footage__title", "number")  # type: ignore[attr-defined]


class WhatIf(Shot):
    """A shot that nobody made yet, and whom it would be of."""

    kind = forms.ChoiceField(label="What would be made", choices=[(k.value, words.said("kind", k)) for k in KindOfUse])
    likeness = forms.ModelChoiceField(
        queryset=Performer.objects.none(), label="Whose face is shown", required=False, empty_label="Nobody"
    )
    plate_performer = forms.ModelChoiceField(
        queryset=Performer.objects.none(), label="Who is in the shot", required=False, empty_label="Nobody"
    )
    seconds = forms.FloatField(label="Seconds on screen", min_value=0.1, max_value=24 * 3600, initial=5)
    trains = forms.BooleanField(label="A model is trained", required=False, initial=True)

    def __init__(self, *args: Any, performers: QuerySet[Performer], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("likeness", "plate_performer"):
            self.fields[name].queryset = performers  # type: ignore[attr-defined]
        self.fields["contexts"].help_text = "Performers may exclude some of these."  # nothing is declared here
