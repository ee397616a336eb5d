"""A consent before anybody signs it: kept as a draft, changed, thrown away, offered; new, or in another's place."""

import secrets as chance
import uuid
from dataclasses import asdict, replace
from datetime import datetime
from hashlib import sha256
from typing import Any, Protocol

from django.db import transaction
from django.utils import timezone

from consent import age, law, pades, record, typeset
from consent.errors import ConsentError, TermsError, UnlawfulError
from consent.life import Act, Actor
from consent.models import ConsentRecord, Performer
from consent.services import people
from consent.services.entries import Somebody, note
from consent.services.steps import against, lock, move, refuse, subject
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
    """The document to be signed, offered at once. `rules` are the packs that count in this house, by default all that
    are not optional.

    Raises TermsError or TypesetError for terms that no document can hold, UnlawfulError for those that lack what the
    law demands, ConsentError for a performer of another organisation, or one who was erased.
    """
    return _offered(_kept(production, performer=performer, offer=offer, by=by), by=by, rules=rules or law.load())


@transaction.atomic
def prepare(production: Production, *, performer: Performer, offer: Offer, by: Somebody) -> ConsentRecord:
    """Keep terms as a draft that nobody was asked to sign yet. Raises TermsError, and ConsentError as `draft` does:
    letters and law are looked at when it is offered."""
    row = _kept(production, performer=performer, offer=offer, by=by)
    _note_prepared(row, by=by)
    return row


@transaction.atomic
def edit(row: ConsentRecord, *, offer: Offer, by: Somebody) -> ConsentRecord | Refusal:
    """Other terms for a draft; it stays a draft, and whoever edits it becomes its drafter. Raises TermsError."""
    held = lock(row)
    reasons = against(held, Act.EDIT, Actor.PRODUCER)
    if reasons:
        return refuse(held, Act.EDIT, reasons, by=by)
    terms = _edited(held, offer)
    move(held, Act.EDIT, Actor.PRODUCER, drafted_by_id=by.pk, **_columns(terms))
    row.refresh_from_db()
    _note_prepared(row, by=by)
    return row


@transaction.atomic
def discard(row: ConsentRecord, *, by: Somebody) -> Refusal | None:
    """Throw a draft away: nothing of it is kept but that there was one."""
    held = lock(row)
    reasons = against(held, Act.DISCARD, Actor.PRODUCER)
    if reasons:
        return refuse(held, Act.DISCARD, reasons, by=by)
    body: dict[str, Json] = {"consent": str(held.pk), "terms_sha256": held.terms_sha256}
    note(EntryKind.CONSENT_DISCARDED, subject=f"production:{held.production_id}", by=by, body=body)
    held.delete()
    return None


@transaction.atomic
def offer_draft(row: ConsentRecord, *, by: Somebody, rules: law.Law | None = None) -> ConsentRecord | Refusal:
    """Typeset a draft and offer it to be signed. Raises as `draft` does."""
    held = lock(row)
    reasons = against(held, Act.OFFER, Actor.PRODUCER)
    if reasons:
        return refuse(held, Act.OFFER, reasons, by=by)
    people.present(held.performer)
    offered = _offered(held, by=by, rules=rules or law.load())
    row.refresh_from_db()
    return offered


@transaction.atomic
def amend(row: ConsentRecord, *, offer: Offer, by: Somebody) -> ConsentRecord | Refusal:
    """A draft that takes the place of `row` once it is approved, and says so inside its signed bytes (`Terms.amends`).

    Refused unless `row` stands; of another matter it is no version of it. Raises TermsError, ConsentError.
    """
    held = lock(row)
    reasons = [*not_open(held), *_other_matter(held, offer)]
    if reasons:
        return refuse(held, Act.AMEND, reasons, by=by)
    made = _kept(held.production, performer=held.performer, offer=offer, by=by, amends=held)
    _note_prepared(made, by=by)
    return made


def not_open(old: ConsentRecord) -> list[Reason]:
    """Why nothing can take the place of this consent: it does not stand any more, or not now."""
    reasons = against(old, Act.AMEND, Actor.LEGAL)
    if reasons or old.valid_until <= timezone.now():
        return [no_amendment(old, f"it is {old.state}" if reasons else "its time has ended")]
    return []


