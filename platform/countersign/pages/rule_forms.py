"""What legal fills in about strikes and rules."""

from dataclasses import replace
from typing import Any

from django import forms

from consent import policy
from consent.policy import packs
from consent.policy.packs import Choices
from consent.types import Assurance, KindOfUse
from countersign.accounts.models import Organisation, Production
from countersign.pages import words

LEVELS = [
    (str(Assurance.SEALED_BY_PLATFORM.value), "2: a platform’s seal, confirmed by the performer"),
    (str(Assurance.PERSONAL.value), "3: their own certificate or passkey"),
    (str(Assurance.QUALIFIED.value), "4: a qualified signature"),
]


class NewStrike(forms.Form):
    union = forms.CharField(
        label="Union", max_length=32, help_text="Its short name, as the consents write it: SAG-AFTRA."
    )
    production = forms.ModelChoiceField(
        label="Where",
        queryset=Production.objects.none(),
        required=False,
        empty_label="In every production",
    )

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = organisation.productions.order_by("title")
        self.fields["production"].queryset = rows  # type: ignore[attr-defined]


class NewRules(forms.Form):
    """The choices a house may make among the rules in force; everything else comes with what the operator deploys."""

    level_for_training = forms.ChoiceField(label="To train a model", choices=LEVELS)
    level_for_minors = forms.ChoiceField(label="For a minor, whatever is made", choices=LEVELS)
    description_words = forms.IntegerField(
        label="Words of a description, at least",
        min_value=1,
        max_value=packs.MOST_WORDS,
        help_text="Fewer are vague: with work in person replaced and nobody beside the performer, the consent is void.",
    )
    licence_days = forms.IntegerField(label="Days a licence may last", min_value=1, max_value=packs.MOST_DAYS)
    licence_days_of_minors = forms.IntegerField(
        label="Days a licence of a minor may last", min_value=1, max_value=packs.MOST_DAYS
    )
    words = forms.CharField(
        label="Why", max_length=500, widget=forms.Textarea(attrs={"rows": 3}), help_text="For whoever is to approve it."
    )

    def __init__(self, *args: Any, rules: policy.Rules, **kwargs: Any) -> None:
        self._choices = rules.choices
        super().__init__(*args, **kwargs)
        self.initial = _initial(rules)
        for kind in KindOfUse:
            self.fields[f"level_{kind.value}"] = forms.ChoiceField(label=words.said("kind", kind), choices=LEVELS)
        for pack in rules.packs:
            if pack.optional:
                self.fields[f"pack_{pack.name}"] = forms.BooleanField(
                    label=pack.title, required=False, help_text=f"{pack.source}. Version {pack.version}."
                )

    @property
    def packs(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("pack_")]

    @property
    def levels(self) -> list[forms.BoundField]:
        return [self[f"level_{kind.value}"] for kind in KindOfUse]

    def choices(self) -> Choices:
        said = self.cleaned_data
        off = [name[5:] for name in self.fields if name.startswith("pack_") and not said[name]]
        return replace(
            self._choices,
            off=tuple(off),
            levels={kind: Assurance(int(said[f"level_{kind.value}"])) for kind in KindOfUse},
            level_for_training=Assurance(int(said["level_for_training"])),
            level_for_minors=Assurance(int(said["level_for_minors"])),
            description_words=said["description_words"],
            licence_days=said["licence_days"],
            licence_days_of_minors=said["licence_days_of_minors"],
        )


def _initial(rules: policy.Rules) -> dict[str, Any]:
    choices = rules.choices
    levels = {f"level_{kind.value}": str(level.value) for kind, level in choices.levels.items()}
    on = {f"pack_{pack.name}": pack.name not in choices.off for pack in rules.packs if pack.optional}
    return {
        **levels,
        **on,
        "level_for_training": str(choices.level_for_training.value),
        "level_for_minors": str(choices.level_for_minors.value),
        "description_words": choices.description_words,
        "licence_days": choices.licence_days,
        "licence_days_of_minors": choices.licence_days_of_minors,
    }


def differences(old: policy.Rules, new: policy.Rules) -> list[tuple[str, str, str]]:
    """What a proposal changes among the choices: what, from, to."""
    before, after = _plain(old), _plain(new)
    return [(name, before[name], after[name]) for name in before if before[name] != after[name]]


def _plain(rules: policy.Rules) -> dict[str, str]:
    choices, said = rules.choices, dict(LEVELS)
    levels = {
        f"Level for: {words.said('kind', kind)}": said[str(level.value)] for kind, level in choices.levels.items()
    }
    return {
        "Packs that are off": ", ".join(pack.title for pack in rules.packs if pack.name in choices.off) or "none",
        **levels,
        "Level for training": said[str(choices.level_for_training.value)],
        "Level for minors": said[str(choices.level_for_minors.value)],
        "Words of a description": str(choices.description_words),
        "Days a licence may last": str(choices.licence_days),
        "Days of a minor’s licence": str(choices.licence_days_of_minors),
    }
