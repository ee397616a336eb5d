"""A performer's face: pictures sent, by the crew or by the performer; confirmed by a second person; rejected."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from consent import services as consents
from consent.enrolment import ProposedFace
from consent.models import ConsentRecord, Performer
from consent.types import ConsentState, Refusal
from countersign import errors, uploads
from countersign.accounts import access
from countersign.accounts.models import Person, Role
from countersign.pages import face_forms
from countersign.pages.doors import signed_in
from countersign.pages.live import fragment
from countersign.pages.pictures import picture
from countersign.runs import enrolling
from countersign.runs.enrolling import Pictures
from countersign.runs.models import Enrolment, EnrolmentState, FaceTrack, Still

SEEN = 6  # faces in clips that are shown beside the pictures


@signed_in
@uploads.limited(lambda: uploads.ENROLMENT_MAX_BYTES)
def enrol(request: HttpRequest, person: Person, pk: UUID, performer_pk: UUID) -> HttpResponseBase:
    """The crew sends pictures: somebody else confirms them, whatever they know."""
    production, performer = access.performer_in(person, pk, performer_pk, Role.PRODUCER)
    form = face_forms.Pictures(request.POST or None, request.FILES or None)
    if form.is_valid():
        enrolment = enrolling.enrol(performer, _sent(form.cleaned_data), by=person)
        return _after(request, enrolment, to=reverse("production", args=[pk]))
    context = {
        "form": form,
        "production": production,
        "title": f"Enrol the face of {performer.name}",
        "lead": f"So that footage of them is recognised. Legal, or {performer.name}, has to confirm the pictures "
        "before they count; they are deleted then.",
        "button": "Send them",
    }
    return render(request, "pages/form.html", context)


@signed_in
@uploads.limited(lambda: uploads.ENROLMENT_MAX_BYTES)
def my_pictures(request: HttpRequest, person: Person) -> HttpResponseBase:
    """The performer sends their own, with the passcode of the day."""
    me = access.own_performer(person)
    form = face_forms.OwnPictures(request.POST or None, request.FILES or None)
    if form.is_valid():
        sent = _sent(form.cleaned_data, passcode=form.cleaned_data["passcode"])
        return _after(request, enrolling.enrol(me, sent, by=person), to=reverse("my-pictures"))
    return _mine(request, me, form)


@require_POST
@signed_in
def passcode(request: HttpRequest, person: Person) -> HttpResponseBase:
    """Told once, on this page and nowhere else."""
    me = access.own_performer(person)
    code = consents.make_passcode(me, by=person, now=timezone.now())
    return _mine(request, me, face_forms.OwnPictures(), passcode=code)


@require_safe
@signed_in
def compare(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    """The pictures side by side with what else is known of the performer, for who confirms them."""
    enrolment = access.enrolment_to_confirm(person, pk)
    performer = enrolment.performer
    proposed = ProposedFace.objects.filter(pk=pk).first()
    context = {
        "enrolment": enrolment,
        "performer": performer,
        "numbers": range(1, enrolment.stills.count() + 1) if enrolment.state == EnrolmentState.MEASURED else (),
        "seen": _seen(performer),
        "doubles": Performer.objects.filter(pk__in=proposed.looks_like if proposed else ()),
        "papers": _papers(performer),
        "mine": performer.person_id == person.pk,
        "sent_by_me": enrolment.asked_by_id == person.pk != performer.person_id,
    }
    return render(request, "pages/enrolment.html", context)


@require_safe
@signed_in
def still(request: HttpRequest, person: Person, pk: UUID, number: int) -> HttpResponseBase:
    enrolment = access.enrolment_to_confirm(person, pk)
    measured = Still.objects.filter(enrolment=enrolment, enrolment__state=EnrolmentState.MEASURED)
    found = measured[number - 1 : number].first() if number else None
    return picture(request, bytes(found.picture) if found else b"")


@require_POST
@signed_in
def confirm(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    answer = enrolling.confirm(access.enrolment_to_confirm(person, pk), by=person)
    return _answered(request, answer, pk, said="Confirmed. Footage is searched for this face from now on.")


@require_POST
@signed_in
def reject(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    answer = enrolling.reject(access.enrolment_to_confirm(person, pk), by=person)
    return _answered(request, answer, pk, said="Rejected. The measured face and the pictures are deleted.")


@require_safe
@signed_in
def progress(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    """The fragment that a card polls while a face is measured."""
    performer = access.fetch(person, Performer, pk)
    latest = performer.enrolments.first()
    moving = latest is not None and latest.state in (EnrolmentState.WAITING, EnrolmentState.WORKING)
    return fragment(request, "parts/enrolment.html", {"performer": performer, "enrolment": latest}, moving=moving)


def _sent(fields: dict[str, Any], *, passcode: str = "") -> Pictures:
    if fields["clip"]:
        return Pictures(clip=uploads.small(fields["clip"], uploads.SITTING_MAX_BYTES), passcode=passcode)
    stills = [uploads.small(still, uploads.STILL_MAX_BYTES) for still in fields["stills"]]
    return Pictures(stills=stills, passcode=passcode)


def _after(request: HttpRequest, enrolment: Enrolment, *, to: str) -> HttpResponseBase:
    name = enrolment.performer.name
    if enrolment.state == EnrolmentState.REFUSED:
        context = {"title": f"{name} was not enrolled", "reasons": enrolment.refusal, "back": request.path}
        return render(request, "refused.html", context, status=422)
    messages.success(request, f"The pictures of {name} are being measured; then they have to be confirmed.")
    return redirect(to)


def _mine(request: HttpRequest, me: Performer, form: face_forms.OwnPictures, *, passcode: str = "") -> HttpResponseBase:
    released = consents.has_biometric_release(me)
    context = {"me": me, "form": form, "passcode": passcode, "released": released, "enrolment": me.enrolments.first()}
    return render(request, "pages/my_pictures.html", context)


def _answered(request: HttpRequest, answer: Enrolment | Refusal, pk: UUID, *, said: str) -> HttpResponse:
    if isinstance(answer, Refusal):
        return errors.refusal_page(request, answer, title="Not done", back=reverse("enrolment-compare", args=[pk]))
    messages.success(request, said)
    return redirect("enrolment-compare", pk=pk)


def _seen(performer: Performer) -> Any:
    tracks = FaceTrack.objects.filter(performer=performer).exclude(thumbnail=b"").select_related("footage")
    return tracks.order_by("-score")[:SEEN]


def _papers(performer: Performer) -> Any:
    standing = ConsentRecord.objects.filter(performer=performer, state=ConsentState.ACTIVE)
    return standing.select_related("production").defer("offered_pdf", "signed_pdf")