def no_amendment(old: ConsentRecord, came: str) -> Reason:
    """A version that names `old` cannot take its place."""
    return Reason(
        code=ReasonCode.AMENDMENT_NOT_OPEN,
        sentence=f"No newer version can take the place of this consent of {old.performer.name}.",
        asked=f"to amend a consent: {came}",
        allowed="the same performer, production and matter, and a consent that stands and was not amended yet",
        remedy="Offer a new consent of its own, or amend the version that stands.",
    )


def _other_matter(old: ConsentRecord, offer: Offer) -> list[Reason]:
    return [] if offer.matter == old.matter else [no_amendment(old, f"the new one is about {offer.matter.value}")]


def _kept(
    production: Production,
    *,
    performer: Performer,
    offer: Offer,
    by: Somebody,
    amends: ConsentRecord | None = None,
) -> ConsentRecord:
    if performer.organisation_id != production.organisation_id:
        raise ConsentError("The performer belongs to another organisation than the production.")
    performer = people.present(performer)
    terms = _terms(production, performer=performer, offer=offer, amends=str(amends.pk) if amends else "")
    return ConsentRecord.objects.create(
        pk=terms.consent_id,
        production_id=production.pk,
        performer=performer,
        matter=terms.matter,
        amends=amends,
        state=ConsentState.DRAFT,
        offered_pdf=b"",
        drafted_by_id=by.pk,
        **_columns(terms),
    )


def _offered(row: ConsentRecord, *, by: Somebody, rules: law.Law) -> ConsentRecord:
    offered = pades.prepare(typeset.document(_lawful(record.checked(record.from_json(row.terms)), rules)))
    move(row, Act.OFFER, Actor.PRODUCER, offered_pdf=offered)
    row.refresh_from_db()
    body: dict[str, Json] = {**_about(row), "offered_sha256": sha256(offered).hexdigest(), "law_sha256": rules.sha256}
    note(EntryKind.CONSENT_DRAFTED, subject=subject(row), by=by, body=body)
    return row


def _note_prepared(row: ConsentRecord, *, by: Somebody) -> None:
    amends: dict[str, Json] = {"amends": str(row.amends_id)} if row.amends_id else {}
    note(EntryKind.CONSENT_PREPARED, subject=subject(row), by=by, body={**_about(row), **amends})


def _about(row: ConsentRecord) -> dict[str, Json]:
    return {
        "production": str(row.production_id),
        "performer": str(row.performer_id),
        "terms_sha256": row.terms_sha256,
    }


def _columns(terms: Terms) -> dict[str, Any]:
    return {
        "terms": record.to_json(terms),
        "terms_sha256": record.digest(terms),
        "valid_from": terms.valid_from,
        "valid_until": terms.valid_until,
    }


def _terms(production: Production, *, performer: Performer, offer: Offer, amends: str) -> Terms:
    return record.checked(
        Terms(
            consent_id=uuid.uuid4(),
            nonce=chance.token_hex(16),
            production_id=production.pk,
            production_title=production.title,
            controller=production.organisation.name,
            performer_id=performer.pk,
            performer_name=performer.name,
            amends=amends,
            **_named(offer, performer),
        )
    )


def _edited(held: ConsentRecord, offer: Offer) -> Terms:
    """New terms under the same ids; a new nonce, since the text is another."""
    if offer.matter != held.matter:
        raise TermsError("matter", "stays what it is; offer a consent of its own for another matter")
    before = record.from_json(held.terms)
    return record.checked(replace(before, nonce=chance.token_hex(16), **_named(offer, people.present(held.performer))))


def _named(offer: Offer, performer: Performer) -> dict[str, Any]:
    """Where nobody else is named, the performer signs; what is known of them is said as it is known."""
    values = asdict(offer)
    born = performer.born.isoformat() if performer.born else values["performer_born"]
    return {
        **values,
        "signer_name": values["signer_name"] or performer.name,
        "performer_born": born,
        "performer_deceased": values["performer_deceased"] or performer.deceased_at is not None,
        "valid_until": _capped(values["valid_until"], born),
    }


def _capped(until: datetime, born: str) -> datetime:
    """A minor's consent ends when they come of age: from then on it takes their own."""
    of_age = age.comes_of_age(day) if (day := age.stated(born)) else None
    return min(until, of_age) if of_age and of_age > timezone.now() else until


def _lawful(terms: Terms, rules: law.Law) -> Terms:
    unmet = rules.unmet(law.facts(terms))
    if unmet:
        raise UnlawfulError(law.by_field(unmet), rules.missing(terms))
    return terms
