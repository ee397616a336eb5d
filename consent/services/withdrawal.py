"""How a consent ends by somebody's word: an offer taken back or declined, a consent withdrawn."""

from django.db import transaction
from django.utils import timezone

from consent import life
from consent.life import Act, Actor
from consent.models import ConsentRecord
from consent.services import secrets
from consent.services.entries import Somebody, note
from consent.services.steps import acting, against, lock, move, refuse, subject
from consent.types import ConsentState, Refusal
from provenance.types import EntryKind, Json, Sealed


@transaction.atomic
def take_back(row: ConsentRecord, *, by: Somebody) -> ConsentRecord | Refusal:
    """The producer takes an offer back, until it is approved."""
    held = lock(row)
    reasons = against(held, Act.TAKE_BACK, Actor.PRODUCER)
    if reasons:
        return refuse(held, Act.TAKE_BACK, reasons, by=by)
    move(held, Act.TAKE_BACK, Actor.PRODUCER, ended_at=timezone.now())
    note(EntryKind.CONSENT_TAKEN_BACK, subject=subject(held), by=by, body={"was": held.state})
    row.refresh_from_db()
    return row


@transaction.atomic
def decline(row: ConsentRecord, *, by: Somebody, words: str = "") -> ConsentRecord | Refusal:
    """The performer says no to an offer; their words, if any, stand in the ledger sealed."""
    held = lock(row)
    reasons = against(held, Act.DECLINE, Actor.PERFORMER)
    if reasons:
        return refuse(held, Act.DECLINE, reasons, by=by)
    move(held, Act.DECLINE, Actor.PERFORMER, ended_at=timezone.now())
    note(EntryKind.CONSENT_DECLINED, subject=subject(held), by=by, body={"was": held.state}, sealed=said(held, words))
    row.refresh_from_db()
    return row


@transaction.atomic
def withdraw(row: ConsentRecord, *, by: Somebody, reason: str) -> ConsentRecord:
    """End a consent and destroy its key. One that has ended by somebody's word already stays as it is, in silence.

    `reason` is kept with the consent and not in the ledger, for it is a person's own words.
    """
    held = lock(row)
    actor = acting(held, by)
    if life.step(ConsentState(held.state), Act.WITHDRAW, actor):
        move(held, Act.WITHDRAW, actor, withdrawn_at=timezone.now(), withdrawal_reason=reason[:500])
        destroyed = secrets.destroy(held)
        body: dict[str, Json] = {"was": held.state, "document_sha256": held.document_sha256}
        note(EntryKind.CONSENT_WITHDRAWN, subject=subject(held), by=by, body=body)
        if destroyed:
            note(EntryKind.KEY_DESTROYED, subject=subject(held), by=by, body={"consent": str(held.pk)})
    row.refresh_from_db()
    return row


def said(row: ConsentRecord, words: str) -> tuple[Sealed, ...]:
    """Somebody's own words about a consent, to be erased with its performer."""
    given = words.strip()[:500]
    return (Sealed(of=f"performer:{row.performer_id}", values={"words": given}),) if given else ()
