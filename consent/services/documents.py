"""The life of one consent: drafted, signed and verified, approved by a second person, withdrawn."""

import secrets as chance
import uuid
from dataclasses import asdict
from datetime import datetime
from hashlib import sha256
from typing import Any, Protocol

from django.db import transaction
from django.utils import timezone

from consent import pades, record, typeset
from consent.errors import ConsentError, TermsError
from consent.models import ConsentRecord, Performer
from consent.services import people, secrets
from consent.services.entries import Somebody, codes, note
from consent.types import Assurance, ConsentState, Offer, Reason, ReasonCode, Refusal, Terms, Way
from provenance.types import EntryKind, Json, Sealed


class Production(Protocol):
    """What a consent needs to know of a production."""

    @property
    def pk(self) -> Any: ...
    @property
    def title(self) -> Any: ...
    @property
    def organisation_id(self) -> Any: ...
    @property
    def organisation(self) -> Any: ...


@transaction.atomic
def draft(production: Production, *, performer: Performer, offer: Offer, by: Somebody) -> ConsentRecord:
    """The document to be signed. Raises TermsError or TypesetError for terms that no document can hold, ConsentError
    for a performer of another organisation, or one who was erased."""
    if performer.organisation_id != production.organisation_id:
        raise ConsentError("The performer belongs to another organisation than the production.")
    performer = people.present(performer)
    terms = _terms(production, performer=performer, offer=offer)
    offered = pades.prepare(typeset.document(terms))
    row = ConsentRecord.objects.create(
        pk=terms.consent_id,
        production_id=production.pk,
        performer=performer,
        matter=terms.matter,
        state=ConsentState.OFFERED,
        terms=record.to_json(terms),
        terms_sha256=record.digest(terms),
        offered_pdf=offered,
        drafted_by_id=by.pk,
        valid_from=terms.valid_from,
        valid_until=terms.valid_until,
    )
    body: dict[str, Json] = {
        "production": str(production.pk),
        "performer": str(performer.pk),
        "terms_sha256": row.terms_sha256,
        "offered_sha256": sha256(offered).hexdigest(),
    }
    note(EntryKind.CONSENT_DRAFTED, subject=_subject(row), by=by, body=body)
    return row


@transaction.atomic
def register(row: ConsentRecord, *, pdf: bytes, by: Somebody, roots: bytes) -> ConsentRecord | Refusal:
    """Take in the signed document. `roots` is the PEM of trusted roots and their revocation lists.

    (0) The consent waits for a signature.
    (1) The document is whole, its signature holds and chains to a root, and it is the document that was offered.
    (2) The signer is the performer: the certificate is the one bound to them, by neither drafter nor uploader.
    (3) The terms in it are the terms offered.
    """
    now = timezone.now()
    held = _lock(row)
    if held.state != ConsentState.OFFERED:  # (0)
        return _refuse(held, (_wrong_state(held, ConsentState.OFFERED),), by=by, pdf=pdf, now=now)
    answer = pades.verify(pdf, roots=roots, now=now, offered=bytes(held.offered_pdf))  # (1)
    if isinstance(answer, Refusal):
        return _refuse(held, answer.reasons, by=by, pdf=pdf, now=now)
    signer = _other_signer(held, answer) or _bound_by_same(held, by)  # (2)
    reasons = tuple(filter(None, (signer, _other_terms(held, answer))))  # (3)
    if reasons:
        return _refuse(held, reasons, by=by, pdf=pdf, now=now)
    return _verified(row, answer, pdf=pdf, by=by)


@transaction.atomic
def approve(row: ConsentRecord, *, by: Somebody) -> ConsentRecord | Refusal:
    """A second person lets the consent take effect. Refused to whoever drafted or uploaded it and to the performer."""
    now, held = timezone.now(), _lock(row)
    reasons = []
    if held.state != ConsentState.VERIFIED:
        reasons.append(_wrong_state(held, ConsentState.VERIFIED))
    if by.pk in (held.drafted_by_id, held.uploaded_by_id, held.performer.person_id):
        reasons.append(_same_person())
    if reasons:
        body: dict[str, Json] = {"document_sha256": held.document_sha256, "reasons": codes(reasons)}
        note(EntryKind.CONSENT_APPROVAL_REFUSED, subject=_subject(held), by=by, body=body)
        return Refusal(reasons=tuple(reasons), decided_at=now)
    ConsentRecord.objects.filter(pk=held.pk).update(state=ConsentState.ACTIVE, approved_by_id=by.pk, approved_at=now)
    body = {
        "document_sha256": held.document_sha256,
        "terms_sha256": held.terms_sha256,
        "way": held.way,
        "level": held.level,
    }
    note(EntryKind.CONSENT_APPROVED, subject=_subject(held), by=by, body=body)
    row.refresh_from_db()
    return row


@transaction.atomic
def withdraw(row: ConsentRecord, *, by: Somebody, reason: str) -> ConsentRecord:
    """End a consent, from any state, and destroy its key. A second withdrawal changes nothing and says so by silence.

    `reason` is kept with the consent and not in the ledger, for it is a person's own words.
    """
    held = _lock(row)
    if held.state != ConsentState.WITHDRAWN:
        ConsentRecord.objects.filter(pk=held.pk).update(
            state=ConsentState.WITHDRAWN, withdrawn_at=timezone.now(), withdrawal_reason=reason[:500]
        )
        destroyed = secrets.destroy(held)
        body: dict[str, Json] = {"was": held.state, "document_sha256": held.document_sha256}
        note(EntryKind.CONSENT_WITHDRAWN, subject=_subject(held), by=by, body=body)
        if destroyed:
            note(EntryKind.KEY_DESTROYED, subject=_subject(held), by=by, body={"consent": str(held.pk)})
    row.refresh_from_db()
    return row


