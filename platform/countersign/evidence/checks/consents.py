"""Did each performer sign these terms, and did a second person approve them before the decision?"""

from collections.abc import Iterator
from hashlib import sha256

from consent import pades, record
from consent.errors import TermsError
from consent.pades import Signed
from consent.pins import Pins
from consent.types import Reason, ReasonCode, Refusal, Terms
from countersign.evidence.bundle import (
    CONSENT_ROOTS,
    CONSENTS,
    OFFERED,
    QUALIFIED,
    SEALERS,
    SIGNED,
    SIGNED_AS,
    STAMP_ROOTS,
    TERMS,
    VERDICT,
)
from countersign.evidence.case import Case, guarded
from countersign.evidence.checks import answers, elsewhere
from countersign.evidence.checks.papers import PART, Paper
from countersign.evidence.errors import AbsentError, UnfitError
from countersign.evidence.findings import Finding
from provenance import canonical


def check(case: Case) -> Iterator[Finding]:
    if not case.consents:
        yield PART.leaves_open("The decision names no consent.")
    for pk in case.consents:
        paper = Paper(case=case, pk=pk)
        for question in (_signed, _confirmed, _verdict, _terms, _approved, _withdrawn):
            yield from guarded(PART, lambda _, ask=question, paper=paper: ask(paper), case)  # type: ignore[misc]


def terms(case: Case, pk: str) -> Terms:
    """The terms of a consent as its JSON states them. Raises AbsentError, UnfitError."""
    name = f"{CONSENTS}{pk}{TERMS}"
    try:
        return record.from_json(case.bundle.json(name))
    except TermsError as e:
        raise UnfitError(f"{name} states no terms: {e}") from e


def _signed(paper: Paper) -> Iterator[Finding]:
    if paper.way in elsewhere.CHECKS:
        yield from elsewhere.CHECKS[paper.way](paper)
        return
    case, name = paper.case, paper.folder + SIGNED
    if answers.signed_here(case, paper.pk):
        yield from answers.signed(case, paper.pk, folder=paper.folder, terms=terms(case, paper.pk))
        return
    pdf, offered = case.bundle.read(name), case.bundle.read(paper.folder + OFFERED)
    answer = _verified(paper, pdf, offered=offered)
    if isinstance(answer, Refusal):
        yield from (PART.fails(f"{paper.short}: {reason.sentence} {_came(reason)}", name) for reason in answer.reasons)
        return
    whose = "the authorities you named" if case.pins.consent_roots is not None else "the authorities in the bundle"
    yield PART.holds(f"{paper.short}: the whole PDF is signed by {answer.signer}, under {whose}.", name)
    yield elsewhere.confirmed(paper) if answer.seal else _bound(paper, answer)
    yield PART.judged(
        answer.terms == case.bundle.json(paper.folder + TERMS),
        f"{paper.short}: the terms inside the signed bytes are those in terms.json.",
        f"{paper.short}: the terms inside the signed bytes are not those in terms.json.",
        member=name,
    )


def _confirmed(paper: Paper) -> Iterator[Finding]:
    if paper.told("consent:confirmed"):
        yield from answers.confirmed(paper.case, paper.pk, folder=paper.folder, terms=terms(paper.case, paper.pk))


def _verdict(paper: Paper) -> Iterator[Finding]:
    """What was found at the intake, with the evidence of that day, is what the log holds the digest of."""
    lines = [*paper.told("consent:verified"), *paper.told("consent:received")]
    said = lines[-1].body.get("verdict_sha256") if lines else None
    if said is None:
        return
    name = paper.folder + VERDICT
    yield PART.judged(
        canonical.sha256(paper.case.bundle.json(name)) == said,
        f"{paper.short}: the verdict of its intake is the one that was recorded (entry {lines[-1].index}).",
        f"{paper.short}: the verdict of its intake is not the one that was recorded (entry {lines[-1].index}).",
        member=name,
    )


def _came(reason: Reason) -> str:
    return f"Came: {reason.asked}; expected: {reason.allowed}."


def _verified(paper: Paper, pdf: bytes, *, offered: bytes) -> Signed | Refusal:
    """As of the moment the log recorded it; where the revocation lists do not speak for that, as of now."""
    pins = _pins(paper.case)
    answer = pades.verify(pdf, pins=pins, now=paper.recorded_at, offered=offered)
    unknown = isinstance(answer, Refusal) and {ReasonCode.REVOCATION_UNKNOWN} == {r.code for r in answer.reasons}
    return pades.verify(pdf, pins=pins, now=paper.case.now, offered=offered) if unknown else answer


