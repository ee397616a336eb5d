"""A consent's way through the house: offered, signed, withdrawn. Approval is legal's (`legal`)."""

from uuid import UUID

from csp.decorators import csp_replace, csp_update
from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from consent import services as consents
from consent.errors import ConsentError
from consent.export import Form
from consent.models import ConsentRecord
from consent.services import signing
from consent.types import ConsentState, Refusal
from countersign import errors, keys, papers, signatures, sureness, uploads
from countersign.accounts import access
from countersign.accounts.models import Person, Production, Role
from countersign.keeping import looks
from countersign.pages import answers, forms, offers, timeline
from countersign.pages.doors import signed_in
from countersign.pages.views import life
from countersign.pages.views.signatures import given
from countersign.runs.models import OPEN_STATES, Output, Run

HOLDS = "The signature holds and the terms are ours. Now somebody from legal has to approve it."
SEALED = "The platform’s seal holds and the terms are ours. Now the performer has to confirm it with their passkey."


@signed_in
@uploads.limited(lambda: offers.SCRIPT_MAX_BYTES)
def offer(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    production, form = _offered(request, person, pk)
    said = form.said()
    if form.is_valid():
        fields = dict(form.cleaned_data)
        performer = fields.pop("performer")
        try:
            record = papers.offered(production, performer=performer, fields=fields, by=person)
        except ConsentError as error:
            form.explain(error)
        else:
            messages.success(request, "The document is ready. Download it and send it to the performer to sign.")
            return redirect("consent", pk=record.pk)
    context = {
        "form": form,
        "production": production,
        "needs": papers.needs(said),
    }
    return render(request, "pages/consent_new.html", context)


@require_POST
@signed_in
def needs(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    """What the law and the union's agreement ask of the terms that are filled in so far, and why; nothing is kept."""
    _, form = _offered(request, person, pk)
    return render(request, "parts/needs.html", {"needs": papers.needs(form.said())})


def _offered(request: HttpRequest, person: Person, pk: UUID) -> tuple[Production, offers.NewConsent]:
    production = access.fetch(person, Production, pk)
    access.require(person, production, Role.PRODUCER)
    performers = access.performers(person, production)
    sent = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    return production, offers.NewConsent(*sent, performers=performers, initial=request.GET.dict())


@csp_update({"frame-src": ["'self'"]})
@require_safe
@signed_in
def show(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    record = access.fetch(person, ConsentRecord, pk)
    mine = record.performer.person_id == person.pk
    role = access.role_in(person, record.production)
    context = {
        "record": record,
        "role": role,
        "mine": mine,
        "form": forms.SignedDocument(),
        "scan_form": forms.Scan(),
        "credential_form": forms.Credential(),
        "sure": sureness.of(record),
        "production": record.production,
        "versions": _versions(person, record),
        "stations": timeline.of(record),
        "acts": life.acts(record, role=role, mine=mine),
        "to_sign": mine and signing.waits(record) is not None,
        "must_sign": role is Role.LEGAL and signatures.must_sign(person),
    }
    return render(request, "pages/consent.html", context)


def _versions(person: Person, record: ConsentRecord) -> "QuerySet[ConsentRecord]":
    """The other consents of the same performer for the same production."""
    same = access.visible(person, ConsentRecord).filter(production=record.production_id, performer=record.performer_id)
    return same.exclude(pk=record.pk).defer("offered_pdf", "signed_pdf")


@xframe_options_sameorigin
@csp_replace({"frame-ancestors": ["'self'"]})
@require_safe
@signed_in
def document(request: HttpRequest, person: Person, pk: UUID, version: str) -> HttpResponseBase:
    paper = looks.at_consent(access.fetch(person, ConsentRecord, pk), version=version, by=person)
    way = content_disposition_header("download" in request.GET, paper.filename) or "inline"
    headers = {"Content-Disposition": way, "X-Content-Type-Options": "nosniff"}
    return HttpResponse(paper.content, content_type=paper.content_type, headers=headers)


@require_safe
@signed_in
def export(request: HttpRequest, person: Person, pk: UUID, form: str) -> HttpResponseBase:
    """The consent for other systems: a record or a receipt by ISO/IEC TS 27560."""
    record = access.fetch(person, ConsentRecord, pk)
    access.require_holder(person, record)
    if form not in tuple(Form):
        raise Http404("There is no such export.")
    paper = looks.at_export(record, form=Form(form), by=person)
    headers = {"Content-Disposition": content_disposition_header(True, paper.filename) or "attachment"}
    return HttpResponse(paper.content, content_type=paper.content_type, headers=headers)


@signed_in
@uploads.limited(lambda: 2 * uploads.DOCUMENT_MAX_BYTES)
@require_POST
def register(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    record = access.fetch(person, ConsentRecord, pk)
    access.require(person, record.production, Role.PRODUCER)
    form = forms.SignedDocument(request.POST, request.FILES)
    if not form.is_valid():
        context = {
            "record": record,
            "role": Role.PRODUCER,
            "mine": False,
            "form": form,
            "production": record.production,
        }
        return render(request, "pages/consent.html", context, status=400)
    pdf, also = uploads.small(form.cleaned_data["document"]), form.cleaned_data["completion"]
    completion = uploads.small(also) if also else b""
    result = consents.register(record, pdf=pdf, by=person, pins=keys.pins(settings.KEYS), completion=completion)
    if isinstance(result, Refusal):
        return errors.refusal_page(
            request, result, title="This document was not accepted", back=reverse("consent", args=[pk])
        )
    messages.success(request, HOLDS if result.state == ConsentState.VERIFIED else SEALED)
    return redirect("consent", pk=pk)


@signed_in
def withdraw(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    """Two clicks: this page says what will happen, its button does it."""
    record = access.fetch(person, ConsentRecord, pk)
    access.require_withdrawer(person, record)
    form = forms.Withdrawal(request.POST or None)
    if request.method == "POST" and form.is_valid():
        answer = answers.Answer(request.POST)
        reason, signed = form.cleaned_data["reason"], given(answer) if answer.is_valid() else None
        result = signatures.withdraw(record, by=person, reason=reason, given=signed)
        if isinstance(result, Refusal):
            return errors.refusal_page(request, result, title="Not withdrawn", back=reverse("consent", args=[pk]))
        whose = "Your consent" if record.performer.person_id == person.pk else f"{record.performer.name}’s consent"
        messages.success(request, f"{whose} is withdrawn. Work under it has stopped.")
        return redirect("consent", pk=pk)
    context = {"form": form, "record": record, "passkey": person.passkeys.filter(removed_at=None).exists()}
    return render(request, "pages/withdraw.html", {**context, **_touched(person, record)})


def _touched(person: Person, record: ConsentRecord) -> dict[str, object]:
    """What a withdrawal reaches: runs still going and outputs already out."""
    used = record.uses.values("run_id")
    return {
        "open_runs": access.visible(person, Run).filter(pk__in=used, state__in=OPEN_STATES),
        "outputs": access.visible(person, Output).filter(run__in=used).select_related("run"),
    }
