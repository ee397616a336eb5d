"""What people fill in at legal's desk. A form says whether the fields make sense, never what somebody may see."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms

from countersign.accounts.models import Person
from countersign.desk import names
from countersign.desk.kinds import GROUPS, Outcome
from countersign.logbook import Search
from countersign.pages import words
from countersign.pages.retelling import called

_OUTCOMES = [("", "All"), (Outcome.DONE.value, "Done"), (Outcome.REFUSED.value, "Refused")]


def _moment() -> forms.DateTimeInput:
    return forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})


def _day() -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


def _forward(form: forms.Form, fields: dict[str, Any]) -> dict[str, Any]:
    if fields.get("since") and fields.get("until") and fields["until"] < fields["since"]:
        form.add_error("until", "The end lies before the beginning.")
    return fields


class LedgerSearch(forms.Form):
    """Everything is optional; nothing asked for finds everything."""

    text = forms.CharField(label="Any name or number", required=False, max_length=200)
    person = forms.ChoiceField(label="Person", required=False)
    production = forms.ChoiceField(label="Production", required=False)
    title = forms.CharField(label="Run or output, by title", required=False, max_length=200)
    kind = forms.ChoiceField(label="What happened", required=False)
    outcome = forms.ChoiceField(label="How it ended", required=False, choices=_OUTCOMES)
    since = forms.DateTimeField(label="From (UTC)", required=False, widget=_moment())
    until = forms.DateTimeField(label="To (UTC)", required=False, widget=_moment())
    by = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)
    reason = forms.SlugField(required=False, max_length=64, widget=forms.HiddenInput)
    before = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (
            ("person", _people(person)),
            ("production", [(str(row.pk), row.title) for row in names.productions(person)]),
            ("kind", _kinds()),
        ):
            first = [("", "Everything" if name == "kind" else "Anybody" if name == "person" else "Any")]
            self.fields[name].choices = [*first, *choices]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        return _forward(self, super().clean() or {})

    def search(self) -> Search:
        """What is asked for; everything when the fields do not make sense."""
        return Search(**self.cleaned_data) if self.is_valid() else Search()

    def filters(self) -> dict[str, str]:
        """The fields that ask for something, as they stand in an address."""
        asked = {name: self[name].value() or "" for name in self.fields if name != "before"}
        return {name: str(value) for name, value in asked.items() if value} if self.is_valid() else {}

    def narrowed(self) -> bool:
        """Whether any of the fields that stand behind the fold asks for something, or is wrong."""
        behind = ("person", "production", "title", "since", "until")
        return any(self[name].value() or self[name].errors for name in behind)

    def said(self, name: str) -> str:
        """What a field asks for, in the words that its choices have."""
        value = str(self[name].value() or "")
        for code, label in getattr(self.fields[name], "choices", ()):
            for one, text in label if isinstance(label, list) else [(code, label)]:
                if str(one) == value:
                    return str(text)
        return words.said("reason", value) if name == "reason" else called({value}).get(value, value)


def _people(person: Person) -> list[Any]:
    crew = [(f"person:{pk}", name) for pk, name in names.people(person).values_list("pk", "name")]
    cast = [(f"performer:{pk}", name) for pk, name in names.performers(person).values_list("pk", "name")]
    return [(label, rows) for label, rows in (("Performers", cast), ("Colleagues", crew)) if rows]


def _kinds() -> list[Any]:
    groups = [(key, label) for key, (label, _) in GROUPS.items()]
    single = [(label, [(k.value, words.said("entry", k)) for k in members]) for label, members in GROUPS.values()]
    return [("Groups", groups), *single]


class NewSavedSearch(forms.Form):
    name = forms.CharField(label="Name of this search", max_length=120)


class Alerts(forms.Form):
    by_email = forms.BooleanField(label="Tell me by e-mail", required=False)
    webhook = forms.CharField(
        label="Tell a program, by webhook",
        required=False,
        max_length=500,
        widget=forms.URLInput(attrs={"inputmode": "url", "placeholder": "https://"}),
        help_text="An https address that takes a POST. Leave it empty for none.",
    )


@dataclass(frozen=True, slots=True)
class Days:
    since: date | None = None
    until: date | None = None


class Period(forms.Form):
    since = forms.DateField(label="From", required=False, widget=_day())
    until = forms.DateField(label="Until the end of", required=False, widget=_day())

    def clean(self) -> dict[str, Any]:
        return _forward(self, super().clean() or {})

    def days(self) -> Days:
        return Days(**self.cleaned_data) if self.is_valid() else Days()
