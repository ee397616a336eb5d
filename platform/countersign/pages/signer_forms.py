"""What people fill in about who signs for a performer: signers, the documents that show it, a birth date, a death."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils.text import capfirst

from consent.models import Signatory
from consent.types import Capacity, ProofKind
from countersign.pages.words_of_life import PROOFS, SIGN_AS


class NewSigner(forms.Form):
    name = forms.CharField(label="Their name", max_length=200, help_text="As it is to stand in the terms.")
    capacity = forms.ChoiceField(label="They sign as", choices=[(one, capfirst(said)) for one, said in SIGN_AS.items()])
    union = forms.CharField(label="The union", max_length=60, required=False, help_text="Only where a union signs.")
    agreement = forms.CharField(label="Its agreement", max_length=200, required=False)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("capacity") == Capacity.UNION and not (said.get("union") and said.get("agreement")):
            self.add_error("agreement", "A union signs under an agreement; name both.")
        return said


class NewProof(forms.Form):
    kind = forms.ChoiceField(label="What it is", choices=[(kind.value, PROOFS[kind]) for kind in ProofKind])
    signatory = forms.ModelChoiceField(
        label="Whom it lets sign",
        queryset=Signatory.objects.none(),
        required=False,
        empty_label="Nobody: about the performer",
    )
    document = forms.FileField(label="The document", widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}))
    valid_until = forms.DateField(
        label="Valid through",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="Leave it empty if it does not run out. After that day, consents that stand on it are suspended.",
    )

    def __init__(self, *given: Any, signatories: Any, **how: Any) -> None:
        super().__init__(*given, **how)
        self.fields["signatory"].queryset = signatories  # type: ignore[attr-defined]

    def clean_valid_until(self) -> datetime | None:
        """The first moment after that day, in UTC."""
        day = self.cleaned_data["valid_until"]
        return datetime.combine(day + timedelta(days=1), time.min, UTC) if day else None


class Birth(forms.Form):
    born = forms.DateField(
        label="Born on",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="A guardian signs for a minor, and only until their eighteenth birthday. The log keeps it sealed.",
    )


class Death(forms.Form):
    sure = forms.BooleanField(label="I have seen the death certificate, and it is of this performer")
