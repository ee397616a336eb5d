"""Consents signed elsewhere than in the document or on this site: scans, and what wallets give."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from consent import services as consents
from consent.errors import ConsentError
from consent.models import ConsentRecord
from consent.types import Refusal
from countersign import errors, keys, uploads
from countersign.accounts import access
from countersign.accounts.models import Person, Role
from countersign.pages import forms
from countersign.pages.doors import signed_in

NO_FILE = "Choose a file first."


@signed_in
@uploads.limited(lambda: uploads.DOCUMENT_MAX_BYTES)
@require_POST
def scan(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    record = access.fetch(person, ConsentRecord, pk)
    access.require(person, record.production, Role.PRODUCER)
    form = forms.Scan(request.POST, request.FILES)
    if not form.is_valid():
        return _again(request, pk)
    result = consents.register_scan(record, scan=uploads.small(form.cleaned_data["scan"]), by=person)
    done = "The scan is kept. Now legal compares it, and the performer confirms it; until then it permits nothing."
    return _answer(request, result, pk=pk, done=done)


@signed_in
@uploads.limited(lambda: uploads.DOCUMENT_MAX_BYTES)
@require_POST
def credential(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    record = access.fetch(person, ConsentRecord, pk)
    access.require(person, record.production, Role.PRODUCER)
    form = forms.Credential(request.POST, request.FILES)
    if not form.is_valid():
        return _again(request, pk)
    desk = consents.Desk(pins=keys.pins(settings.KEYS), site=settings.SITE_URL)
    given = uploads.small(form.cleaned_data["credential"])
    result = consents.register_credential(record, credential=given, by=person, desk=desk)
    return _answer(
        request, result, pk=pk, done="It is the performer’s, and for this consent. Now legal has to approve it."
    )


@require_POST
@signed_in
def review(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    record = access.fetch(person, ConsentRecord, pk)
    access.require(person, record.production, Role.LEGAL)
    fits = request.POST.get("fits") == "yes"
    result = consents.review(record, fits=fits, by=person)
    done = "Compared. Now the performer has to confirm it." if fits else "Sent back. Another document is waited for."
    return _answer(request, result, pk=pk, done=done)


@signed_in
def key(request: HttpRequest, person: Person, pk: UUID, performer_pk: UUID) -> HttpResponseBase:
    production, performer = access.performer_in(person, pk, performer_pk, Role.LEGAL)
    form = forms.Key(request.POST or None, request.FILES or None)
    if form.is_valid():
        try:
            result = consents.bind_key(performer, jwk=uploads.small(form.cleaned_data["key"]), by=person)
        except ConsentError as error:
            form.add_error("key", str(error))
        else:
            back = reverse("production", args=[pk])
            if isinstance(result, Refusal):
                return errors.refusal_page(request, result, title="This key was not bound", back=back)
            messages.success(request, f"The key is {performer.name}’s from now on.")
            return redirect(back)
    context = {
        "form": form,
        "production": production,
        "title": f"Key of {performer.name}",
        "lead": "Check with the performer, in person or by video, that the key is theirs.",
        "button": "Bind the key",
    }
    return render(request, "pages/form.html", context)


def _again(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    messages.error(request, NO_FILE)
    return redirect("consent", pk=pk)


def _answer(request: HttpRequest, result: ConsentRecord | Refusal, *, pk: UUID, done: str) -> HttpResponseBase:
    if isinstance(result, Refusal):
        back = reverse("consent", args=[pk])
        return errors.refusal_page(request, result, title="This was not accepted", back=back)
    messages.success(request, done)
    return redirect("consent", pk=pk)
