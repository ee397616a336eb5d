"""Clips: added, looked at, played."""

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.views.decorators.http import require_safe

from consent import services as consents
from countersign import uploads
from countersign.accounts import access
from countersign.accounts.models import Person, Production, Role
from countersign.keeping import looks
from countersign.pages import forms
from countersign.pages.doors import signed_in
from countersign.pages.live import fragment
from countersign.pages.pictures import picture
from countersign.ranges import Served, serve
from countersign.runs import services
from countersign.runs.models import FaceTrack, Footage, FootageState

MOVING = (FootageState.RECEIVED, FootageState.EXAMINING)


@signed_in
@uploads.limited(lambda: settings.FOOTAGE_MAX_BYTES)
def add(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    production = access.fetch(person, Production, pk)
    access.require(person, production, Role.PRODUCER, Role.ARTIST)
    form = forms.NewFootage(request.POST or None, request.FILES or None)
    if form.is_valid():
        footage = services.add_footage(production, **form.cleaned_data, by=person)
        return redirect("footage", pk=footage.pk)
    context = {
        "form": form,
        "production": production,
        "title": "Add footage",
        "lead": "The clip is hashed, then looked at for faces. Nothing is made of it without consent.",
        "button": "Upload the clip",
        "limit": settings.FOOTAGE_MAX_BYTES,
    }
    return render(request, "pages/form.html", context)


@require_safe
@signed_in
def show(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    footage = access.fetch(person, Footage, pk)
    role = access.role_in(person, footage.production)
    return render(request, "pages/footage.html", {"footage": footage, "production": footage.production, "role": role})


@require_safe
@signed_in
def progress(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    footage = access.fetch(person, Footage, pk)
    part = "parts/footage_card_line.html" if "card" in request.GET else "parts/examination.html"
    return fragment(request, part, {"footage": footage}, moving=footage.state in MOVING)


@require_safe
@signed_in
def poster(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    return picture(request, bytes(access.fetch(person, Footage, pk).poster))


@require_safe
@signed_in
def video(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    footage = access.fetch(person, Footage, pk)
    if footage.state not in (FootageState.READY, FootageState.DESTROYED):
        raise access.NotYoursError("This clip cannot be played.")
    clip = looks.at_footage(footage, by=person)
    file = Served(
        opens=lambda: clip, media_type=footage.media_type, filename=f"{footage.title}.mp4", etag=footage.sha256
    )
    return serve(request, file)


@require_safe
@signed_in
def face(request: HttpRequest, person: Person, pk: int) -> HttpResponseBase:
    """A face of somebody who withdrew is not shown any more, to anybody."""
    track = access.fetch(person, FaceTrack, pk)
    shown = track.performer is None or consents.may_be_shown(track.performer, production=track.footage.production)
    if not shown or not track.thumbnail:
        return redirect(static("pages/nobody.svg"))
    return picture(request, bytes(track.thumbnail))
