"""A second person lets a consent take effect; and where it names an older version, takes that one's place."""

from django.db import transaction
from django.utils import timezone

from consent import ceremony
from consent.assertion import Purpose
from consent.life import Act, Actor
from consent.models import ConsentRecord
from consent.services import answers, capacity, hands, identity, secrets
from consent.services.answers import Proof
from consent.services.drafting import no_amendment, not_open
from consent.services.entries import Somebody, codes, note
from consent.services.steps import against, lock_with_predecessor, move, subject
from consent.types import ConsentState, Reason, ReasonCode, Refusal
from provenance.types import EntryKind, Json


@transaction.atomic
def approve(
    row: ConsentRecord, *, by: Somebody, proof: Proof | None = None, signed: bool = False
) -> ConsentRecord | Refusal:
    """A second person lets the consent take effect. `proof` is their passkey's answer; whoever has a passkey must give
    it, and everybody where approvals must be `signed`.

    (0) It is signed and verified.
    (1) Whoever approves neither drafted, uploaded nor signed it, and somebody else besides the performer had a hand in
        it (`hands`).
    (2) Whoever signed may sign for the performer (`capacity`).
    (3) If it names an older version, that one stands, is of the same performer, production and matter, and nothing
        else took its place: of two that name it one wins.
    """
    held, old = lock_with_predecessor(row)
    reasons = [
        *against(held, Act.APPROVE, Actor.LEGAL),  # (0)
        *hands.against(held, by),  # (1)
        *capacity.against(held),  # (2)
        *_cannot_replace(held, old),  # (3)
        *_unsigned(held, proof, by=by, signed=signed),
    ]
    if reasons:
        return _refuse(held, reasons, by=by)
    if old is not None:
        _replace(old, held, by=by)
    move(held, Act.APPROVE, Actor.LEGAL, approved_by_id=by.pk, approved_at=timezone.now())
    body: dict[str, Json] = {
        "document_sha256": held.document_sha256,
        "terms_sha256": held.terms_sha256,
        "way": held.way,
        "level": held.level,
        **({"amends": str(old.pk)} if old is not None else {}),
    }
    if proof:
        answers.keep([held], proof, by=by)
        body["assertion_sha256"] = proof.evidence.sha256
    note(EntryKind.CONSENT_APPROVED, subject=subject(held), by=by, body=body)
    row.refresh_from_db()
    return row


def goes_on(old: ConsentRecord, new: ConsentRecord) -> bool:
    """Whether the key goes to the new version, with the clips, the face and the models that it opens: always, unless a
    model may have been trained under the older one and may be no more. That can only be destroyed with its key."""
    return bool(new.terms["training_allowed"]) or not old.terms["training_allowed"]


def versions_before(record: ConsentRecord) -> list[ConsentRecord]:
    """The versions whose place this one took, the newest first. One that waits to be approved took none's."""
    found: list[ConsentRecord] = []
    at = record
    while at.approved_by_id and at.amends and at.amends.state == ConsentState.AMENDED and at.amends not in found:
        at = at.amends
        found.append(at)
    return found


def _replace(old: ConsentRecord, new: ConsentRecord, *, by: Somebody) -> None:
    """The older version ends, and its key goes to the new one or nowhere."""
    move(old, Act.AMEND, Actor.LEGAL, ended_at=timezone.now())
    moved = goes_on(old, new) and secrets.hand_over(old, new)
    destroyed = not goes_on(old, new) and secrets.destroy(old)
    key = "moved" if moved else "destroyed" if destroyed else "none"
    body: dict[str, Json] = {"by": str(new.pk), "document_sha256": old.document_sha256, "key": key}
    note(EntryKind.CONSENT_AMENDED, subject=subject(old), by=by, body=body)
    if destroyed:
        note(EntryKind.KEY_DESTROYED, subject=subject(old), by=by, body={"consent": str(old.pk)})


def _cannot_replace(new: ConsentRecord, old: ConsentRecord | None) -> list[Reason]:
    """By what was signed, not by the columns alone."""
    said = str(new.terms.get("amends", ""))
    if old is None:
        return [no_amendment(new, "the version it names is not here")] if said else []
    if said != str(old.pk):
        return [no_amendment(old, "the signed terms name another version")]
    if (new.performer_id, new.production_id, new.matter) != (old.performer_id, old.production_id, old.matter):
        return [no_amendment(old, "it is of another performer, production or matter")]
    return not_open(old)


def _unsigned(held: ConsentRecord, proof: Proof | None, *, by: Somebody, signed: bool) -> list[Reason]:
    """What is wrong with the approval's signature."""
    if proof is None:
        return [ceremony.no(ReasonCode.PASSKEY_NEEDED)] if signed or identity.passkeys_of(by.pk) else []
    not_theirs = answers.not_theirs(proof.evidence, by)
    other = answers.as_shown(held, purpose=Purpose.APPROVE).document_sha256 != held.document_sha256
    found = [not_theirs, ceremony.no(ReasonCode.OTHER_SHOWN) if other else None]
    return [*filter(None, found), *answers.against([held], proof, purpose=Purpose.APPROVE)]


def _refuse(held: ConsentRecord, reasons: list[Reason], *, by: Somebody) -> Refusal:
    body: dict[str, Json] = {"document_sha256": held.document_sha256, "reasons": codes(reasons)}
    note(EntryKind.CONSENT_APPROVAL_REFUSED, subject=subject(held), by=by, body=body)
    return Refusal(reasons=tuple(reasons), decided_at=timezone.now())
