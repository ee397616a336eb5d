"""A performer as the production knows them: their certificate, their picture."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from consent import services as consents
from consent.errors import ConsentError
from consent.models import Performer
from consent.types import Refusal
from countersign import errors, uploads
from countersign.accounts import access
from countersign.accounts.models import Person, Production, Role
from countersign.pages import forms
from countersign.pages.doors import signed_in
from countersign.pages.pictures import picture


@signed_in
@uploads.limited(lambda: uploads.DOCUMENT_MAX_BYTES)
def certificate(request: HttpRequest, person: Person, pk: UUID, performer_pk: UUID) -> HttpResponseBase:
    production, performer = access.performer_in(person, pk, performer_pk, Role.LEGAL)
    form = forms.Certificate(request.POST or None, request.FILES or None)
    if form.is_valid():
        return _bind(request, person, production, performer=performer, form=form)
    context = {
        "form": form,
        "production": production,
        "title": f"Certificate of {performer.name}",
        "lead": "Check with the performer, in person or by video, that the certificate is theirs.",
        "button": "Bind the certificate",
    }
    return render(request, "pages/form.html", context)


def _bind(
    request: HttpRequest, person: Person, production: Production, *, performer: Performer, form: forms.Certificate
) -> HttpResponseBase:
    try:
        pem = uploads.small(form.cleaned_data["certificate"])
        result = consents.bind_certificate(performer, certificate_pem=pem, by=person)
    except ConsentError as error:
        return render(request, "error.html", {"title": "This is no certificate", "sentence": str(error)}, status=422)
    if isinstance(result, Refusal):
        back = reverse("production", args=[production.pk])
        return errors.refusal_page(request, result, title="This certificate was not bound", back=back)
    messages.success(request, f"Only this certificate signs for {performer.name} from now on.")
    return redirect("production", pk=production.pk)


@require_safe
@signed_in
def portrait(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    return picture(request, bytes(access.fetch(person, Performer, pk).portrait))
