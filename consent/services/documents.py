"""The life of one consent: drafted, approved by a second person, withdrawn. What arrives signed is for `arrivals`."""

import secrets as chance
import uuid
from dataclasses import asdict
from hashlib import sha256
from typing import Any, Protocol

from django.db import transaction
from django.utils import timezone

from consent import ceremony, law, pades, record, typeset
from consent.assertion import Purpose
from consent.errors import ConsentError, UnlawfulError
from consent.models import ConsentRecord, Performer
from consent.services import answers, identity, people, secrets
from consent.services.answers import Proof
from consent.services.entries import Somebody, codes, note
from consent.types import ConsentState, Offer, Reason, ReasonCode, Refusal, Terms
from provenance.types import EntryKind, Json


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
def draft(
    production: Production, *, performer: Performer, offer: Offer, by: Somebody, rules: law.Law | None = None
) -> ConsentRecord:
    """The document to be signed. `rules` are the packs that count in this house, by default all that are not optional.

    Raises TermsError or TypesetError for terms that no document can hold, UnlawfulError for those that lack what the
    law demands, ConsentError for a performer of another organisation, or one who was erased.
    """
    rules = rules or law.load()
    if performer.organisation_id != production.organisation_id:
        raise ConsentError("The performer belongs to another organisation than the production.")
    performer = people.present(performer)
    terms = _lawful(_terms(production, performer=performer, offer=offer), rules)
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
        "law_sha256": rules.sha256,
    }
    note(EntryKind.CONSENT_DRAFTED, subject=subject(row), by=by, body=body)
    return row


@transaction.atomic
def approve(
    row: ConsentRecord, *, by: Somebody, proof: Proof | None = None, signed: bool = False
) -> ConsentRecord | Refusal:
    """A second person lets the consent take effect. Refused to whoever drafted or uploaded it and to the performer.

    `proof` is their passkey's answer; whoever has a passkey must give it, and everybody where approvals must be
    `signed`.
    """
    now, held = timezone.now(), lock(row)
    reasons = []
    if held.state != ConsentState.VERIFIED:
        reasons.append(wrong_state(held, ConsentState.VERIFIED))
    if by.pk in (held.drafted_by_id, held.uploaded_by_id, held.performer.person_id):
        reasons.append(same_person())
    reasons += _unsigned(held, proof, by=by, signed=signed)
    if reasons:
        body: dict[str, Json] = {"document_sha256": held.document_sha256, "reasons": codes(reasons)}
        note(EntryKind.CONSENT_APPROVAL_REFUSED, subject=subject(held), by=by, body=body)
        return Refusal(reasons=tuple(reasons), decided_at=now)
    ConsentRecord.objects.filter(pk=held.pk).update(state=ConsentState.ACTIVE, approved_by_id=by.pk, approved_at=now)
    body = {
        "document_sha256": held.document_sha256,
        "terms_sha256": held.terms_sha256,
        "way": held.way,
        "level": held.level,
    }
    if proof:
        answers.keep([held], proof, by=by)
        body["assertion_sha256"] = proof.evidence.sha256
    note(EntryKind.CONSENT_APPROVED, subject=subject(held), by=by, body=body)
    row.refresh_from_db()
    return row


@transaction.atomic
def withdraw(row: ConsentRecord, *, by: Somebody, reason: str) -> ConsentRecord:
    """End a consent, from any state, and destroy its key. A second withdrawal changes nothing and says so by silence.

    `reason` is kept with the consent and not in the ledger, for it is a person's own words.
    """
    held = lock(row)
    if held.state != ConsentState.WITHDRAWN:
        ConsentRecord.objects.filter(pk=held.pk).update(
            state=ConsentState.WITHDRAWN, withdrawn_at=timezone.now(), withdrawal_reason=reason[:500]
        )
        destroyed = secrets.destroy(held)
        body: dict[str, Json] = {"was": held.state, "document_sha256": held.document_sha256}
        note(EntryKind.CONSENT_WITHDRAWN, subject=subject(held), by=by, body=body)
        if destroyed:
            note(EntryKind.KEY_DESTROYED, subject=subject(held), by=by, body={"consent": str(held.pk)})
    row.refresh_from_db()
    return row


def _unsigned(held: ConsentRecord, proof: Proof | None, *, by: Somebody, signed: bool) -> list[Reason]:
    """What is wrong with the approval's signature."""
    if proof is None:
        return [ceremony.no(ReasonCode.PASSKEY_NEEDED)] if signed or identity.passkeys_of(by.pk) else []
    not_theirs = answers.not_theirs(proof.evidence, by)
    other = answers.as_shown(held, purpose=Purpose.APPROVE).document_sha256 != held.document_sha256
    found = [not_theirs, ceremony.no(ReasonCode.OTHER_SHOWN) if other else None]
    return [*filter(None, found), *answers.against([held], proof, purpose=Purpose.APPROVE)]


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


def _lawful(terms: Terms, rules: law.Law) -> Terms:
    unmet = rules.unmet(law.facts(terms))
    if unmet:
        raise UnlawfulError(law.by_field(unmet), rules.missing(terms))
    return terms


def _named(offer: Offer, performer: Performer) -> dict[str, Any]:
    """Where nobody else is named, the performer signs."""
    values = asdict(offer)
    return {**values, "signer_name": values["signer_name"] or performer.name}


def lock(row: ConsentRecord) -> ConsentRecord:
    """The row as it stands, locked until the caller's transaction ends."""
    return ConsentRecord.objects.select_for_update(no_key=True, of=("self",)).select_related("performer").get(pk=row.pk)


def wrong_state(row: ConsentRecord, expected: ConsentState) -> Reason:
    return Reason(
        code=ReasonCode.WRONG_STATE,
        sentence=f"This consent is {row.state}, so this step is not open.",
        asked=row.state,
        allowed=expected.value,
        remedy="Look at what the consent waits for, or draft a new one.",
    )


def same_person() -> Reason:
    return Reason(
        code=ReasonCode.SAME_PERSON,
        sentence="Nobody approves what they drafted, uploaded or signed themselves.",
        asked="approval by the same person",
        allowed="approval by a second person",
        remedy="Ask a colleague from legal to look at the document and approve it.",
    )


def subject(row: ConsentRecord) -> str:
    return f"consent:{row.pk}"
