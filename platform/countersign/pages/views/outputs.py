"""What was made: played beside the plate, downloaded, and its standing for anybody who holds a copy."""

from pathlib import Path
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from consent.models import ConsentUse
from countersign.accounts import access
from countersign.accounts.models import Person
from countersign.evidence import services as evidence
from countersign.keeping import looks
from countersign.pages.doors import signed_in
from countersign.pages.pictures import picture
from countersign.ranges import Served, serve
from countersign.runs import services, status
from countersign.runs.models import Footage, Output, OutputState


@require_safe
@signed_in
def show(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    output = access.fetch(person, Output, pk)
    context = {
        "output": output,
        "run": output.run,
        "production": output.run.production,
        "plate": access.visible(person, Footage).filter(pk=output.run.plate_id).first(),
        "role": access.role_in(person, output.run.production),
        "consents": _consents(output),
        "evidence": evidence.open_to(person, output.run),
    }
    return render(request, "pages/output.html", context)


@require_safe
@signed_in
def video(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    """For the player; a copy to keep is `download`. The ledger remembers both."""
    output = access.fetch(person, Output, pk)
    return serve(request, _file(output, looks.at_output(output, by=person)))


@require_safe
@signed_in
def download(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    output = access.fetch(person, Output, pk)
    return serve(request, _file(output, services.open_output(output, by=person), download=True))


@require_safe
@signed_in
def poster(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    return picture(request, bytes(access.fetch(person, Output, pk).poster))


@require_safe
def standing(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Public, named to nobody: whether the consents of an output stand today."""
    output = Output.objects.filter(pk=pk).exclude(published_at=None).first()
    if output is None:
        raise Http404("There is no such output.")
    consents = [{"part": c.part, "stands": c.stands, "sentence": c.sentence} for c in _consents(output)]
    stands = output.state == OutputState.PUBLISHED and bool(consents) and all(c["stands"] for c in consents)
    return _public({"state": output.state, "stands": stands, "consents": consents})


@require_safe
def consent_standing(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The address a manifest names for each consent."""
    found = status.of_consent(pk)
    if not found.known:
        raise Http404("There is no such consent.")
    return _public({"stands": found.stands, "sentence": found.sentence})


def _public(answer: dict[str, object]) -> JsonResponse:
    return JsonResponse(answer, headers={"Access-Control-Allow-Origin": "*", "Cache-Control": "no-cache"})


def _consents(output: Output) -> list[status.ConsentStatus]:
    uses = ConsentUse.objects.filter(run_id=output.run_id).order_by("part")
    return [status.of_consent(use.consent_id, part=use.part) for use in uses]


def _file(output: Output, path: Path, *, download: bool = False) -> Served:
    return Served(
        opens=lambda: path.open("rb"),
        media_type="video/mp4",
        filename=f"{output.run.title}.mp4",
        etag=output.sha256,
        download=download,
    )
