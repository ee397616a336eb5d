"""A signed consent document: is it whole, who signed it, what, and since when is that proven?

The rules this module keeps:
1. One signature about the terms, the first; after it only evidence, time-stamps, and the seals of platforms that are
   pinned (`changes`). It is a performer's if it holds under the roots for performers, a platform's if it fits an issuer
   of seals; a platform's seal proves the platform, not the performer.
2. The terms are read from the revision that was signed. Where the document offered is known, all that lies between it
   and the signature must be the signature: the pages signed are the pages offered.
3. Times come from the caller or from a pinned time-stamp authority (`validity`); the time a signature claims is passed
   on as claimed and decides nothing.
4. The verdict names all it stood on, and holds the evidence itself: nobody need find it again when it has expired.
"""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from asn1crypto.x509 import Certificate
from pyhanko.sign.ades.qualified_asn1 import get_qc_statements
from pyhanko.sign.validation import EmbeddedPdfSignature

from consent import intake
from consent.pades import changes, paper as papers, records, validity
from consent.pades.paper import UNREADABLE, Paper
from consent.pades.trust import SealIssuer, Trust, Trusted
from consent.pades.validity import Answer, Question, Stamped
from consent.pins import Pins
from consent.types import Reason, ReasonCode, Refusal
from provenance.types import Json

# It logs every certificate it cannot trust with a traceback; the refusal says it in a sentence.
logging.getLogger("pyhanko.sign.validation").setLevel(logging.CRITICAL)

