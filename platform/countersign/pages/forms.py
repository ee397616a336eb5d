"""What people fill in. A form says whether the fields make sense, never whether the thing is allowed."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.timezone import now

from consent.models import Performer
from consent.types import Capacity, KindOfUse, Part
from countersign.pages import words


class SignIn(forms.Form):
    email = forms.EmailField(
        label="E-mail address", widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True})
    )
    password = forms.CharField(
        label="Password", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )


class NewPerformer(forms.Form):
    name = forms.CharField(
        label="Name", max_length=200, help_text="As it is to stand in their consent and, if agreed, in the credits."
    )


def _day(offset: int) -> Callable[[], date]:
    def day() -> date:
        return (now() + timedelta(days=offset)).date()

    return day


def _date() -> forms.DateInput:
    """The browser's own date field, which reads and writes ISO dates whatever the site's language."""
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class NewConsent(forms.Form):
    """The terms of a consent, with defaults that ask for little."""

    performer = forms.ModelChoiceField(queryset=Performer.objects.none(), empty_label="Choose a performer")
    parts = forms.MultipleChoiceField(
        label="Their part",
        choices=[(p.value, words.PARTS[p]) for p in Part],
        widget=forms.CheckboxSelectMultiple,
        help_text="A swap needs two consents: of the one whose face is shown and of the one who was filmed.",
    )
    kinds_of_use = forms.MultipleChoiceField(
        label="What may be made",
        choices=[(k.value, words.KINDS[k]) for k in KindOfUse],
        initial=[KindOfUse.SWAP.value],
        widget=forms.CheckboxSelectMultiple,
    )
    description = forms.CharField(
        label="What exactly, in words the performer would use",
        max_length=2000,
        min_length=20,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Say what is shown, what is said and why it is needed. A vague description can void a consent.",
    )
    scenes = forms.CharField(
        label="Scenes",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One a line, named as in the script. A run must name one of them.",
    )
    media = forms.MultipleChoiceField(  # type: ignore[assignment]  # a field of this name hides no assets: there are none
        label="Where it may be seen",
        choices=list(words.MEDIA.items()),
        initial=["cinema", "streaming"],
        widget=forms.CheckboxSelectMultiple,
    )
    territories = forms.MultipleChoiceField(
        label="In which countries", choices=list(words.TERRITORIES.items()), widget=forms.CheckboxSelectMultiple
    )
    valid_from = forms.DateField(label="From", initial=_day(0), widget=_date())
    valid_until = forms.DateField(label="Until the end of", initial=_day(365), widget=_date())
    max_runs = forms.IntegerField(
        label="Runs, at most", min_value=1, initial=10, help_text="Each clip that is made counts as one."
    )
    max_screen_seconds = forms.IntegerField(
        label="Seconds on screen, at most", min_value=1, initial=120, help_text="All runs together."
    )
    training_allowed = forms.BooleanField(
        label="A model of the likeness may be trained",
        required=False,
        initial=True,
        help_text="Needed for a swap. The model serves this production only and is destroyed on withdrawal.",
    )
    biometric_release = forms.BooleanField(
        label="Ask for the biometric release, too: the face may be measured, to recognise it in footage",
        required=False,
        initial=True,
        help_text="A document of its own. Needed to tell that footage shows them; destroyed when it is withdrawn.",
    )
    after_withdrawal = forms.ChoiceField(
        label="If the performer withdraws",
        choices=[(code, text[0].upper() + text[1:]) for code, text in words.AFTER.items()],
        initial="flag",
        widget=forms.RadioSelect,
    )
    signer_capacity = forms.ChoiceField(
        label="Who signs", choices=[(c.value, words.CAPACITIES[c]) for c in Capacity], initial=Capacity.SELF.value
    )
    credit = forms.CharField(
        label="Credit",
        max_length=200,
        required=False,
        help_text="How they are named in the credits; leave empty for none.",
    )

    def __init__(self, *args: Any, performers: QuerySet[Performer], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["performer"].queryset = performers  # type: ignore[attr-defined]

    def clean_scenes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(line.strip() for line in self.cleaned_data["scenes"].splitlines() if line.strip()))

    def clean_territories(self) -> list[str]:
        chosen: list[str] = self.cleaned_data["territories"]
        if "worldwide" in chosen and len(chosen) > 1:
            raise forms.ValidationError("Choose either Worldwide or single countries.")
        return chosen

    def clean_valid_from(self) -> datetime:
        return datetime.combine(self.cleaned_data["valid_from"], time.min, UTC)

    def clean_valid_until(self) -> datetime:
        return datetime.combine(self.cleaned_data["valid_until"], time(23, 59, 59), UTC)

    def clean(self) -> dict[str, Any]:
        fields = super().clean() or {}
        if "valid_from" in fields and "valid_until" in fields and fields["valid_until"] <= fields["valid_from"]:
            self.add_error("valid_until", "The consent must end after it begins.")
        return fields


class SignedDocument(forms.Form):
    document = forms.FileField(
        label="The signed PDF",
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": "application/pdf,.pdf"}),
        help_text="As the performer’s software saved it. Printing or re-saving breaks the signature.",
    )


class Certificate(forms.Form):
    certificate = forms.FileField(
        label="Their signing certificate",
        widget=forms.FileInput(attrs={"accept": ".pem,.crt,.cer"}),
        help_text="A PEM file from the performer. Whoever signs with another one is not this performer.",
    )


class Withdrawal(forms.Form):
    reason = forms.CharField(
        label="Reason, if you want to give one",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class NewFootage(forms.Form):
    title = forms.CharField(label="Title", max_length=200, help_text="What the crew calls this take.")
    file = forms.FileField(
        label="The clip",
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": "video/*"}),
        help_text="An mp4 or mov with one continuous shot; its sound is kept.",
    )


class FileToVerify(forms.Form):
    file = forms.FileField(
        label="A video or picture",
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": "video/*,image/*,audio/*"}),
    )


class Evidence(forms.Form):
    """What goes into a bundle."""

    redacted = forms.BooleanField(
        label="Redact it",
        required=False,
        help_text="Without names, consent papers, the request and the film. It can still be checked, line by line.",
    )
    film = forms.BooleanField(
        label="Put the film in as well",
        required=False,
        help_text="Otherwise its digest stands in the bundle, and a copy of the film can be checked beside it.",
    )
