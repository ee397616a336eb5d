"""Runs: asked for, watched, stopped."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from consent.models import ConsentRecord
from consent.types import ConsentState
from countersign.accounts import access
from countersign.accounts.models import Person, Production, Role
from countersign.evidence import services as evidence
from countersign.pages import line
from countersign.pages.doors import signed_in
from countersign.pages.live import fragment
from countersign.pages.run_forms import NewRun
from countersign.runs import services
from countersign.runs.errors import OrderError
from countersign.runs.models import OPEN_STATES, Footage, FootageState, Output, Run
from countersign.runs.requests import DEFAULT_PARAMETERS, declaring
from provenance.types import Json


@signed_in
def start(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    production = access.fetch(person, Production, pk)
    access.require(person, production, Role.PRODUCER)
    performers = access.performers(person, production)
    clips = access.visible(person, Footage).filter(production=production, state=FootageState.READY)
    clips = clips.prefetch_related("tracks__performer")
    consented = _consented(person, production)
    form = NewRun(request.POST or None, performers=performers, clips=clips, media=consented["media"])
    if form.is_valid():
        try:
            return redirect("run", pk=services.start(_order(form.cleaned_data), by=person).pk)
        except OrderError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
    context = {"form": form, "production": production, "clips": clips, "scenes": consented["scenes"]}
    return render(request, "pages/run_new.html", context)


@require_safe
@signed_in
def show(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    run = access.fetch(person, Run, pk)
    context = {
        "run": run,
        "steps": line.steps(run),
        "pairs": (
            ("The face shown", run.likeness, run.footage),
            ("The performer in the shot", run.plate_performer, run.plate),
        ),
        "output": access.visible(person, Output).filter(run=run).first(),
        "destroyed": Output.objects.filter(run=run).exclude(destroyed_at=None).first(),
        "role": access.role_in(person, run.production),
        "clips_visible": access.visible(person, Footage).filter(pk=run.plate_id).exists(),
        "production": run.production,
        "evidence": evidence.open_to(person, run),
    }
    return render(request, "pages/run.html", context)


@require_safe
@signed_in
def progress(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    run = access.fetch(person, Run, pk)
    part = "parts/run_card_line.html" if "card" in request.GET else "parts/run_line.html"
    return fragment(request, part, {"run": run, "steps": line.steps(run)}, moving=run.state in OPEN_STATES)


@require_POST
@signed_in
def stop(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    run = access.fetch(person, Run, pk)
    access.require(person, run.production, Role.PRODUCER)
    services.stop(run, by=person)
    return redirect("run", pk=pk)


def _order(fields: dict[str, Any]) -> services.Order:
    seconds = fields.pop("seconds")
    parameters: dict[str, Json] = {**DEFAULT_PARAMETERS, "seconds": seconds}
    if alone := sorted(face.number for face in fields.pop("exclude") if face.footage_id == fields["plate"].pk):
        parameters["exclude"] = list(alone)
    return services.Order(**declaring({**fields, "parameters": parameters}))


def _consented(person: Person, production: Production) -> dict[str, list[str]]:
    """Scenes and media named in consents that stand, to choose from."""
    active = access.visible(person, ConsentRecord).filter(production=production, state=ConsentState.ACTIVE)
    terms = list(active.values_list("terms", flat=True))
    return {name: sorted({item for one in terms for item in one.get(name, [])} - {"*"}) for name in ("scenes", "media")}
