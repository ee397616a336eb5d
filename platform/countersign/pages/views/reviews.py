"""Faces that the recogniser is not sure of: a queue, and two faces side by side."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from consent.types import Refusal
from countersign import errors
from countersign.accounts import access
from countersign.accounts.models import Person, Role
from countersign.pages import face_forms
from countersign.pages.doors import signed_in
from countersign.pages.pictures import picture
from countersign.runs import reviews
from countersign.runs.face_models import FaceMoment, FaceReview, FaceVerdict
from countersign.runs.models import FaceTrack


@require_safe
@signed_in
def queue(request: HttpRequest, person: Person) -> HttpResponseBase:
    return render(request, "pages/reviews.html", {"tracks": reviews.waiting(person)})


@signed_in
def review(request: HttpRequest, person: Person, pk: int) -> HttpResponseBase:
    track = _track(person, pk)
    form = face_forms.Review(request.POST or None)
    if form.is_valid():
        verdict = FaceVerdict(form.cleaned_data["verdict"])
        answer = reviews.review(track, verdict=verdict, reason=form.cleaned_data["reason"], by=person)
        if isinstance(answer, Refusal):
            return errors.refusal_page(request, answer, title="This was not taken", back=reverse("reviews"))
        messages.success(request, "Noted, with your name and your reason.")
        return redirect("review", pk=pk)
    theirs = FaceReview.objects.filter(footage=track.footage, track=track.number, sight=reviews.sight(track))
    context = {
        "track": track,
        "form": form if reviews.may(track, by=person) else None,
        "done": reviews.settled(track),
        "said": theirs.select_related("by"),
        "production": track.footage.production,
    }
    return render(request, "pages/review.html", context)


@require_safe
@signed_in
def moment(request: HttpRequest, person: Person, pk: int, number: int) -> HttpResponseBase:
    rows = FaceMoment.objects.filter(track=_track(person, pk))
    found = rows[number - 1 : number].first() if number else None
    return picture(request, bytes(found.picture) if found else b"")


def _track(person: Person, pk: int) -> FaceTrack:
    """A face that is for people to judge, for somebody whose part that is."""
    track = access.fetch(person, FaceTrack, pk)
    access.require(person, track.footage.production, Role.LEGAL, Role.ARTIST)
    if track.best is None:
        raise access.NotYoursError("This face is not for people to judge.")
    return track
