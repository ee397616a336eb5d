"""Signing with a passkey: a consent that was offered, one that came on paper, or the end of one.

The rules this module keeps:
1. The performer signs, in person, with a passkey that a second person confirmed to be theirs (`identity`).
2. What they said yes to is what stands in the rows now: document, terms and the words beside it (`answers`).
3. Several consents of one performer in one production may be signed by one answer; each keeps it as evidence.
4. A consent signed here is SIGNED until the platform has sealed its document (`seals`); only then can it be approved.
"""

from collections.abc import Iterator, Sequence

from django.db import transaction
from django.utils import timezone

from consent import ceremony, record
from consent.assertion import Evidence, Purpose
from consent.life import Act, Actor
from consent.models import ConsentRecord
from consent.services import answers, identity
from consent.services.answers import Proof
from consent.services.entries import Somebody, note
from consent.services.steps import move
from consent.types import Assurance, Capacity, ConsentState, Reason, ReasonCode, Refusal, Way
from provenance.types import EntryKind

CONFIRMABLE = (Way.SCAN.value, Way.PLATFORM_SEAL.value)


@transaction.atomic
def sign(rows: Sequence[ConsentRecord], *, proof: Proof, by: Somebody) -> list[ConsentRecord] | Refusal:
    """The performer signs consents that were offered to them. Raises TermsError for terms that cannot be read."""
    held = answers.locked(rows)
    reasons = list(_against(held, proof, purpose=Purpose.SIGN, by=by))
    if reasons:
        return answers.refuse(held, reasons, purpose=Purpose.SIGN, by=by)
    answers.keep(held, proof, by=by)
    for row in held:
        note(EntryKind.CONSENT_SIGNED, subject=f"consent:{row.pk}", by=by, body=answers.said(row, proof))
        signer = row.performer.name[:300]
        _enter(row, Act.SIGN, way=Way.PASSKEY, signer=signer, uploaded_by_id=by.pk, signed_at=timezone.now())
    return held


@transaction.atomic
def confirm(rows: Sequence[ConsentRecord], *, proof: Proof, by: Somebody) -> list[ConsentRecord] | Refusal:
    """The performer says that the ink on the scan, or the signature that a platform sealed, is theirs: now it can be
    approved, at the level of a platform's seal. Raises TermsError for terms that cannot be read."""
    held = answers.locked(rows)
    reasons = list(_against(held, proof, purpose=Purpose.CONFIRM, by=by))
    if reasons:
        return answers.refuse(held, reasons, purpose=Purpose.CONFIRM, by=by)
    answers.keep(held, proof, by=by)
    for row in held:
        body = {**answers.said(row, proof), "level": Assurance.SEALED_BY_PLATFORM.value}
        note(EntryKind.CONSENT_CONFIRMED, subject=f"consent:{row.pk}", by=by, body=body)
        _enter(row, Act.VERIFY, level=Assurance.SEALED_BY_PLATFORM)
    return held


@transaction.atomic
def sign_withdrawal(row: ConsentRecord, *, proof: Proof, by: Somebody) -> Refusal | None:
    """The performer's passkey under the end of a consent, kept as evidence. It ends nothing by itself: the caller
    withdraws in the same transaction."""
    held = answers.locked([row])
    reasons = list(_answered(held, proof, purpose=Purpose.WITHDRAW, by=by))
    if reasons:
        return answers.refuse(held, reasons, purpose=Purpose.WITHDRAW, by=by)
    answers.keep(held, proof, by=by)
    body = answers.said(held[0], proof)
    note(EntryKind.CONSENT_WITHDRAWAL_SIGNED, subject=f"consent:{row.pk}", by=by, body=body)
    return None


def waits(row: ConsentRecord) -> Purpose | None:
    """For what the consent waits for its performer's passkey; None if it does not."""
    if row.state == ConsentState.OFFERED:
        return Purpose.SIGN
    waiting = row.state == ConsentState.SIGNED and row.way in CONFIRMABLE
    # A scan is compared first: nobody confirms what may be sent back.
    return Purpose.CONFIRM if waiting and (row.way != Way.SCAN or row.reviewed_by_id is not None) else None


def open_to(rows: Sequence[ConsentRecord], *, purpose: Purpose, by: Somebody) -> Iterator[Reason]:
    """Why these consents cannot be signed together, by this person, for this purpose; whatever their passkey says."""
    if not rows or len({(row.performer_id, row.production_id) for row in rows}) != 1:
        yield ceremony.no(ReasonCode.WRONG_STATE, asked="consents of several people or productions, or none")
    for row in rows:
        if waits(row) is not purpose:
            yield ceremony.no(ReasonCode.WRONG_STATE, asked=row.state)
        if row.valid_until <= timezone.now():
            yield ceremony.no(ReasonCode.CONSENT_EXPIRED)
        if row.performer.person_id != by.pk or not _for_themselves(row):
            yield ceremony.no(ReasonCode.WRONG_SIGNER)


def _against(rows: Sequence[ConsentRecord], proof: Proof, *, purpose: Purpose, by: Somebody) -> Iterator[Reason]:
    found = list(open_to(rows, purpose=purpose, by=by))
    yield from found
    if not found:
        yield from _answered(rows, proof, purpose=purpose, by=by)


def _answered(rows: Sequence[ConsentRecord], proof: Proof, *, purpose: Purpose, by: Somebody) -> Iterator[Reason]:
    not_theirs = answers.not_theirs(proof.evidence, by) or _unconfirmed(rows[0], proof.evidence, purpose)
    if not_theirs:
        yield not_theirs
    yield from answers.against(rows, proof, purpose=purpose)


def _unconfirmed(row: ConsentRecord, evidence: Evidence, purpose: Purpose) -> Reason | None:
    """Whoever ends a consent need not be confirmed first: ending it must be as easy as giving it."""
    if purpose is Purpose.WITHDRAW or evidence.key.sha256 in identity.confirmed(row.performer):
        return None
    return ceremony.no(ReasonCode.IDENTITY_NOT_CONFIRMED)


def _for_themselves(row: ConsentRecord) -> bool:
    """A guardian's or an estate's signature is not the performer's passkey."""
    return record.from_json(row.terms).signer_capacity is Capacity.SELF


def _enter(row: ConsentRecord, act: Act, **columns: object) -> None:
    move(row, act, Actor.PERFORMER, **columns)
    row.refresh_from_db()
