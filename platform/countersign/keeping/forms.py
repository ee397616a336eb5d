"""What legal fills in about holds and schedules."""

from typing import Any

from django import forms

from countersign.accounts.models import Production
from countersign.keeping import subjects
from countersign.keeping.schedule import EVENTS, MOST_DAYS, Since, Terms, What


class NewHold(forms.Form):
    subject = forms.ChoiceField(
        label="What is held",
        help_text="A hold on a performer or a production keeps everything under it, a hold on a run its clips, its "
        "output and the consents it used.",
    )
    reason = forms.CharField(
        label="Why",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="For whoever has to judge later whether the reason is gone. It stays with legal.",
    )

    def __init__(self, *args: Any, production: Production, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["subject"].choices = subjects.choices(production)  # type: ignore[attr-defined]


class NewSchedule(forms.Form):
    since = forms.ChoiceField(label="Counted from the day when", widget=forms.RadioSelect)
    days = forms.IntegerField(
        label="Destroyed after so many days", min_value=0, max_value=MOST_DAYS, help_text="A year is 365, ten are 3650."
    )
    law = forms.CharField(
        label="The law that requires keeping them until then, if one does",
        max_length=200,
        required=False,
        help_text="Named here, it is also kept from an erasure that a performer asks for. Leave it empty otherwise.",
    )

    def __init__(self, *args: Any, what: What, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.what = what
        self.fields["since"].choices = [(e.value, e.label) for e in EVENTS[what]]  # type: ignore[attr-defined]
        self.fields["since"].initial = EVENTS[what][0].value
        if what is not What.DOCUMENTS:
            del self.fields["law"]

    def terms(self) -> Terms:
        said = self.cleaned_data
        return Terms(
            what=self.what, since=Since(said["since"]), days=said["days"], law=str(said.get("law", "")).strip()
        )
