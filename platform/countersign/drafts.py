"""Drafts and newer versions of consents, from the fields of a form or a request."""

from collections.abc import Mapping
from dataclasses import fields as fields_of, replace
from typing import Any

from consent import record, services as consents
from consent.models import ConsentRecord, Performer
from consent.types import Matter, Offer, Refusal
from countersign import lawbook, papers
from countersign.accounts.models import Person, Production


def kept(production: Production, *, performer: Performer, fields: Mapping[str, Any], by: Person) -> ConsentRecord:
    """A draft of the terms that were given. Raises TermsError, ConsentError."""
    values = {name: value for name, value in fields.items() if name != "biometric_release"}
    return consents.prepare(production, performer=performer, offer=papers.offer(values), by=by)


def edited(draft: ConsentRecord, *, fields: Mapping[str, Any], by: Person) -> ConsentRecord | Refusal:
    """The draft with what `fields` say; what they leave out stays. Raises TermsError."""
    return consents.edit(draft, offer=_changed(draft, fields), by=by)


def amended(old: ConsentRecord, *, fields: Mapping[str, Any], by: Person) -> ConsentRecord | Refusal:
    """A draft of a newer version: the terms of `old` with what `fields` say. Raises TermsError, ConsentError."""
    return consents.amend(old, offer=_changed(old, fields), by=by)


def offered(draft: ConsentRecord, *, by: Person) -> ConsentRecord | Refusal:
    """The draft as a document to be signed. Raises TermsError (UnlawfulError), TypesetError."""
    return consents.offer_draft(draft, by=by, rules=lawbook.rules())


def values(old: ConsentRecord) -> dict[str, Any]:
    """The terms of a consent as a form shows them to be changed."""
    agreed = _offer(old)
    said = {field.name: getattr(agreed, field.name) for field in fields_of(Offer)}
    lists = {name: [str(item) for item in said[name]] for name in papers.SEVERAL}
    days = {name: said[name].date() for name in ("valid_from", "valid_until")}
    return {**said, **lists, **days, "scenes": "\n".join(lists["scenes"]), "performer": old.performer_id}


def _changed(old: ConsentRecord, fields: Mapping[str, Any]) -> Offer:
    """Nobody's name is changed by a form, and of a release only its time and places."""
    agreed = _offer(old)
    said = {name: value for name, value in fields.items() if hasattr(agreed, name)}
    if agreed.matter is Matter.BIOMETRIC_RELEASE:
        said = {name: said[name] for name in ("valid_from", "valid_until", "territories") if name in said}
    for name, kind in papers.SINGLE.items():
        said |= {name: kind(said[name])} if name in said else {}
    for name, kind in papers.SEVERAL.items():
        said |= {name: tuple(kind(item) for item in said[name])} if name in said else {}
    return replace(agreed, **said)


def _offer(old: ConsentRecord) -> Offer:
    terms = record.from_json(old.terms)
    return Offer(**{field.name: getattr(terms, field.name) for field in fields_of(Offer)})
