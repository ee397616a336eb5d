"""A production: who consents, who is known, what was filmed, what is being made."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from consent import services as consents
from consent.models import ConsentRecord, Performer
from countersign.accounts import access
from countersign.accounts.models import Person, Production, Role
from countersign.pages import forms
from countersign.pages.doors import signed_in
from countersign.runs.models import Footage, Output, Run


@require_safe
@signed_in
def show(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    production = access.fetch(person, Production, pk)
    role = access.role_in(person, production)
    if role is None:  # a performer whose consent is for this production
        return redirect("my-face")
    context = {
        "production": production,
        "role": role,
        "consents": access.visible(person, ConsentRecord).filter(production=production).select_related("performer"),
        "performers": _performers(person, production),
        "footage": access.visible(person, Footage).filter(production=production).prefetch_related("tracks__performer"),
        "runs": access.visible(person, Run)
        .filter(production=production)
        .select_related("likeness", "plate", "plate_performer"),
        "outputs": access.visible(person, Output).filter(run__production=production).select_related("run"),
    }
    return render(request, "pages/production.html", context)


@signed_in
def add_performer(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    production = access.fetch(person, Production, pk)
    access.require(person, production, Role.PRODUCER)
    form = forms.NewPerformer(request.POST or None)
    if form.is_valid():
        name = form.cleaned_data["name"].strip()
        if Performer.objects.filter(organisation=production.organisation, name=name).exists():
            form.add_error("name", f"{production.organisation} already knows a performer of this name.")
        else:
            consents.add_performer(production.organisation, name=name, by=person)
            messages.success(request, f"{name} was added. Next: offer them a consent.")
            return redirect("production", pk=pk)
    context = {"form": form, "production": production, "title": "Add a performer", "button": "Add the performer"}
    return render(request, "pages/form.html", context)


def _performers(person: Person, production: Production) -> list[Performer]:
    rows = access.visible(person, Performer).filter(organisation=production.organisation)
    return list(rows.prefetch_related("enrolments").order_by("name"))