def _pins(case: Case) -> Pins:
    return Pins(
        roots=case.trusted(case.pins.consent_roots, CONSENT_ROOTS),
        stampers=case.maybe_trusted(case.pins.stamp_roots, STAMP_ROOTS),
        qualified=case.maybe_trusted(case.pins.qualified, QUALIFIED),
        seals=case.maybe_trusted(case.pins.sealers, SEALERS),
    )


def _bound(paper: Paper, signed: Signed) -> Finding:
    """The certificate must be the performer's by the log, not only by its name."""
    known = paper.bound(signed.terms.get("performer_id"), "certificate_sha256")
    if known is None:
        return PART.leaves_open(f"{paper.short}: nothing here shows which certificate is the performer's.")
    line, digest = known
    return PART.judged(
        digest == signed.certificate_sha256,
        f"{paper.short}: the certificate is the one bound to the performer (entry {line.index}).",
        f"{paper.short}: the certificate is not the one bound to the performer (entry {line.index}).",
        member=paper.folder + SIGNED,
    )


def _terms(paper: Paper) -> Iterator[Finding]:
    digest = record.digest(terms(paper.case, paper.pk))
    granted = _binding(paper)
    yield PART.judged(
        granted.get("terms_sha256") == digest,
        f"{paper.short}: the decision was made on these terms.",
        f"{paper.short}: the decision names other terms than terms.json.",
        member=paper.folder + TERMS,
    )


def _binding(paper: Paper) -> dict[str, object]:
    decision = paper.case.decision
    named = decision.body["consents"] if decision else []
    return next((one for one in named if one["consent"] == paper.pk), {})


def _approved(paper: Paper) -> Iterator[Finding]:
    line, granted = paper.approval, _binding(paper)
    if line is None:
        yield PART.fails(f"{paper.short}: no entry shows that it was approved before the decision.")
        return
    said = (line.body.get("document_sha256"), line.body.get("terms_sha256"))
    same = said == (granted.get("document_sha256"), granted.get("terms_sha256")) and said[0] == _document(
        paper, said[0]
    )
    yield PART.judged(
        same,
        f"{paper.short}: this document was approved (entry {line.index}, {line.recorded_at:%d %B %Y, %H:%M} UTC).",
        f"{paper.short}: what was approved (entry {line.index}) is another document, or other terms.",
        member=line.member,
    )
    others = {one.actor for kind in ("consent:drafted", "consent:verified") for one in paper.told(kind)}
    yield PART.judged(
        bool(others) and line.actor not in others,
        f"{paper.short}: whoever approved it neither drafted nor uploaded it.",
        f"{paper.short}: nothing shows that a second person approved it.",
        member=line.member,
    )
    yield from answers.approved(paper.case, paper.pk, folder=paper.folder, line=line)


def _document(paper: Paper, claimed: object) -> object:
    """The digest of the signed PDF; where that is not at hand, what the manifest or the approval says of it."""
    names = [paper.folder + ending for ending in SIGNED_AS.values()]
    held = [name for name in names if paper.case.bundle.holds(name)]
    try:
        return sha256(paper.case.bundle.read(held[0])).hexdigest() if held else _withheld(paper, names) or claimed
    except AbsentError:
        return _withheld(paper, names) or claimed


def _withheld(paper: Paper, names: list[str]) -> str:
    return next(filter(None, map(paper.case.bundle.withheld, names)), "")


def _withdrawn(paper: Paper) -> Iterator[Finding]:
    published = paper.case.told("output:published", f"output:{paper.case.bundle.contents.about.output}")
    for line in paper.told("consent:withdrawn"):
        when = f"{line.recorded_at:%d %B %Y, %H:%M} UTC (entry {line.index})"
        if published and published[0].index < line.index:
            yield PART.holds(f"{paper.short} was withdrawn on {when}, after the output was published.", line.member)
        elif published:
            yield PART.fails(f"{paper.short} was withdrawn on {when}, before the output was published.", line.member)
        else:
            yield PART.holds(f"{paper.short} was withdrawn on {when}; no output was published.", line.member)
    if not paper.told("consent:withdrawn"):
        yield PART.holds(f"{paper.short}: no entry in the bundle withdraws it.")
