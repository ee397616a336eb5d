"""Does a signature hold, whose is it, and since when is that proven?

The rules this module keeps:
1. Trust comes from the roots and revocation lists handed in. What a document brings along (`Evidence`) is signed by an
   authority and says only what that authority said; it never outweighs a list that was handed in.
2. Every certificate below a root must be shown not to be revoked ("require": in the softer modes a certificate without
   pointers to a list is not looked up in the lists supplied). A time-stamp authority is pinned by itself: a list that
   says it was revoked is heeded, one that is missing is not asked for.
3. A claimed time decides nothing. A time-stamp that holds under a pinned root proves that the signature was there;
   time-stamps over the document are looked at from the last, now, to the first, each as of the one after it.
4. A certificate that has expired since counts as of the time proven, if what shows it unrevoked was itself time-stamped
   while the certificate lasted (ETSI EN 319 102-1, 5.6.3; B-LTA). One that a list handed in calls revoked never counts.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from asn1crypto.x509 import Certificate
from pyhanko.sign.ades.report import AdESIndeterminate
from pyhanko.sign.validation import EmbeddedPdfSignature, validate_pdf_signature, validate_pdf_timestamp
from pyhanko.sign.validation.status import PdfSignatureStatus, TimestampSignatureStatus
from pyhanko_certvalidator import ValidationContext

from consent.pades import paper as papers
from consent.pades.paper import Evidence, Paper
from consent.pades.trust import Trust
from consent.types import ReasonCode

_REVOKED = (AdESIndeterminate.REVOKED_NO_POE, AdESIndeterminate.REVOKED_CA_NO_POE)
_MOMENT = timedelta(seconds=1)
_NOTHING = Evidence()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamped:
    """A time-stamp that holds. `over` is "signature" or "document"."""

    over: str
    at: datetime
    by: Certificate
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Whether `signature`, one of those in `paper`, holds under `trust`, given what is stamped, as of `now`."""

    paper: Paper
    signature: EmbeddedPdfSignature
    trust: Trust
    stamps: tuple[Stamped, ...]
    now: datetime

    @property
    def proven(self) -> datetime | None:
        """Since when the signature is proven to be there: the earliest time-stamp over it."""
        revision = int(self.signature.signed_revision)
        return min((s.at for s in self.stamps if s.over == "document" or s.revision == revision), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The status under which the signature holds, the chain from the root to the signer, and the evidence that showed
    its certificates unrevoked."""

    status: PdfSignatureStatus
    chain: tuple[Certificate, ...]
    evidence: Evidence


def intact(signature: EmbeddedPdfSignature) -> bool:
    """Whether what was signed is what stands in the file, whoever signed it."""
    status = validate_pdf_signature(signature, signer_validation_context=_context(Trust()), skip_diff=True)
    return bool(status.intact and status.valid)


def stamps(paper: Paper, *, trust: Trust, now: datetime) -> tuple[Stamped, ...] | None:
    """Every time-stamp in the document, the earliest first; None if one of them does not hold."""
    found: list[Stamped] = []
    moment, known = now, papers.evidence(paper)
    for one in reversed(paper.stamps):
        at = _stamp(lambda c, one=one: validate_pdf_timestamp(one, c), trust=trust, at=moment, known=known)  # type: ignore[misc]
        if at is None:
            return None
        found.append(Stamped(over="document", at=at, by=one.signer_cert, revision=int(one.signed_revision)))
        moment = at
    for signature in reversed((paper.signature, *paper.seals)):
        asked = _attached(signature, trust=trust, at=moment, known=known)
        if asked is None:
            return None
        found += asked
    return tuple(reversed(found))


def holds(question: Question) -> Answer | ReasonCode:
    """Whether the signer's certificate counts, or why it does not."""
    status = _at(question, question.now, known=_NOTHING)
    if status.trusted:
        return _answer(question, status, _NOTHING)
    why = _why(question, status)
    if why not in (ReasonCode.SIGNER_EXPIRED, ReasonCode.REVOCATION_UNKNOWN):
        return why
    if _ever_revoked(question):
        return ReasonCode.SIGNER_REVOKED
    for moment, known in _occasions(question, why):
        status = _at(question, moment, known=known)
        if status.trusted:
            return _answer(question, status, known)
        if status.trust_problem_indic in _REVOKED:
            return ReasonCode.SIGNER_REVOKED
    return why


def _answer(question: Question, status: PdfSignatureStatus, known: Evidence) -> Answer:
    """With the revocation lists that speak for somebody in the chain."""
    if status.validation_path is None:
        raise RuntimeError("a signature is trusted without a chain")
    chain = tuple(status.validation_path.iter_certs(include_root=True))
    named = [one.subject for one in chain]
    lists = [one for one in (*question.trust.lists, *known.lists) if one.issuer in named]
    return Answer(status=status, chain=chain, evidence=Evidence(lists=tuple(lists), answers=known.answers))


def _occasions(question: Question, why: ReasonCode) -> Iterator[tuple[datetime, Evidence]]:
    """When else, and by what evidence, the certificate may be looked at."""
    if why is ReasonCode.REVOCATION_UNKNOWN:
        known = _joined(papers.evidence(question.paper), papers.carried(question.signature))
        yield question.now, known
        if question.proven:
            yield question.proven, known
    elif question.proven:
        lasts = question.signature.signer_cert.not_valid_after
        kept = [s.revision for s in question.stamps if s.over == "document" and s.at <= lasts]
        if kept:
            yield question.proven, papers.evidence(question.paper, revision=max(kept))


def _at(question: Question, moment: datetime, *, known: Evidence, revocation: str = "require") -> PdfSignatureStatus:
    back = moment < question.now
    context = _context(question.trust, at=moment, known=known, revocation=revocation, back=back)
    return validate_pdf_signature(question.signature, signer_validation_context=context, skip_diff=True)


def _why(question: Question, status: PdfSignatureStatus) -> ReasonCode:
    """Why it does not count now."""
    if status.trust_problem_indic in _REVOKED:
        return ReasonCode.SIGNER_REVOKED
    certificate = question.signature.signer_cert
    if not certificate.not_valid_before <= question.now <= certificate.not_valid_after:
        return ReasonCode.SIGNER_EXPIRED if _chains(question, _lasted(certificate)) else ReasonCode.SIGNER_NOT_TRUSTED
    # The chain is sound once nobody asks about revocation: then it was only that which could not be told.
    return ReasonCode.REVOCATION_UNKNOWN if _chains(question, question.now) else ReasonCode.SIGNER_NOT_TRUSTED


def _chains(question: Question, moment: datetime) -> bool:
    return bool(_at(question, moment, known=papers.evidence(question.paper), revocation="none").trusted)


def _ever_revoked(question: Question) -> bool:
    """Whether the lists handed in say so, of any time while the certificate lasted."""
    last = min(_lasted(question.signature.signer_cert), question.now)
    context = _context(question.trust, at=last, back=True)
    status = validate_pdf_signature(question.signature, signer_validation_context=context, skip_diff=True)
    return status.trust_problem_indic in _REVOKED


def _lasted(certificate: Certificate) -> datetime:
    last: datetime = certificate.not_valid_after
    return last - _MOMENT


def _attached(signature: EmbeddedPdfSignature, *, trust: Trust, at: datetime, known: Evidence) -> list[Stamped] | None:
    """The time-stamp on a signature, if it has one; None if it has one that does not hold."""
    if validate_pdf_signature(signature, _context(Trust()), skip_diff=True).timestamp_validity is None:
        return []
    signer = _context(Trust())

    def asked(context: ValidationContext) -> TimestampSignatureStatus:
        found = validate_pdf_signature(signature, signer, context, skip_diff=True).timestamp_validity
        if found is None:
            raise RuntimeError("a time-stamp was there and is gone")
        return found

    found = _stamp(asked, trust=trust, at=at, known=known)
    if found is None:
        return None
    by = asked(_context(trust, at=at, known=known, revocation="none")).signing_cert
    return [Stamped(over="signature", at=found, by=by, revision=int(signature.signed_revision))]


def _stamp(
    asked: Callable[[ValidationContext], TimestampSignatureStatus], *, trust: Trust, at: datetime, known: Evidence
) -> datetime | None:
    """When a time-stamp was made, if it holds under the pinned roots as of `at` and was not made after that."""
    if not trust.roots:
        return None
    status = asked(_context(trust, at=at, known=known, back=True))
    if status.trust_problem_indic in _REVOKED:
        return None
    if not status.trusted:
        status = asked(_context(trust, at=at, known=known, revocation="none"))
    holds = status.intact and status.valid and status.trusted
    moment: datetime = status.timestamp
    return moment if holds and moment <= at + _MOMENT else None


def _context(
    trust: Trust,
    *,
    at: datetime | None = None,
    known: Evidence = _NOTHING,
    revocation: str = "require",
    back: bool = False,
) -> ValidationContext:
    """`back` looks from now at an earlier moment: lists made since may speak of it."""
    return ValidationContext(
        trust_roots=list(trust.roots),  # an empty list is nobody; None would be the machine's own roots
        other_certs=list(known.certificates),
        crls=[*trust.lists, *known.lists],
        ocsps=list(known.answers),
        moment=at,
        allow_fetching=False,
        revocation_mode=revocation,
        retroactive_revinfo=back,
    )


def _joined(one: Evidence, other: Evidence) -> Evidence:
    return Evidence(
        certificates=(*one.certificates, *other.certificates),
        lists=(*one.lists, *other.lists),
        answers=(*one.answers, *other.answers),
    )


def digest(certificate: Certificate) -> str:
    return sha256(certificate.dump()).hexdigest()
