"""Did the performer's own passkey say yes to what is here, and the approver's to the approval? Pure.

A passkey's answer holds by itself: purpose, production and the digest of what was shown stand inside what it signed.
Whose passkey it was, the log says: a second person confirmed the performer's there.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from consent import passkeys, record, sealing, shown
from consent.assertion import Evidence, Purpose
from consent.errors import SealingError
from consent.types import Terms
from countersign.evidence.bundle import ANSWERS, DOCUMENTS_ROOT, OFFERED, SIGNED, STAMP_ROOTS, Line
from countersign.evidence.case import Case
from countersign.evidence.findings import Finding, Part
from provenance import canonical

PART = Part(name="The consents")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer that was kept, and the entry that names it."""

    evidence: Evidence
    shown: list[dict[str, Any]]
    summary: list[Any]
    line: Line

    def about(self, pk: str) -> Mapping[str, Any]:
        """What was shown of one consent; nothing, or twice something, is nothing."""
        found = [one for one in self.shown if one["consent_id"] == pk]
        return found[0] if len(found) == 1 else {}


def signed_here(case: Case, pk: str) -> bool:
    return bool(case.told("consent:signed", f"consent:{pk}"))


def signed(case: Case, pk: str, *, folder: str, terms: Terms) -> Iterator[Finding]:
    """The consent was signed on the platform: by the performer's passkey, over what is in the bundle; then sealed."""
    name = f"Consent {pk[:8]}"
    offered = case.bundle.read(folder + OFFERED)
    (line,) = case.told("consent:signed", f"consent:{pk}")[-1:]
    answer = _kept(case, folder, line)
    about = answer.about(pk)
    same = (about.get("document_sha256"), about.get("terms_sha256"), about.get("summary_sha256"))
    whole = (sha256(offered).hexdigest(), record.digest(terms), canonical.sha256(answer.summary))
    yield PART.judged(
        _holds(answer, purpose=Purpose.SIGN, production=str(terms.production_id)) and same == whole,
        f"{name}: the passkey said yes to this document, these terms and the words beside them (entry {line.index}).",
        f"{name}: the passkey's answer does not hold, or is about something else than what is here.",
        member=folder + ANSWERS,
    )
    yield _whose(case, answer, performer=f"performer:{terms.performer_id}", name=name)
    yield _seal(case, folder=folder, offered=offered, name=name)


def confirmed(case: Case, pk: str, *, folder: str, terms: Terms) -> Iterator[Finding]:
    """What came on paper, or sealed by a platform: the performer's passkey said that it is theirs."""
    name = f"Consent {pk[:8]}"
    for line in case.told("consent:confirmed", f"consent:{pk}"):
        answer = _kept(case, folder, line)
        about = answer.about(pk)
        same = all(about.get(field) == line.body[field] for field in ("document_sha256", "terms_sha256"))
        whole = about.get("summary_sha256") == canonical.sha256(answer.summary)
        yield PART.judged(
            same and whole and _holds(answer, purpose=Purpose.CONFIRM, production=str(terms.production_id)),
            f"{name}: the performer's passkey said yes to what came in (entry {line.index}).",
            f"{name}: the passkey's answer that it is the performer's own does not hold.",
            member=folder + ANSWERS,
        )
        yield _whose(case, answer, performer=f"performer:{terms.performer_id}", name=name)


def approved(case: Case, pk: str, *, folder: str, line: Line) -> Iterator[Finding]:
    """The approval, where the log says that it was given by passkey."""
    if "assertion_sha256" not in line.body:
        return
    name = f"Consent {pk[:8]}"
    answer = _kept(case, folder, line)
    about = answer.about(pk)
    same = all(about.get(field) == line.body[field] for field in ("document_sha256", "terms_sha256"))
    production = str(about.get("production_id"))
    yield PART.judged(
        same and _holds(answer, purpose=Purpose.APPROVE, production=production),
        f"{name}: whoever approved it signed that with a passkey.",
        f"{name}: the passkey's answer under the approval does not hold.",
        member=folder + ANSWERS,
    )
    known = [one.body["passkey_sha256"] for one in case.told("person:passkey-added", line.actor)]
    yield PART.judged(
        answer.evidence.key.sha256 in known,
        f"{name}: the log knows that passkey as the approver's.",
        f"{name}: the log does not know that passkey as the approver's.",
        member=line.member,
    )


def _kept(case: Case, folder: str, line: Line) -> Answer:
    """The answer that the entry names. Raises AbsentError, ConsentError, KeyError."""
    kept = {one["sha256"]: one for one in case.bundle.json(folder + ANSWERS)}
    found = kept[line.body["assertion_sha256"]]
    return Answer(
        evidence=Evidence.from_json(found["evidence"]), shown=found["shown"], summary=found["summary"], line=line
    )


def _holds(answer: Answer, *, purpose: Purpose, production: str) -> bool:
    evidence = answer.evidence
    statement = evidence.statement
    return (
        evidence.sha256 == answer.line.body["assertion_sha256"]
        and statement.purpose is purpose
        and str(statement.production) == production
        and statement.digest == shown.digest_of(list(answer.shown), nonce=statement.nonce)
        and passkeys.fault(evidence, at=evidence.place) is None
    )


def _whose(case: Case, answer: Answer, *, performer: str, name: str) -> Finding:
    confirmed = [
        line
        for line in case.told("performer:identity-confirmed", performer)
        if line.body["passkey_sha256"] == answer.evidence.key.sha256 and line.index < answer.line.index
    ]
    inviters = {line.actor for line in case.told("performer:invited", performer)}
    second = [line for line in confirmed if line.actor not in inviters | {answer.line.actor}]
    return PART.judged(
        bool(second),
        f"{name}: a second person had confirmed that the passkey is the performer's.",
        f"{name}: nothing shows that a second person had confirmed the passkey as the performer's.",
        member=second[0].member if second else answer.line.member,
    )


def _seal(case: Case, *, folder: str, offered: bytes, name: str) -> Finding:
    """The platform's seal over the document: it says when, and that the file is whole."""
    pdf = case.bundle.read(folder + SIGNED)
    root = case.trusted(case.pins.documents, DOCUMENTS_ROOT)
    stamps = case.maybe_trusted(case.pins.stamp_roots, STAMP_ROOTS)
    try:
        seal = sealing.read(pdf, root=root, stamp_roots=stamps, now=case.now)
    except SealingError as e:
        return PART.fails(f"{name}: {e}", folder + SIGNED)
    when = f", time-stamped {seal.stamped_at:%d %B %Y, %H:%M} UTC" if seal.stamped_at else ", without a time-stamp"
    return PART.judged(
        pdf.startswith(offered),
        f"{name}: the whole PDF is sealed by {seal.by}{when}, and begins with the document that was offered.",
        f"{name}: the sealed PDF does not begin with the document that was offered.",
        member=folder + SIGNED,
    )
