"""Who signs for a performer, and the documents that show it: added by one person, approved by another."""

from datetime import date, datetime
from hashlib import sha256

from django.db import transaction
from django.utils import timezone

from consent import life, pki
from consent.life import Act, Actor
from consent.models import ConsentRecord, Performer, Proof, Signatory
from consent.services import ending, people, steps
from consent.services.entries import Somebody, codes, note, sealed_of, subject_of
from consent.types import Capacity, ConsentState, ProofKind, ProofState, Reason, ReasonCode, Refusal, Suspension
from provenance.types import EntryKind, Json


@transaction.atomic
def add_signatory(
    performer: Performer, *, name: str, capacity: Capacity, by: Somebody, union: str = "", agreement: str = ""
) -> Signatory:
    """Name somebody who signs for the performer; the same once more gives what is there. Raises ConsentError for a
    performer who was erased."""
    row = people.present(performer)
    found, new = Signatory.objects.get_or_create(
        performer=row,
        name=name,
        capacity=capacity,
        defaults={"union": union, "agreement": agreement, "added_by_id": by.pk},
    )
    if new:
        body: dict[str, Json] = {"signatory": str(found.pk), "capacity": capacity.value}
        note(EntryKind.SIGNATORY_ADDED, subject=subject_of(row), by=by, body=body, sealed=sealed_of(row, name=name))
    return found


@transaction.atomic
def bind_signatory(signatory: Signatory, *, certificate_pem: bytes, by: Somebody) -> Signatory | Refusal:
    """Bind a signing certificate to who signs for a performer, once. Raises PkiError for what is no certificate.

    Refused for the performer's own, or another than the one that is bound.
    """
    found = pki.fingerprint(certificate_pem)
    row = Signatory.objects.select_for_update(no_key=True).select_related("performer").get(pk=signatory.pk)
    if found == row.performer.certificate_sha256 or row.certificate_sha256 not in ("", found):
        reason = _bound_otherwise(row)
        note(EntryKind.PERFORMER_BINDING_REFUSED, subject=subject_of(row.performer), by=by, body=_refused([reason]))
        return Refusal(reasons=(reason,), decided_at=timezone.now())
    if row.certificate_sha256 != found:
        Signatory.objects.filter(pk=row.pk).update(certificate_sha256=found, certificate_bound_by_id=by.pk)
        body: dict[str, Json] = {"signatory": str(row.pk)}
        sealed = sealed_of(row.performer, certificate_sha256=found)
        note(EntryKind.SIGNATORY_BOUND, subject=subject_of(row.performer), by=by, body=body, sealed=sealed)
    signatory.refresh_from_db()
    return signatory


@transaction.atomic
def add_proof(
    performer: Performer,
    *,
    kind: ProofKind,
    document: bytes,
    by: Somebody,
    signatory: Signatory | None = None,
    valid_until: datetime | None = None,
) -> Proof:
    """Keep a document until a second person has looked at it. Raises ConsentError for a performer who was erased."""
    row = people.present(performer)
    made = Proof.objects.create(
        performer=row,
        signatory=signatory,
        kind=kind,
        document=document,
        sha256=sha256(document).hexdigest(),
        valid_until=valid_until,
        uploaded_by_id=by.pk,
    )
    body: dict[str, Json] = {"proof": str(made.pk), "kind": kind.value}
    note(EntryKind.PROOF_ADDED, subject=subject_of(row), by=by, body=body, sealed=sealed_of(row, document=made.sha256))
    return made


@transaction.atomic
def review_proof(proof: Proof, *, approved: bool, by: Somebody) -> Proof | Refusal:
    """A second person says whether a proof counts. Refused to whoever uploaded it, and once it was reviewed."""
    row = Proof.objects.select_for_update(no_key=True).select_related("performer").get(pk=proof.pk)
    reasons = list(_unreviewable(row, by))
    if reasons:
        note(EntryKind.PROOF_REVIEW_REFUSED, subject=subject_of(row.performer), by=by, body=_refused(reasons))
        return Refusal(reasons=tuple(reasons), decided_at=timezone.now())
    state = ProofState.APPROVED if approved else ProofState.REFUSED
    Proof.objects.filter(pk=row.pk).update(state=state, reviewed_by_id=by.pk, reviewed_at=timezone.now())
    kind = EntryKind.PROOF_APPROVED if approved else EntryKind.PROOF_REFUSED
    note(kind, subject=subject_of(row.performer), by=by, body={"proof": str(row.pk), "kind": row.kind})
    proof.refresh_from_db()
    return proof


