"""The terms of a consent as a producer fills them in, group by group, and what the law asks of them so far.

A form says whether the fields make sense; `consent.law` says what is demanded of them and why.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.forms.boundfield import BoundField
from django.utils.timezone import now

from consent import fields, glossary
from consent.errors import ConsentError, TermsError, UnlawfulError
from consent.models import Performer
from consent.types import Alteration, Capacity, Context, KindOfUse, OutputClass, Part, ReplicaType, Representation
from countersign.pages import words
from countersign.pages.offering import GROUPS

SCRIPT_MAX_BYTES = 20 * 2**20
ALWAYS_PROHIBITED = (Context.SEXUAL, Context.POLITICAL_DECEPTION, Context.FRAUD)  # whoever signs; nobody need ask
_PROPOSED = ("output_classes", "kinds_of_use", "notice_hours", "disclosure", "biometric_release")
DISCLOSED = "A line in the closing credits says that a digital replica was used."


@dataclass(frozen=True, slots=True)
class Shown:
    """A group of fields as the page shows it; `folded` until somebody needs it."""

    legend: str
    hint: str
    folded: bool
    rows: list[list[BoundField]]


def _day(offset: int) -> Callable[[], date]:
    def day() -> date:
        return (now() + timedelta(days=offset)).date()

    return day


def _date() -> forms.DateInput:
    """The browser's own date field, which reads and writes ISO dates whatever the site's language."""
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


def _said(name: str, **more: Any) -> dict[str, Any]:
    """The label and the help that the term has everywhere."""
    entry = glossary.entries()[name]
    return {"label": entry.title, "help_text": entry.description, "required": False, **more}


def _text(name: str, *, rows: int = 1, **more: Any) -> forms.CharField:
    widget: forms.Widget = forms.Textarea(attrs={"rows": rows}) if rows > 1 else forms.TextInput()
    return forms.CharField(max_length=fields.LONGEST.get(name, 200), **{"widget": widget, **_said(name), **more})


def _flag(name: str, **more: Any) -> forms.BooleanField:
    return forms.BooleanField(**_said(name), **more)


def _count(name: str, initial: int) -> forms.IntegerField:
    return forms.IntegerField(
        min_value=0, max_value=fields.LARGEST_NUMBER, initial=initial, **_said(name, required=True)
    )


def _one(name: str, kind: Any, initial: Any) -> forms.ChoiceField:
    return forms.ChoiceField(choices=_choices(name, kind), initial=initial, **_said(name, required=True))


def _several(name: str, kind: Any, **more: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        choices=_choices(name, kind), widget=forms.CheckboxSelectMultiple, **_said(name, **more)
    )


def _choices(name: str, kind: Any) -> list[tuple[str, str]]:
    return [(one.value, words.said(name, one.value)) for one in kind if one not in ALWAYS_PROHIBITED]


class NewConsent(forms.Form):
    """The terms of a consent, with defaults that ask for little."""

    performer = forms.ModelChoiceField(queryset=Performer.objects.none(), empty_label="Choose a performer")
    parts = forms.MultipleChoiceField(
        label="Their part",
        choices=[(p.value, words.PARTS[p]) for p in Part],
        widget=forms.CheckboxSelectMultiple,
        help_text="A swap needs two consents: of the one whose face is shown and of the one who was filmed.",
    )
    signer_capacity = forms.ChoiceField(
        label="Who signs", choices=[(c.value, words.CAPACITIES[c]) for c in Capacity], initial=Capacity.SELF.value
    )
    signer_name = _text("signer_name", help_text="Only where somebody else signs for the performer.")
    performer_born = forms.DateField(widget=_date(), **_said("performer_born"))
    performer_deceased = _flag("performer_deceased")
    survives_death = _flag("survives_death")
    representation = _one("representation", Representation, Representation.NONE.value)
    union = _text("union", widget=forms.TextInput(attrs={"list": "unions", "autocomplete": "off"}))
    agreement = _text("agreement")
    kinds_of_use = forms.MultipleChoiceField(
        label="What may be made",
        choices=[(k.value, words.KINDS[k]) for k in KindOfUse],
        initial=[KindOfUse.SWAP.value],
        widget=forms.CheckboxSelectMultiple,
    )
    output_classes = _several("output_classes", OutputClass, initial=[OutputClass.FEATURE.value], required=True)
    description = forms.CharField(
        label="What exactly, in words the performer would use",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Say what is shown, what is said and why it is needed. A vague description can void a consent.",
    )
    scenes = forms.CharField(
        label="Scenes",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One a line, named as in the script. A run must name one of them.",
    )
    replica_type = _one("replica_type", ReplicaType, ReplicaType.EMPLOYMENT_BASED.value)
    replaces_in_person_work = _flag("replaces_in_person_work")
    business_reason = _text("business_reason", rows=2)
    script = forms.FileField(
        label="The script",
        required=False,
        allow_empty_file=False,
        help_text="It is read once for its fingerprint and not kept. Leave it out where no script binds the scene.",
    )
    script_sha256 = _text("script_sha256", help_text="Or the fingerprint itself (SHA-256), where you have it already.")
    script_date = forms.DateField(widget=_date(), **_said("script_date"))
    languages = _text("languages", help_text="Such as en, de or pt-BR, by commas. None named: that of the scene.")
    alterations = _several("alterations", Alteration)
    prohibited_contexts = _several("prohibited_contexts", Context)
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
    notice_hours = _count("notice_hours", 48)
    approval_per_shot = _flag("approval_per_shot")
    training_allowed = forms.BooleanField(
        label="A model of the likeness may be trained",
        required=False,
        initial=True,
        help_text="Needed for a swap. The model serves this production only and is destroyed on withdrawal.",
    )
    reuse_allowed = _flag("reuse_allowed")
    retention_days = _count("retention_days", 0)
    biometric_release = forms.BooleanField(
        label="Ask for the biometric release, too: the face may be measured, to recognise it in footage",
        required=False,
        initial=True,
        help_text="A document of its own. Needed to tell that footage shows them; destroyed when it is withdrawn.",
    )
    advertiser = _text("advertiser")
    product_line = _text("product_line")
    after_withdrawal = forms.ChoiceField(
        label="If the performer withdraws",
        choices=[(code, text[0].upper() + text[1:]) for code, text in words.AFTER.items()],
        initial="flag",
        widget=forms.RadioSelect,
    )
    credit = _text("credit", help_text="How they are named in the credits; leave empty for none.")
    disclosure = _text("disclosure", rows=2, initial=DISCLOSED)
    compensation_reference = _text("compensation_reference")

    def __init__(self, *args: Any, performers: QuerySet[Performer], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["performer"].queryset = performers  # type: ignore[attr-defined]

    def groups(self) -> Iterator[Shown]:
        """The fields as they are shown; a folded group is open where one of its fields has an error."""
        for group in GROUPS:
            wrong = any(name in self.errors for row in group.rows for name in row) if self.is_bound else False
            rows = [[self[name] for name in row] for row in group.rows]
            yield Shown(group.legend, group.hint, group.folded and not wrong, rows)

    def said(self) -> Mapping[str, Any]:
        """What is filled in and makes sense; of a page just opened, what it shows already or proposes."""
        if not self.is_bound and self.initial:
            shown = {name: self.get_initial_for_field(field, name) for name, field in self.fields.items()}
            among = self.fields["performer"].queryset  # type: ignore[attr-defined]
            return NewConsent(shown, performers=among).said()
        if not self.is_bound:
            return {name: field.initial for name, field in self.fields.items() if field.initial and name in _PROPOSED}
        self.is_valid()
        return dict(self.cleaned_data)

    def clean_scenes(self) -> tuple[str, ...]:
        return _lines(self.cleaned_data["scenes"], r"\n")

    def clean_languages(self) -> tuple[str, ...]:
        return _lines(self.cleaned_data["languages"], r"[,\s]")

    def clean_territories(self) -> list[str]:
        chosen: list[str] = self.cleaned_data["territories"]
        if "worldwide" in chosen and len(chosen) > 1:
            raise forms.ValidationError("Choose either Worldwide or single countries.")
        return chosen

    def clean_valid_from(self) -> datetime:
        return datetime.combine(self.cleaned_data["valid_from"], time.min, UTC)

    def clean_valid_until(self) -> datetime:
        return datetime.combine(self.cleaned_data["valid_until"], time(23, 59, 59), UTC)

    def clean_performer_born(self) -> str:
        return _iso(self.cleaned_data["performer_born"])

    def clean_script_date(self) -> str:
        return _iso(self.cleaned_data["script_date"])

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if "valid_from" in said and "valid_until" in said and said["valid_until"] <= said["valid_from"]:
            self.add_error("valid_until", "The consent must end after it begins.")
        script = said.pop("script", None)
        if script:
            said["script_sha256"] = sha256(script.read()).hexdigest()
        return said

    def explain(self, error: ConsentError) -> None:
        """What a room said against these terms, beside the fields that it is about."""
        match error:
            case UnlawfulError():
                told: Mapping[str, Any] = error.fields
            case TermsError():
                told = {error.field: [str(error)]}
            case _:
                told = {"": [str(error)]}
        for name, sentences in told.items():
            place = {"days": "valid_until"}.get(name, name)
            self.add_error(place if place in self.fields else None, list(sentences))


def _lines(text: str, separator: str) -> tuple[str, ...]:
    """Different things, in the order they were named."""
    return tuple(dict.fromkeys(one.strip() for one in re.split(separator, text) if one.strip()))


def _iso(chosen: date | None) -> str:
    return chosen.isoformat() if chosen else ""
