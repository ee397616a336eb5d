"""Signing a consent with a passkey: the document, what it says in plain words beside it, and one button."""

from collections.abc import Sequence
from uuid import UUID

from csp.decorators import csp_update
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from consent.models import ConsentRecord
from consent.services import signing
from consent.types import Refusal
from countersign import errors, signatures
from countersign.accounts import access
from countersign.accounts.models import Person
from countersign.pages import answers
from countersign.pages.doors import signed_in
from countersign.pages.views.passkeys import asked
from countersign.signatures import Given


@csp_update({"frame-src": ["'self'"]})
@signed_in
def sign(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    records = _records(person, pk, request.POST.getlist("also") or request.GET.getlist("also"))
    form = answers.Answer(request.POST or None)
    if form.is_valid():
        return _signed(request, person, records, given(form))
    record = records[0]
    purpose = signing.waits(record)
    if purpose is None:
        return redirect("consent", pk=pk)
    context = {
        "record": record,
        "production": record.production,
        "leaves": signatures.leaves(records),
        "also": [row.pk for row in records[1:]],
        "others": [row for row in signatures.beside(record) if row not in records],
        "saw": signatures.seen(records, purpose=purpose),
        "purpose": purpose.value,
        "version": "offered" if purpose is purpose.SIGN else "signed",
    }
    return render(request, "pages/sign.html", context)


@require_POST
@signed_in
def sign_options(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    records = _records(person, pk, request.POST.getlist("also"))
    return asked(signatures.ask_to_sign(records, saw=request.POST.get("saw", ""), by=person))


@require_POST
@signed_in
def withdraw_options(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    record = access.fetch(person, ConsentRecord, pk)
    access.require_withdrawer(person, record)
    return asked(signatures.ask_to_withdraw(record, by=person))


def given(form: answers.Answer) -> Given:
    return Given(ceremony=form.cleaned_data["ceremony"], response=form.cleaned_data["credential"])


def _signed(request: HttpRequest, person: Person, records: Sequence[ConsentRecord], answer: Given) -> HttpResponseBase:
    result = signatures.sign(records, answer, by=person)
    if isinstance(result, Refusal):
        back = reverse("consent-sign", args=[records[0].pk])
        return errors.refusal_page(request, result, title="Nothing was signed", back=back)
    messages.success(request, "Signed. The platform seals the document now; then somebody from legal looks at it.")
    return redirect("consent", pk=records[0].pk)


def _records(person: Person, pk: UUID, also: Sequence[str]) -> list[ConsentRecord]:
    """The consent and those that are signed with it, all the person's own to sign. Raises AccessError."""
    found = [access.fetch(person, ConsentRecord, one) for one in dict.fromkeys((str(pk), *also))]
    for record in found:
        access.require_performer(person, record, to="sign")
    return found
