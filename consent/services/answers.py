"""Passkeys' answers about consents: judged against the rows as they stand now, and kept as evidence.

What was shown is made anew from the rows, under their locks: if a document, the terms or the words beside it changed
since the question was put, the answer is to another question and is refused.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from django.utils import timezone

from consent import ceremony, passkeys, plain, record, shown
from consent.assertion import Evidence, Place, Purpose
from consent.models import Assertion, ConsentRecord
from consent.services import identity
from consent.services.entries import Somebody, codes, note
from consent.shown import Shown
from consent.types import Reason, ReasonCode, Refusal
from provenance.types import EntryKind, Json

WITH_SUMMARY = (Purpose.SIGN, Purpose.CONFIRM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A passkey's answer, and the site on which it must have been given."""

    evidence: Evidence
    site: Place


def locked(rows: Iterable[ConsentRecord]) -> list[ConsentRecord]:
    """The rows as they stand, locked in the order of their ids until the caller's transaction ends."""
    held = ConsentRecord.objects.select_for_update(no_key=True, of=("self",)).select_related("performer")
    return list(held.filter(pk__in=[row.pk for row in rows]).order_by("pk"))


def as_shown(row: ConsentRecord, *, purpose: Purpose) -> Shown:
    """What of the consent is asked about. Raises TermsError for terms that cannot be read any more."""
    document = bytes(row.offered_pdf) if purpose is Purpose.SIGN else bytes(row.signed_pdf)
    terms = record.from_json(row.terms)
    return Shown(
        consent_id=row.pk,
        production_id=row.production_id,
        document_sha256=sha256(document).hexdigest() if document else "",
        terms_sha256=record.digest(terms),
        summary_sha256=plain.digest(plain.summary(terms)) if purpose in WITH_SUMMARY else "",
    )


def digest(rows: Sequence[ConsentRecord], *, purpose: Purpose, nonce: str) -> str:
    """The digest of the question about these consents."""
    return shown.digest([as_shown(row, purpose=purpose) for row in rows], nonce=nonce)


def against(rows: Sequence[ConsentRecord], proof: Proof, *, purpose: Purpose) -> Iterator[Reason]:
    """Why the answer is none to the question about these consents, for this purpose. Whose key it is, callers know."""
    statement = proof.evidence.statement
    fault = passkeys.fault(proof.evidence, at=proof.site)
    if fault:
        yield fault
    elif (
        statement.purpose is not purpose
        or {statement.production} != {row.production_id for row in rows}
        or statement.digest != digest(rows, purpose=purpose, nonce=statement.nonce)
    ):
        yield ceremony.no(ReasonCode.OTHER_SHOWN)
    if Assertion.objects.filter(nonce=statement.nonce).exists():
        yield ceremony.no(ReasonCode.CHALLENGE_SPENT)


def not_theirs(evidence: Evidence, by: Somebody) -> Reason | None:
    """The ledger must know the passkey as that person's."""
    if evidence.key.sha256 in identity.passkeys_of(by.pk):
        return None
    return ceremony.no(ReasonCode.PASSKEY_OF_ANOTHER)


def keep(rows: Sequence[ConsentRecord], proof: Proof, *, by: Somebody) -> None:
    """Keep the answer with each of the consents, in the caller's transaction."""
    statement, now = proof.evidence.statement, timezone.now()
    said = shown.to_json(as_shown(row, purpose=statement.purpose) for row in rows)
    Assertion.objects.bulk_create(
        Assertion(
            consent=row,
            person_id=by.pk,
            purpose=statement.purpose.value,
            nonce=statement.nonce,
            sha256=proof.evidence.sha256,
            evidence=proof.evidence.to_json(),
            shown=said,
            summary=_summary(row) if statement.purpose in WITH_SUMMARY else [],
            at=now,
        )
        for row in rows
    )


def said(row: ConsentRecord, proof: Proof) -> dict[str, Json]:
    """The ledger's body of an answer about this consent."""
    was = as_shown(row, purpose=proof.evidence.statement.purpose)
    return {
        "document_sha256": was.document_sha256,
        "terms_sha256": was.terms_sha256,
        "summary_sha256": was.summary_sha256,
        "passkey_sha256": proof.evidence.key.sha256,
        "assertion_sha256": proof.evidence.sha256,
    }


def refuse(rows: Iterable[ConsentRecord], reasons: Sequence[Reason], *, purpose: Purpose, by: Somebody) -> Refusal:
    """Write the refusal down for each of the consents, in the caller's transaction."""
    for row in rows:
        body: dict[str, Json] = {"purpose": purpose.value, "reasons": codes(reasons)}
        note(EntryKind.CONSENT_SIGNING_REFUSED, subject=f"consent:{row.pk}", by=by, body=body)
    return Refusal(reasons=tuple(dict.fromkeys(reasons)), decided_at=timezone.now())


def _summary(row: ConsentRecord) -> list[Json]:
    return plain.to_json(plain.summary(record.from_json(row.terms)))
