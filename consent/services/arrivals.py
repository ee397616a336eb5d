"""What arrives signed from outside: looked at where it can do no harm, then taken in or refused.

Whatever comes is read before anything is locked, for reading a hostile file may take its time; what it was held against
is looked at again under the lock.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.utils import timezone

from consent import assurance, intake, record
from consent.assurance import Grounds
from consent.errors import TermsError
from consent.life import Act, Actor
from consent.models import ConsentRecord
from consent.pades import Signed, confined
from consent.pins import Pins
from consent.services import capacity
from consent.services.entries import Somebody, codes, note
from consent.services.steps import against, bound_by_same, lock, move, subject
from consent.types import Reason, ReasonCode, Refusal, Way
from provenance import canonical
from provenance.types import EntryKind, Json, Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """An upload, and what was found in it when it was held against `offered`."""

    pdf: bytes
    completion: bytes
    offered: bytes
    answer: Signed | Refusal
    at: datetime


def register(
    row: ConsentRecord, *, pdf: bytes, by: Somebody, pins: Pins, completion: bytes = b""
) -> ConsentRecord | Refusal:
    """Take in the signed document. `pins`: whom the operator trusts. Raises ConsentError if they cannot be read.

    Where a platform sealed it, `completion` is that platform's own record of who did what, and the consent waits for
    the performer's passkey: the seal is nobody's signature.

    (0) The consent waits for a signature.
    (1) The document is whole, its signature holds and chains to a root, and it is the document that was offered.
    (2) The signer is the performer: the certificate is the one bound to them, by neither drafter nor uploader.
    (3) The terms in it are the terms offered.
    """
    now, offered = timezone.now(), bytes(ConsentRecord.objects.only("offered_pdf").get(pk=row.pk).offered_pdf)
    answer = confined.verify(pdf, pins=pins, now=now, offered=offered)  # (1)
    return _take(row, _Read(pdf=pdf, completion=completion, offered=offered, answer=answer, at=now), by=by)


@transaction.atomic
def _take(row: ConsentRecord, read: _Read, *, by: Somebody) -> ConsentRecord | Refusal:
    held, answer = lock(row), read.answer
    closed = against(held, Act.VERIFY, Actor.PRODUCER)  # (0)
    if closed:
        return _refuse(held, tuple(closed), by=by, read=read)
    if isinstance(answer, Refusal):
        return _refuse(held, answer.reasons, by=by, read=read)
    reasons = tuple(_faults(held, read, answer, by=by))  # (2) (3)
    if bytes(held.offered_pdf) != read.offered:
        reasons = (intake.changed("a document that was offered before", "the document offered now"), *reasons)
    if reasons:
        return _refuse(held, reasons, by=by, read=read)
    return _sealed(held, answer, read=read, by=by) if answer.seal else _verified(held, answer, pdf=read.pdf, by=by)


def _faults(held: ConsentRecord, read: _Read, signed: Signed, *, by: Somebody) -> list[Reason]:
    if signed.seal:
        first = _completion(signed, read.completion)
    else:
        first = _other_signer(held, signed) or _bound_by_same(held, by)
    return [reason for reason in (first, _other_terms(held, signed)) if reason]


def _completion(signed: Signed, completion: bytes) -> Reason | None:
    if not (completion or signed.completion_certificate):
        return None
    kept = intake.media_type(completion) == "application/pdf" and len(completion) <= intake.LARGEST
    return None if kept else intake.no_completion(signed.seal)


def _sealed(row: ConsentRecord, signed: Signed, *, read: _Read, by: Somebody) -> ConsentRecord:
    """It is kept, and waits for the performer."""
    level = assurance.level(Grounds(way=Way.PLATFORM_SEAL))
    columns = {"way": Way.PLATFORM_SEAL, "level": level, **_kept(signed, pdf=read.pdf, by=by)}
    move(row, Act.SIGN, Actor.PRODUCER, **columns, completion_pdf=read.completion)
    row.refresh_from_db()
    body = {**_said(row, signed), "way": row.way, "level": row.level}
    if read.completion:
        body["completion_sha256"] = sha256(read.completion).hexdigest()
    note(EntryKind.CONSENT_RECEIVED, subject=subject(row), by=by, body=body)
    return row


def _verified(row: ConsentRecord, signed: Signed, *, pdf: bytes, by: Somebody) -> ConsentRecord:
    level = assurance.level(Grounds(way=Way.PADES, qualified=signed.qualified))
    move(row, Act.VERIFY, Actor.PRODUCER, way=Way.PADES, level=level, **_kept(signed, pdf=pdf, by=by))
    row.refresh_from_db()
    body = {**_said(row, signed), "way": row.way, "level": row.level}
    signer = Sealed(
        of=f"performer:{row.performer_id}",
        values={"certificate_sha256": signed.certificate_sha256, "signer": signed.signer},
    )
    note(EntryKind.CONSENT_VERIFIED, subject=subject(row), by=by, body=body, sealed=signer)
    return row


def _kept(signed: Signed, *, pdf: bytes, by: Somebody) -> dict[str, Any]:
    return {
        "signed_pdf": pdf,
        "document_sha256": signed.document_sha256,
        "signer": (signed.seal or signed.signer)[:300],
        "signed_at": signed.proven_at or signed.claimed_at,
        "proven_at": signed.proven_at,
        "verdict": dict(signed.verdict),
        "uploaded_by_id": by.pk,
    }


def _said(row: ConsentRecord, signed: Signed) -> dict[str, Json]:
    return {
        "document_sha256": signed.document_sha256,
        "terms_sha256": row.terms_sha256,
        "verdict_sha256": canonical.sha256(dict(signed.verdict)),
        "profile": signed.profile,
    }


def _refuse(row: ConsentRecord, reasons: tuple[Reason, ...], *, by: Somebody, read: _Read) -> Refusal:
    body: dict[str, Json] = {"upload_sha256": sha256(read.pdf).hexdigest(), "reasons": codes(reasons)}
    note(EntryKind.CONSENT_REFUSED, subject=subject(row), by=by, body=body)
    return Refusal(reasons=reasons, decided_at=read.at)


def _other_signer(row: ConsentRecord, signed: Signed) -> Reason | None:
    signer = capacity.signer_of(row)
    bound = signer.certificate_sha256
    if bound and signed.certificate_sha256 == bound:
        return None
    return Reason(
        code=ReasonCode.WRONG_SIGNER,
        sentence=f"The document was not signed by {signer.name}.",
        asked=f"signed by {signed.signer}, certificate {signed.certificate_sha256[:16]}…",
        allowed=f"certificate {bound[:16]}…, bound to {signer.name}" if bound else "no certificate is bound yet",
        remedy="Only whom the terms name may sign, with the certificate that is bound to them."
        if bound
        else "Bind the signer's own certificate to them first, then upload the document again.",
    )


def _bound_by_same(row: ConsentRecord, by: Somebody) -> Reason | None:
    """Whoever says who a performer is may not also hand in what that performer is said to have signed."""
    signer = capacity.signer_of(row)
    if signer.bound_by not in (row.drafted_by_id, by.pk):
        return None
    return bound_by_same(signer.name, "certificate")


def _other_terms(row: ConsentRecord, signed: Signed) -> Reason | None:
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