def _terms(production: Production, *, performer: Performer, offer: Offer) -> Terms:
    return record.checked(
        Terms(
            consent_id=uuid.uuid4(),
            nonce=chance.token_hex(16),
            production_id=production.pk,
            production_title=production.title,
            controller=production.organisation.name,
            performer_id=performer.pk,
            performer_name=performer.name,
            amends="",
            **_named(offer, performer),
        )
    )


def _named(offer: Offer, performer: Performer) -> dict[str, Any]:
    """Where nobody else is named, the performer signs."""
    values = asdict(offer)
    return {**values, "signer_name": values["signer_name"] or performer.name}


def _lock(row: ConsentRecord) -> ConsentRecord:
    return ConsentRecord.objects.select_for_update(no_key=True, of=("self",)).select_related("performer").get(pk=row.pk)


def _verified(row: ConsentRecord, signed: pades.Signed, *, pdf: bytes, by: Somebody) -> ConsentRecord:
    ConsentRecord.objects.filter(pk=row.pk).update(
        state=ConsentState.VERIFIED,
        way=Way.PADES,
        level=Assurance.PERSONAL,
        signed_pdf=pdf,
        document_sha256=signed.document_sha256,
        signer=signed.signer[:300],
        signed_at=signed.claimed_at,
        uploaded_by_id=by.pk,
    )
    row.refresh_from_db()
    body: dict[str, Json] = {
        "document_sha256": signed.document_sha256,
        "terms_sha256": row.terms_sha256,
    }
    signer = Sealed(
        of=f"performer:{row.performer_id}",
        values={"certificate_sha256": signed.certificate_sha256, "signer": signed.signer},
    )
    note(EntryKind.CONSENT_VERIFIED, subject=_subject(row), by=by, body=body, sealed=signer)
    return row


def _refuse(row: ConsentRecord, reasons: tuple[Reason, ...], *, by: Somebody, pdf: bytes, now: datetime) -> Refusal:
    body: dict[str, Json] = {"upload_sha256": sha256(pdf).hexdigest(), "reasons": codes(reasons)}
    note(EntryKind.CONSENT_REFUSED, subject=_subject(row), by=by, body=body)
    return Refusal(reasons=reasons, decided_at=now)


def _other_signer(row: ConsentRecord, signed: pades.Signed) -> Reason | None:
    bound = row.performer.certificate_sha256
    if bound and signed.certificate_sha256 == bound:
        return None
    return Reason(
        code=ReasonCode.WRONG_SIGNER,
        sentence=f"The document was not signed by {row.performer.name}.",
        asked=f"signed by {signed.signer}, certificate {signed.certificate_sha256[:16]}…",
        allowed=f"certificate {bound[:16]}…, bound to {row.performer.name}" if bound else "no certificate is bound yet",
        remedy="Only the performer may sign, with the certificate they were enrolled with."
        if bound
        else "Bind the performer's own certificate to them first, then upload the document again.",
    )


def _bound_by_same(row: ConsentRecord, by: Somebody) -> Reason | None:
    """Whoever says who a performer is may not also hand in what that performer is said to have signed."""
    if row.performer.certificate_bound_by_id not in (row.drafted_by_id, by.pk):
        return None
    return Reason(
        code=ReasonCode.SAME_PERSON,
        sentence=f"{row.performer.name}'s certificate was bound by the person who drafted or uploaded this consent.",
        asked="a certificate, a draft and an upload by one person",
        allowed="a certificate that somebody else has checked and bound",
        remedy="Have a colleague draft the consent and upload it; the performer's signature stays good.",
    )


def _other_terms(row: ConsentRecord, signed: pades.Signed) -> Reason | None:
    try:
        found = record.from_json(signed.terms)
    except TermsError as e:
        return _terms_differ(f"terms that cannot be read ({e})")
    if record.digest(found) == row.terms_sha256:
        return None
    offered, said = row.terms, record.to_json(found)
    return _terms_differ("other " + ", ".join(sorted(name for name in offered if offered[name] != said.get(name))))


def _terms_differ(came: str) -> Reason:
    return Reason(
        code=ReasonCode.TERMS_DIFFER,
        sentence="The terms in the signed document are not the terms that were offered.",
        asked=came,
        allowed="exactly the terms offered",
        remedy="Have the performer sign the document that this site made for this consent, unedited.",
    )


def _wrong_state(row: ConsentRecord, expected: ConsentState) -> Reason:
    return Reason(
        code=ReasonCode.WRONG_STATE,
        sentence=f"This consent is {row.state}, so this step is not open.",
        asked=row.state,
        allowed=expected.value,
        remedy="Look at what the consent waits for, or draft a new one.",
    )


def _same_person() -> Reason:
    return Reason(
        code=ReasonCode.SAME_PERSON,
        sentence="Nobody approves what they drafted, uploaded or signed themselves.",
        asked="approval by the same person",
        allowed="approval by a second person",
        remedy="Ask a colleague from legal to look at the document and approve it.",
    )


def _subject(row: ConsentRecord) -> str:
    return f"consent:{row.pk}"