@transaction.atomic
def record_birth(performer: Performer, *, born: date, by: Somebody) -> Performer:
    """Keep the performer's birth date; the ledger has it sealed. Raises ConsentError for one who was erased."""
    row = people.present(performer)
    if row.born != born:
        Performer.objects.filter(pk=row.pk).update(born=born)
        sealed = sealed_of(row, born=born.isoformat())
        note(EntryKind.PERFORMER_BORN, subject=subject_of(row), by=by, body={}, sealed=sealed)
    performer.refresh_from_db()
    return performer


@transaction.atomic
def record_death(performer: Performer, *, by: Somebody) -> Performer | Refusal:
    """Write down that the performer has died: consents that do not outlive them end, the others wait for the estate.

    Refused without an approved death certificate. Raises ConsentError for a performer who was erased.
    """
    rows = list(_open_consents(performer))
    row = people.present(performer)
    if not row.proofs.filter(kind=ProofKind.DEATH_CERTIFICATE, state=ProofState.APPROVED).exists():
        reason = _no_certificate(row)
        note(EntryKind.PERFORMER_DEATH_REFUSED, subject=subject_of(row), by=by, body=_refused([reason]))
        return Refusal(reasons=(reason,), decided_at=timezone.now())
    if row.deceased_at is None:
        Performer.objects.filter(pk=row.pk).update(deceased_at=timezone.now())
        note(EntryKind.PERFORMER_DIED, subject=subject_of(row), by=by, body={})
        for one in rows:
            _after_death(one, by=by)
    performer.refresh_from_db()
    return performer


def _open_consents(performer: Performer) -> list[ConsentRecord]:
    """Locked, in the order of their ids; those that wait for a signature among them."""
    states = life.starts(Act.EXPIRE)
    rows = ConsentRecord.objects.select_for_update(no_key=True, of=("self",)).filter(performer=performer)
    return list(rows.filter(state__in=states).select_related("performer").order_by("pk"))


def _after_death(row: ConsentRecord, *, by: Somebody) -> None:
    signed_by_estate = row.terms["signer_capacity"] == Capacity.ESTATE
    if signed_by_estate:
        return
    if not row.terms["survives_death"] or row.state in life.NEVER_STOOD:
        ending.end_early(row, by=by, why="death")
        return
    now = timezone.now()
    held = {"suspended_by_id": by.pk, "suspended_at": now, "suspended_for": Suspension.DEATH}
    if row.state == ConsentState.ACTIVE:
        steps.move(row, Act.SUSPEND, Actor.LEGAL, **held)
    else:  # suspended already, and now for this
        ConsentRecord.objects.filter(pk=row.pk).update(**held)
    body: dict[str, Json] = {"why": Suspension.DEATH.value}
    note(EntryKind.CONSENT_SUSPENDED, subject=steps.subject(row), by=by, body=body)


def _unreviewable(row: Proof, by: Somebody) -> list[Reason]:
    reasons = []
    if row.state != ProofState.WAITING:
        reasons.append(_reviewed(row))
    if by.pk in (row.uploaded_by_id, row.performer.person_id, row.signatory.person_id if row.signatory else None):
        reasons.append(_same_person())
    return reasons


def _reviewed(row: Proof) -> Reason:
    return Reason(
        code=ReasonCode.PROOF_REVIEWED_ALREADY,
        sentence=f"This proof was {row.state} already.",
        asked="to review it again",
        allowed="once",
        remedy="Upload a newer document if something changed.",
    )


def _same_person() -> Reason:
    return steps.second_person(
        "Nobody approves a proof that they uploaded, or that is about themselves.",
        asked="review by the same person",
        allowed="review by a second person",
        remedy="Ask a colleague from legal to look at the document.",
    )


def _no_certificate(performer: Performer) -> Reason:
    return Reason(
        code=ReasonCode.PROOF_MISSING,
        sentence=f"No approved document shows that {performer.name} has died.",
        asked="to record a death",
        allowed="with a death certificate that a second person approved",
        remedy="Upload the death certificate and have somebody else of legal approve it.",
    )


def _bound_otherwise(row: Signatory) -> Reason:
    return Reason(
        code=ReasonCode.WRONG_SIGNER,
        sentence=f"{row.name} is bound to another certificate already, or this is the performer's own.",
        asked="to bind this certificate",
        allowed="one certificate for each signer, their own",
        remedy="Check whose certificate this is.",
    )


def _refused(reasons: list[Reason]) -> dict[str, Json]:
    return {"reasons": codes(reasons)}
