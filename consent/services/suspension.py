"""A consent suspended and lifted: nothing is made under it meanwhile, and its key is kept and given to nobody."""

from collections.abc import Iterator

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from consent import ceremony
from consent.life import Act, Actor
from consent.models import ConsentRecord
from consent.services import capacity, identity
from consent.services.entries import Somebody, note
from consent.services.steps import acting, against, lock, move, refuse, second_person, subject
from consent.services.withdrawal import said
from consent.types import Capacity, ConsentState, Reason, ReasonCode, Refusal, Suspension
from provenance.types import EntryKind, Json


@transaction.atomic
def suspend(row: ConsentRecord, *, by: Somebody, why: Suspension, words: str = "") -> ConsentRecord | Refusal:
    """Let nothing be made under a consent until it is lifted. The performer may, for a dispute; legal may."""
    held = lock(row)
    actor = acting(held, by)
    reasons = against(held, Act.SUSPEND, actor)
    if reasons:
        return refuse(held, Act.SUSPEND, reasons, by=by)
    code = Suspension.DISPUTE if actor is Actor.PERFORMER else why
    move(held, Act.SUSPEND, actor, suspended_by_id=by.pk, suspended_at=timezone.now(), suspended_for=code)
    body: dict[str, Json] = {"why": code.value}
    note(EntryKind.CONSENT_SUSPENDED, subject=subject(held), by=by, body=body, sealed=said(held, words))
    row.refresh_from_db()
    return row


@transaction.atomic
def suspend_by_itself(row: ConsentRecord, *, by: str, why: Suspension) -> bool:
    """The same without a person, by a part of the platform; whether it stood until then. In the caller's transaction
    the consent is locked before anything that comes later in the order of locks."""
    held = lock(row)
    if against(held, Act.SUSPEND, Actor.CLOCK):
        return False
    move(held, Act.SUSPEND, Actor.CLOCK, suspended_by=None, suspended_at=timezone.now(), suspended_for=why)
    note(EntryKind.CONSENT_SUSPENDED, subject=subject(held), by=by, body={"why": why.value})
    return True


def unproven() -> list[ConsentRecord]:
    """Consents that stand although nothing that counts shows any more that whoever signed may sign, or that the estate
    confirmed them."""
    by_another = Q(terms__signer_capacity__in=[one.value for one in capacity.PROOFS if one is not Capacity.SELF])
    after_death = Q(performer__deceased_at__isnull=False)
    rows = ConsentRecord.objects.filter(by_another | after_death, state=ConsentState.ACTIVE)
    return [row for row in rows.select_related("performer").order_by("pk") if lapse_of(row)]


def lapse_of(row: ConsentRecord) -> Suspension | None:
    """Why a consent that somebody else signed, or that outlived its performer, is to be suspended; None if it is not.
    What the performer signed themselves waits for the estate again: no other proof will do."""
    if capacity.capacity_of(row) is not Capacity.SELF:
        return Suspension.PROOF_LAPSED if capacity.not_shown(row) else None
    return Suspension.DEATH if row.performer.deceased_at and capacity.no_estate(row) else None


@transaction.atomic
def lift(row: ConsentRecord, *, by: Somebody) -> ConsentRecord | Refusal:
    """Let the consent stand again.

    (0) It is suspended.
    (1) What the performer suspended only they lift, once it is known who they are; what legal or the platform did,
        somebody else of legal.
    (2) Whoever signed, or after a death the estate, may still speak for the performer.
    """
    held = lock(row)
    actor = acting(held, by)
    reasons = against(held, Act.LIFT, actor)  # (0)
    if not reasons:
        reasons = [*_not_theirs(held, by, actor), *_not_spoken_for(held)]  # (1) (2)
    if reasons:
        return refuse(held, Act.LIFT, reasons, by=by)
    was = held.suspended_for
    move(held, Act.LIFT, actor, suspended_by=None, suspended_at=None, suspended_for="")
    note(EntryKind.CONSENT_LIFTED, subject=subject(held), by=by, body={"was": was})
    row.refresh_from_db()
    return row


def _not_theirs(held: ConsentRecord, by: Somebody, actor: Actor) -> Iterator[Reason]:
    performers = held.suspended_by_id is not None and held.suspended_by_id == held.performer.person_id
    if performers != (actor is Actor.PERFORMER):
        yield _anothers(held, performers=performers)
    elif performers and not identity.known(held.performer):
        yield ceremony.no(ReasonCode.IDENTITY_NOT_CONFIRMED)
    elif actor is Actor.LEGAL and held.suspended_by_id == by.pk:
        yield _same_person()


def _not_spoken_for(held: ConsentRecord) -> list[Reason]:
    if held.suspended_for == Suspension.DEATH:
        return capacity.no_estate(held)
    return capacity.against(held)


def _anothers(held: ConsentRecord, *, performers: bool) -> Reason:
    who = held.performer.name
    return Reason(
        code=ReasonCode.SUSPENSION_IS_ANOTHERS,
        sentence=f"{who} suspended this consent, so only {who} lifts it."
        if performers
        else "This consent was suspended by legal or by the platform, so legal lifts it.",
        asked="to lift a suspension of somebody else's",
        allowed=f"{who} alone" if performers else "a second person of legal",
        remedy="Speak with them; nothing is made until they lift it.",
    )


def _same_person() -> Reason:
    return second_person(
        "Nobody lifts a suspension that they placed themselves.",
        asked="to lift it alone",
        allowed="lifted by a second person",
        remedy="Ask a colleague from legal to look at the case and lift it.",
    )
