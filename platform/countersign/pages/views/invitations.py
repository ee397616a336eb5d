"""Inviting a performer, and what the invited person sees: who asks, for what, and a button for their passkey."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from consent.models import ConsentRecord
from consent.types import ConsentState, Refusal
from countersign import errors
from countersign.accounts import access, invitations, signing_in
from countersign.accounts.invitations import Guest
from countersign.accounts.models import Invitation, Person, Role
from countersign.pages import answers
from countersign.pages.doors import signed_in
from countersign.pages.views.passkeys import asked


@signed_in
def invite(request: HttpRequest, person: Person, pk: UUID, performer_pk: UUID) -> HttpResponseBase:
    production, performer = access.performer_in(person, pk, performer_pk, Role.PRODUCER, Role.LEGAL)
    waiting = Invitation.objects.filter(performer=performer, revoked_at=None, opened_at=None).first()
    form = answers.Invite(request.POST or None, initial={"email": waiting.email if waiting else ""})
    context = {"form": form, "production": production, "performer": performer, "waiting": waiting}
    if form.is_valid():
        sent = invitations.invite(performer, production, email=form.cleaned_data["email"], by=person)
        if isinstance(sent, Refusal):
            back = reverse("production", args=[pk])
            return errors.refusal_page(request, sent, title=f"{performer.name} was not invited", back=back)
        context |= {"sent": invitations.mail(sent), "waiting": None}
    return render(request, "pages/invite.html", context)


@require_POST
@signed_in
def revoke(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    invitation = access.fetch(person, Invitation, pk)
    access.require(person, invitation.production, Role.PRODUCER, Role.LEGAL)
    invitations.revoke(invitation, by=person)
    messages.success(request, "The invitation is taken back; its link opens nothing any more.")
    return redirect("production", pk=invitation.production_id)


@never_cache
def opened(request: HttpRequest, token: str) -> HttpResponseBase:
    invitation = invitations.found(token)
    new = answers.NewPasskey(request.POST or None)
    if request.method == "POST" and new.is_valid():
        return _accept(request, invitation, new, token=token)
    reason = invitations.against(invitation, _whom(request))
    if reason:
        return _refused(request, Refusal(reasons=(reason,), decided_at=invitation.made_at))
    offered = ConsentRecord.objects.filter(production=invitation.production, performer=invitation.performer)
    context = {
        "invitation": invitation,
        "token": token,
        "new": new,
        "guest": answers.Guest(),
        "offered": offered.filter(state=ConsentState.OFFERED),
    }
    return render(request, "pages/invitation.html", context)


@never_cache
@require_POST
def options(request: HttpRequest, token: str) -> HttpResponseBase:
    invitation = invitations.found(token)
    try:
        signing_in.count_question(request)
    except signing_in.TooManyTriesError as error:
        return JsonResponse({"detail": str(error)}, status=429)
    guest = _guest(request, invitation)
    if guest is None:
        return JsonResponse({"detail": "Please write your e-mail address first."}, status=400)
    return asked(invitations.ask(invitation, guest))


def _accept(request: HttpRequest, invitation: Invitation, new: answers.NewPasskey, *, token: str) -> HttpResponseBase:
    guest, said = _guest(request, invitation), new.cleaned_data
    if guest is None:
        return redirect("invitation", token=token)
    answer = {"pk": said["ceremony"], "response": said["credential"], "label": said["label"]}
    person = invitations.accept(invitation, guest, **answer)
    if isinstance(person, Refusal):
        return _refused(request, person)
    if guest.person is None:
        signing_in.enter(request, person, way="invitation")
    messages.success(request, "Welcome. Legal will confirm that it is you; after that, your passkey signs for you.")
    return redirect("my-face")


def _guest(request: HttpRequest, invitation: Invitation) -> Guest | None:
    """Whoever is signed in, or somebody new by the address that was invited, else by their own."""
    address, person = signing_in.address(request), _whom(request)
    if person or invitation.email:
        return Guest(person=person, email=invitation.email, address=address)
    form = answers.Guest(request.POST)
    return Guest(person=None, email=form.cleaned_data["email"], address=address) if form.is_valid() else None


def _whom(request: HttpRequest) -> Person | None:
    return request.user if isinstance(request.user, Person) else None


def _refused(request: HttpRequest, refusal: Refusal) -> HttpResponseBase:
    return errors.refusal_page(request, refusal, title="This invitation cannot be used", back=reverse("landing"))
