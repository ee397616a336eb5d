"""What the ledger says of consents: a row alone is not believed, for who writes rows cannot write the ledger back."""

from collections.abc import Iterable
from hashlib import sha256
from uuid import UUID

from consent.enrolment import ProposedFace
from consent.models import ConsentRecord, Performer
from consent.services import endorsement
from provenance import ledger
from provenance.types import EntryKind, Said

_ENDS = (EntryKind.CONSENT_WITHDRAWN, EntryKind.CONSENT_AMENDED, EntryKind.CONSENT_EXPIRED)
_PAUSES = (EntryKind.CONSENT_SUSPENDED, EntryKind.CONSENT_LIFTED)
_KINDS = (EntryKind.CONSENT_APPROVED, *_ENDS, *_PAUSES)


def attested(rows: Iterable[ConsentRecord]) -> frozenset[UUID]:
    """Those that the ledger knows as approved, by these digests and at this level, and not as ended or suspended; where
    whoever approved has a passkey, only with its answer (`endorsement`).

    Raises LedgerError: a ledger that cannot be read vouches for nobody.
    """
    asked = {f"consent:{row.pk}": row for row in rows}
    entries = ledger.about(asked, kinds=_KINDS)
    last = {entry.subject: entry.kind for entry in entries if entry.kind in _PAUSES}  # in their order
    paused = {subject for subject, kind in last.items() if kind is EntryKind.CONSENT_SUSPENDED}
    ended = paused | {entry.subject for entry in entries if entry.kind in _ENDS}
    standing = [entry for entry in entries if entry.subject not in ended and _approves(entry, asked[entry.subject])]
    return frozenset(asked[subject].pk for subject in endorsement.believed(standing, asked))


def withdrawn(consents: Iterable[UUID]) -> frozenset[UUID]:
    """Those that the ledger knows as withdrawn, whatever their rows say."""
    entries = ledger.about([f"consent:{pk}" for pk in consents], kinds=(EntryKind.CONSENT_WITHDRAWN,))
    return frozenset(UUID(entry.subject.removeprefix("consent:")) for entry in entries)


def _approves(entry: Said, row: ConsentRecord) -> bool:
    said = (entry.body.get("document_sha256"), entry.body.get("terms_sha256"), entry.body.get("level"))
    return entry.kind is EntryKind.CONSENT_APPROVED and said == (row.document_sha256, row.terms_sha256, row.level)


def confirmed(performers: Iterable[Performer]) -> frozenset[UUID]:
    """Those whose face template the ledger knows as the one that was confirmed last. Raises LedgerError."""
    asked = {f"performer:{performer.pk}": performer for performer in performers}
    said = ledger.about(asked, kinds=(EntryKind.PERFORMER_ENROLMENT_CONFIRMED,))
    last = {entry.subject: entry.body.get("template_sha256") for entry in said}
    return frozenset(p.pk for subject, p in asked.items() if p.template and last.get(subject) == template_of(p))


def measured(proposed: ProposedFace) -> Said | None:
    """The entry that a worker measured this very face for this performer; None for a row that says otherwise. Raises
    LedgerError."""
    ours = (str(proposed.pk), digest(proposed.template), proposed.recogniser)
    said = ledger.about([f"performer:{proposed.performer_id}"], kinds=(EntryKind.PERFORMER_ENROLLED,))
    names = ("enrolment", "template_sha256", "recogniser")
    return next((entry for entry in said if tuple(map(entry.body.get, names)) == ours), None)


def template_of(performer: Performer) -> str:
    """The digest of the template that stands, as it lies encrypted; empty without one."""
    return digest(performer.template) if performer.template else ""


def digest(template: bytes | memoryview) -> str:
    return sha256(bytes(template)).hexdigest()
