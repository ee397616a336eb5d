"""Legal: consents to approve, and the ledger recomputed."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from consent.models import ConsentRecord
from consent.types import ConsentState, Refusal, Way
from countersign import errors, signatures
from countersign.accounts import access
from countersign.accounts.models import Person, Role
from countersign.pages import answers, faces
from countersign.pages.doors import signed_in
from countersign.pages.views.passkeys import asked
from countersign.pages.views.signatures import given


@require_safe
@signed_in
def desk(request: HttpRequest, person: Person) -> HttpResponseBase:
    mine = access.visible(person, ConsentRecord).filter(
        production__memberships__person=person, production__memberships__role=Role.LEGAL
    )
    rows = mine.select_related("performer", "production")
    context = {
        **faces.waiting(person),
        "houses": sorted({one.organisation for one in access.legal_of(person)}, key=lambda house: house.name),
        "waiting": rows.filter(state=ConsentState.VERIFIED),
        "scans": rows.filter(state=ConsentState.SIGNED, way=Way.SCAN, reviewed_by=None),
        "others": rows.exclude(state=ConsentState.VERIFIED),
    }
    return render(request, "pages/legal.html", context)


@require_POST
@signed_in
def approve(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    record = access.fetch(person, ConsentRecord, pk)
    access.require(person, record.production, Role.LEGAL)
    form = answers.Answer(request.POST)
    result = signatures.approve(record, by=person, given=given(form) if form.is_valid() else None)
    if isinstance(result, Refusal):
        return errors.refusal_page(request, result, title="Not approved", back=reverse("consent", args=[pk]))
    messages.success(request, f"Approved. The consent of {record.performer.name} stands from now on.")
    return redirect("consent", pk=pk)


@require_POST
@signed_in
def approve_options(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    record = access.fetch(person, ConsentRecord, pk)
    access.require(person, record.production, Role.LEGAL)
    return asked(signatures.ask_to_approve(record, by=person))