_QUALIFIED = {"qc_compliance", "qc_sscd"}  # ETSI EN 319 412-5, 4.2.1 and 4.2.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What a document says, and who signed it. `claimed_at` is the signer's own word for the time, `proven_at` that of
    a time-stamp authority.

    `profile` is the level of PAdES (ETSI EN 319 142-1): B-B, B-T, B-LT or B-LTA. `seal` is the platform, if it was one
    that signed and no performer, and `completion_certificate` whether its record must be handed in. `qualified`: the
    certificate is a qualified one for a person's signature, with its key in a qualified device.
    """

    terms: Mapping[str, Json]
    document_sha256: str
    signer: str
    certificate_sha256: str
    claimed_at: datetime | None
    proven_at: datetime | None
    profile: str
    seal: str
    completion_certificate: bool
    qualified: bool
    verdict: Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    answer: Answer
    issuer: SealIssuer | None


def verify(pdf: bytes, *, pins: Pins, now: datetime, offered: bytes | None = None) -> Signed | Refusal:
    """What `pdf` says and who signed it, or a refusal that says what is wrong with it.

    `offered` is the document as it was offered for signature. Raises ConsentError if `pins` cannot be read; nothing
    that `pdf` could bring about. It reads `pdf` in this process; strangers' files go to `confined.verify`.

    (0) It is a file, of a size that a document has.
    (1) It is a PDF.
    (2) It is signed.
    (3) The signatures hold over the bytes they cover.
    (4) All the file is covered, and nothing came after but upkeep; what it was added to is the document offered.
    (5) The time-stamps are of pinned authorities; each signer's certificate chains to a root, within its time and not
        revoked, now or when that was proven.
    (6) The signed revision carries the terms.
    """
    trusted = Trusted.from_pins(pins)
    found = intake.no_file(pdf) or papers.opened(pdf)  # (0) (1) (2)
    if isinstance(found, Reason):
        return Refusal(reasons=(found,), decided_at=now)
    try:
        answer = _judged(found, pdf, trusted=trusted, now=now, offered=offered)
    except UNREADABLE as e:
        answer = (intake.broken(f"it cannot be read: {e}"),)
    return answer if isinstance(answer, Signed) else Refusal(reasons=answer, decided_at=now)


def _judged(
    paper: Paper, pdf: bytes, *, trusted: Trusted, now: datetime, offered: bytes | None
) -> Signed | tuple[Reason, ...]:
    if not all(validity.intact(one) for one in (paper.signature, *paper.seals)):  # (3)
        # who signed means nothing when what was signed is not this
        return (intake.broken("what was signed is not what stands in the file"),)
    reasons = list(changes.faults(paper, pdf, offered=offered))  # (4)
    stamps = validity.stamps(paper, trust=trusted.stampers, now=now)  # (5)
    if stamps is None:
        reasons.append(intake.stamp_distrusted(", ".join(map(_common, trusted.stampers.roots))))
    found = _signer(paper, trusted, stamps=stamps or (), now=now)
    reasons += [found] if isinstance(found, Reason) else []
    reasons += _strangers(paper, trusted, stamps=stamps or (), now=now)
    terms = papers.terms(paper) if not reasons else {}  # (6)
    if isinstance(found, Reason) or isinstance(terms, Reason) or reasons:
        return (*reasons, terms) if isinstance(terms, Reason) else tuple(reasons)
    signed = _signed(paper, pdf, trusted, found=found, stamps=stamps or ())
    return Signed(terms=terms, **signed, verdict=records.of(paper, found.answer, stamps=stamps or (), now=now) | {
        "profile": signed["profile"], "seal": signed["seal"], "qualified": signed["qualified"],
    })  # fmt: skip


def _signer(paper: Paper, trusted: Trusted, *, stamps: tuple[Stamped, ...], now: datetime) -> _Found | Reason:
    """Whose the first signature is: a performer's, else a pinned platform's."""
    signature = paper.signature
    asked = Question(paper=paper, signature=signature, trust=trusted.performers, stamps=stamps, now=now)
    answer = _holds(asked)
    if isinstance(answer, ReasonCode) and answer is ReasonCode.SIGNER_NOT_TRUSTED:
        for issuer, found in _sealed(paper, signature, trusted, stamps=stamps, now=now):
            if isinstance(found, Answer):
                return _Found(answer=found, issuer=issuer)
            answer = found
    if isinstance(answer, ReasonCode):
        return _distrusted(signature, answer, trusted)
    if not _keeps_to_form(answer):
        return intake.broken("it does not keep to what its own form demands")
    return _Found(answer=answer, issuer=None)


def _sealed(
    paper: Paper, signature: EmbeddedPdfSignature, trusted: Trusted, *, stamps: tuple[Stamped, ...], now: datetime
) -> Iterator[tuple[SealIssuer, Answer | ReasonCode]]:
    """What each pinned platform, whose rules the certificate fits, makes of a seal."""
    for issuer in trusted.seals:
        if issuer.fits(signature.signer_cert):
            question = Question(paper=paper, signature=signature, trust=issuer.trust, stamps=stamps, now=now)
            yield issuer, _holds(question)


def _holds(question: Question) -> Answer | ReasonCode:
    """A root vouches for others; whoever it says it is, nobody vouched for that (and pyHanko asks no more of it)."""
    own = question.signature.signer_cert.dump()
    if not question.trust.roots or any(root.dump() == own for root in question.trust.roots):
        return ReasonCode.SIGNER_NOT_TRUSTED
    return validity.holds(question)


def _strangers(paper: Paper, trusted: Trusted, *, stamps: tuple[Stamped, ...], now: datetime) -> Iterator[Reason]:
    """Signatures after the first that are not the seal of a pinned platform."""
    for one in paper.seals:
        found = _sealed(paper, one, trusted, stamps=stamps, now=now)
        if not any(isinstance(answer, Answer) for _, answer in found):
            came = f"a further signature, by {_common(one.signer_cert)}"
            yield intake.changed(came, "one signature, the performer's, and at most the seal of a pinned platform")


def _keeps_to_form(answer: Answer) -> bool:
    return bool(answer.status.seed_value_ok)


def _distrusted(signature: EmbeddedPdfSignature, why: ReasonCode, trusted: Trusted) -> Reason:
    certificate = signature.signer_cert
    return intake.distrusted(
        why,
        signer=f"{_common(certificate)}, certificate issued by {_name(certificate.issuer)}",
        trusted="; ".join(
            [*map(_common, trusted.performers.roots), *(f"{one.label} (seals)" for one in trusted.seals)]
        ),
    )


def _signed(
    paper: Paper, pdf: bytes, trusted: Trusted, *, found: _Found, stamps: tuple[Stamped, ...]
) -> dict[str, Any]:
    signature, issuer = paper.signature, found.issuer
    return {
        "document_sha256": sha256(pdf).hexdigest(),
        "signer": _common(signature.signer_cert),
        "certificate_sha256": validity.digest(signature.signer_cert),
        "claimed_at": signature.self_reported_timestamp,
        "proven_at": min((stamp.at for stamp in stamps), default=None),
        "profile": _profile(paper, stamps),
        "seal": issuer.label if issuer else "",
        "completion_certificate": bool(issuer and issuer.completion_certificate),
        "qualified": issuer is None and _is_qualified(found.answer, trusted),
    }


def _profile(paper: Paper, stamps: tuple[Stamped, ...]) -> str:
    """ETSI EN 319 142-1, 6.3: what was added since, as far as it holds."""
    documents = [stamp for stamp in stamps if stamp.over == "document"]
    if documents and papers.evidence(paper, revision=documents[-1].revision):
        return "B-LTA"
    if stamps and papers.evidence(paper):
        return "B-LT"
    return "B-T" if stamps else "B-B"


def _is_qualified(answer: Answer, trusted: Trusted) -> bool:
    """By an issuer that a trust list names, and by what the certificate itself states."""
    *issuers, own = answer.chain
    listed = {one.dump() for one in trusted.qualified}
    issued = any(one.dump() in listed for one in issuers)
    statements = list(get_qc_statements(own))
    said = {one["statement_id"].native for one in statements}
    kinds = [
        kind for one in statements if one["statement_id"].native == "qc_type" for kind in one["statement_info"].native
    ]
    return issued and said >= _QUALIFIED and kinds in (["qct_esign"], [])


def _common(certificate: Certificate) -> str:
    return _name(certificate.subject)


def _name(name: Any) -> str:
    return str(name.native.get("common_name") or name.human_friendly)


__all__ = ["Signed", "Trust", "verify"]
