"""Who signs for a performer, what shows it, and whether they are of age or have died.

Producer and legal name signers and upload; only legal reads the documents, reviews them and binds certificates. Of a
house with one of each, the producer uploads and legal reviews.
"""

from typing import Any, TypeVar
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from consent import services as consents
from consent.models import Performer, Proof, Signatory
from consent.types import Capacity, ProofKind, Refusal
from countersign import errors, uploads
from countersign.accounts import access
from countersign.accounts.models import Person, Production, Role
from countersign.pages import forms, signer_forms
from countersign.pages.doors import signed_in
from countersign.runs import standing

CREW = (Role.PRODUCER, Role.LEGAL)
Row = TypeVar("Row", Proof, Signatory)


@require_safe
@signed_in
def show(request: HttpRequest, person: Person, pk: UUID, performer_pk: UUID) -> HttpResponseBase:
    return _page(request, person, *access.performer_in(person, pk, performer_pk, *CREW))


@require_POST
@signed_in
def add(request: HttpRequest, person: Person, pk: UUID, performer_pk: UUID) -> HttpResponseBase:
    production, performer = access.performer_in(person, pk, performer_pk, *CREW)
    form = signer_forms.NewSigner(request.POST)
    if not form.is_valid():
        return _page(request, person, production, performer, signer=form)
    said = dict(form.cleaned_data)
    capacity = Capacity(said.pop("capacity"))
    made = consents.add_signatory(performer, capacity=capacity, by=person, **said)
    return _back(request, production, performer, said=f"{made.name} may be named as signer now.")


@require_POST
@signed_in
@uploads.limited(lambda: uploads.DOCUMENT_MAX_BYTES)
def upload(request: HttpRequest, person: Person, pk: UUID, performer_pk: UUID) -> HttpResponseBase:
    production, performer = access.performer_in(person, pk, performer_pk, *CREW)
    form = signer_forms.NewProof(request.POST, request.FILES, signatories=performer.signatories.all())
    if not form.is_valid():
        return _page(request, person, production, performer, proof=form)
    said = dict(form.cleaned_data)
    kind, document = ProofKind(said.pop("kind")), uploads.small(said.pop("document"))
    consents.add_proof(performer, kind=kind, document=document, by=person, **said)
    return _back(request, production, performer, said="Kept. It counts once a second person has approved it.")


@signed_in
@uploads.limited(lambda: uploads.DOCUMENT_MAX_BYTES)
def bind(request: HttpRequest, person: Person, pk: UUID, performer_pk: UUID, signer_pk: UUID) -> HttpResponseBase:
    production, performer = access.performer_in(person, pk, performer_pk, Role.LEGAL)
    signatory = _of(performer, access.fetch(person, Signatory, signer_pk))
    form = forms.Certificate(request.POST or None, request.FILES or None)
    if form.is_valid():
        pem = uploads.small(form.cleaned_data["certificate"])
        answer = consents.bind_signatory(signatory, certificate_pem=pem, by=person)
        said = f"Only this certificate signs for {signatory.name} from now on."
        return _back(request, production, performer, answer=answer, said=said)
    title = f"Certificate of {signatory.name}"
    lead = "Check with them, in person or by video, that the certificate is theirs."
    context = {"form": form, "production": production, "title": title, "lead": lead, "button": "Bind the certificate"}
    return render(request, "pages/form.html", context)


@require_safe
@signed_in
def document(request: HttpRequest, person: Person, pk: UUID, performer_pk: UUID, proof_pk: UUID) -> HttpResponseBase:
    proof = _of(access.performer_in(person, pk, performer_pk, Role.LEGAL)[1], access.fetch(person, Proof, proof_pk))
    headers = {"Content-Disposition": f'attachment; filename="{proof.kind}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(bytes(proof.document), content_type="application/octet-stream", headers=headers)


@require_POST
@signed_in
def review(request: HttpRequest, person: Person, pk: UUID, performer_pk: UUID, proof_pk: UUID) -> HttpResponseBase:
    production, performer = access.performer_in(person, pk, performer_pk, Role.LEGAL)
    proof = _of(performer, access.fetch(person, Proof, proof_pk))
    answer = consents.review_proof(proof, approved=request.POST.get("word") == "approved", by=person)
    return _back(request, production, performer, answer=answer, said="Your word is written down.")


@require_POST
@signed_in
def birth(request: HttpRequest, person: Person, pk: UUID, performer_pk: UUID) -> HttpResponseBase:
    production, performer = access.performer_in(person, pk, performer_pk, Role.LEGAL)
    form = signer_forms.Birth(request.POST)
    if not form.is_valid():
        return _page(request, person, production, performer, birth=form)
    consents.record_birth(performer, born=form.cleaned_data["born"], by=person)
    return _back(request, production, performer, said="The birth date is kept.")


@require_POST
@signed_in
def death(request: HttpRequest, person: Person, pk: UUID, performer_pk: UUID) -> HttpResponseBase:
    production, performer = access.performer_in(person, pk, performer_pk, Role.LEGAL)
    form = signer_forms.Death(request.POST)
    if not form.is_valid():
        return _page(request, person, production, performer, death=form)
    answer = standing.record_death(performer, by=person)
    said = "It is written down. Consents that do not outlive the performer have ended; others wait for the estate."
    return _back(request, production, performer, answer=answer, said=said)


def _page(
    request: HttpRequest, person: Person, production: Production, performer: Performer, **sent: Any
) -> HttpResponseBase:
    """Everything on one page; what was `sent` and does not make sense says why."""
    signatories = performer.signatories.all()
    context = {
        "production": production,
        "performer": performer,
        "role": access.role_in(person, production),
        "me": person,
        "signatories": signatories,
        "proofs": performer.proofs.defer("document").select_related("signatory", "uploaded_by", "reviewed_by"),
        "signer": signer_forms.NewSigner(),
        "proof": signer_forms.NewProof(signatories=signatories),
        "birth": signer_forms.Birth(initial={"born": performer.born}),
        "death": signer_forms.Death(),
        **sent,
    }
    return render(request, "pages/signers.html", context)


def _of(performer: Performer, row: Row) -> Row:
    if row.performer_id != performer.pk:
        raise access.NotYoursError("There is no such document or signer of this performer.")
    return row


def _back(
    request: HttpRequest, production: Production, performer: Performer, *, answer: object = None, said: str
) -> HttpResponseBase:
    back = reverse("signers", args=[production.pk, performer.pk])
    if isinstance(answer, Refusal):
        return errors.refusal_page(request, answer, title="This was refused", back=back)
    messages.success(request, said)
    return redirect(back)
