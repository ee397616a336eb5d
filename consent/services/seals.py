"""The platform's seal on consents signed here. Done by a worker that holds the sealing key, which the web does not.

The worker believes nobody: it looks at the evidence and at the ledger itself before it seals. What it cannot seal now,
because an authority is away, waits; nothing is lost.
"""

from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from consent import ceremony, passkeys, sealing, shown
from consent.assertion import Evidence, Purpose
from consent.errors import ConsentError
from consent.fields import isoformat
from consent.models import Assertion, ConsentRecord
from consent.sealing import Seal, Sealer, Stamper
from consent.services import identity
from consent.services.entries import codes, note
from consent.types import Assurance, ConsentState, ReasonCode, Way
from provenance import canonical, ledger
from provenance.types import EntryKind, Json

ACTOR = "worker:seal"
ATTACHED = "passkey.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealing:
    """With what is sealed, under which root (PEM), and who time-stamps, if anybody does."""

    sealer: Sealer
    root: bytes
    stamper: Stamper | None


def seal(consent_id: UUID, *, by: Sealing) -> bool:
    """Seal the document of a consent that was signed here, and let it be approved; whether it was done.

    False where there is nothing to seal, or where the evidence does not hold, which then stands in the ledger. Raises
    SealingError if it cannot be sealed now.
    """
    row = ConsentRecord.objects.select_related("performer").get(pk=consent_id)
    if row.state != ConsentState.SIGNED or row.way != Way.PASSKEY:
        return False
    evidence = _evidence(row)
    if evidence is None:
        return _refused(row)
    now = timezone.now()
    attached = {ATTACHED: canonical.dumps(_attachment(evidence))}
    offered = bytes(row.offered_pdf)
    pdf = sealing.seal(offered, attached=attached, sealer=by.sealer, stamper=by.stamper, root=by.root, now=now)
    roots = by.stamper.roots if by.stamper else b""
    found = sealing.read(pdf, root=by.root, stamp_roots=roots, now=timezone.now())
    return _verified(row, pdf, found=found, evidence=evidence)


def _evidence(row: ConsentRecord) -> Assertion | None:
    """The answer by which it was signed: the ledger knows it, the passkey is the performer's, and it holds."""
    said = ledger.about([f"consent:{row.pk}"], kinds=(EntryKind.CONSENT_SIGNED,))
    digests = {str(entry.body["assertion_sha256"]) for entry in said}
    kept = Assertion.objects.filter(consent=row, purpose=Purpose.SIGN.value, sha256__in=digests).first()
    return kept if kept and _holds(row, kept) else None


def _holds(row: ConsentRecord, kept: Assertion) -> bool:
    try:
        evidence = Evidence.from_json(kept.evidence)
    except ConsentError:
        return False
    document = sha256(bytes(row.offered_pdf)).hexdigest()
    mine = [one for one in kept.shown if one["consent_id"] == str(row.pk)]
    return (
        evidence.sha256 == kept.sha256
        and evidence.statement.purpose is Purpose.SIGN
        and evidence.statement.production == row.production_id
        and evidence.key.sha256 in identity.ever_confirmed(row.performer)
        and passkeys.fault(evidence, at=evidence.place) is None
        and evidence.statement.digest == shown.digest_of(kept.shown, nonce=evidence.statement.nonce)
        and [(one["document_sha256"], one["terms_sha256"]) for one in mine] == [(document, row.terms_sha256)]
    )


def _attachment(kept: Assertion) -> dict[str, Json]:
    return {"evidence": kept.evidence, "shown": kept.shown, "summary": kept.summary}


@transaction.atomic
def _verified(row: ConsentRecord, pdf: bytes, *, found: Seal, evidence: Assertion) -> bool:
    """By compare-and-set: of two workers one wins, and a consent withdrawn meanwhile stays withdrawn."""
    digest = sha256(pdf).hexdigest()
    waiting = ConsentRecord.objects.filter(pk=row.pk, state=ConsentState.SIGNED, way=Way.PASSKEY)
    sealed = {"signed_pdf": pdf, "document_sha256": digest, "level": Assurance.PERSONAL}
    if waiting.update(state=ConsentState.VERIFIED, **sealed) != 1:
        return False
    body: dict[str, Json] = {
        "document_sha256": digest,
        "terms_sha256": row.terms_sha256,
        "assertion_sha256": evidence.sha256,
        "time_stamped_at": isoformat(found.stamped_at),
    }
    note(EntryKind.CONSENT_VERIFIED, subject=f"consent:{row.pk}", by=ACTOR, body=body)
    return True


@transaction.atomic
def _refused(row: ConsentRecord) -> bool:
    reasons = [ceremony.no(ReasonCode.OTHER_SHOWN)]
    body: dict[str, Json] = {"purpose": "seal", "reasons": codes(reasons)}
    note(EntryKind.CONSENT_SIGNING_REFUSED, subject=f"consent:{row.pk}", by=ACTOR, body=body)
    return False
