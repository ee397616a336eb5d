"""Appeals against refusals: written by who was refused, answered by legal."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from consent.types import Refusal
from countersign import errors
from countersign.accounts import access
from countersign.accounts.models import Person, Role
from countersign.pages.doors import signed_in
from countersign.runs import appeals
from countersign.runs.errors import AppealError
from countersign.runs.models import Appeal, Run


class Words(forms.Form):
    words = forms.CharField(
        label="What legal should look at",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="It is logged and answered. It overrides nothing: only a consent or a change of the rules can.",
    )


class Answer(forms.Form):
    words = forms.CharField(label="Your answer", max_length=2000, widget=forms.Textarea(attrs={"rows": 5}))


@require_safe
@signed_in
def index(request: HttpRequest, person: Person) -> HttpResponseBase:
    rows = access.visible(person, Appeal).select_related("run__production", "made_by", "answered_by")
    context = {"open": rows.filter(answered_at=None), "answered": rows.exclude(answered_at=None)}
    return render(request, "rules/appeals.html", context)


@signed_in
def make(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    run = access.fetch(person, Run, pk)
    access.require(person, run.production, Role.PRODUCER, Role.ARTIST)
    form = Words(request.POST or None)
    if form.is_valid():
        try:
            appeal = appeals.make(run, **form.cleaned_data, by=person)
        except AppealError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Legal has your appeal. The answer will stand here.")
            return redirect("appeal", pk=appeal.pk)
    context = {
        "form": form,
        "production": run.production,
        "title": "Appeal to legal",
        "lead": f"About “{run.title}”, which the gate refused. Legal looks at it and answers you.",
        "button": "Send to legal",
    }
    return render(request, "pages/form.html", context)


@signed_in
def answer(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    appeal = access.fetch(person, Appeal, pk)
    form = Answer(request.POST or None)
    if request.method == "POST":
        access.require(person, appeal.run.production, Role.LEGAL)
        if form.is_valid():
            result = appeals.answer(appeal, **form.cleaned_data, by=person)
            if isinstance(result, Refusal):
                back = reverse("appeal", args=[pk])
                return errors.refusal_page(request, result, title="Not answered", back=back)
            return redirect("appeal", pk=pk)
    legal = access.role_in(person, appeal.run.production) is Role.LEGAL
    context = {"appeal": appeal, "form": form, "production": appeal.run.production, "legal": legal}
    return render(request, "rules/appeal.html", context)
