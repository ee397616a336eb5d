"""One step in the life of a consent: the row locked, the table asked (`consent.life`), the change made by
compare-and-set; or the refusal, and its entry in the ledger."""

from typing import Any

from django.db.models import Q
from django.utils import timezone

from consent import life
from consent.life import Act, Actor
from consent.models import ConsentRecord
from consent.services.entries import Somebody, codes, note
from consent.types import ConsentState, Reason, ReasonCode, Refusal
from provenance.types import EntryKind, Json


def lock(row: ConsentRecord) -> ConsentRecord:
    """The row as it stands, locked until the caller's transaction ends."""
    return ConsentRecord.objects.select_for_update(no_key=True, of=("self",)).select_related("performer").get(pk=row.pk)


def lock_with_predecessor(row: ConsentRecord) -> tuple[ConsentRecord, ConsentRecord | None]:
    """The row and the version it amends, if any, locked in the order of their ids."""
    rows = ConsentRecord.objects.select_for_update(no_key=True, of=("self",)).select_related("performer")
    both = {one.pk: one for one in rows.filter(Q(pk=row.pk) | Q(amended_by=row.pk)).order_by("pk")}
    held = both[row.pk]
    return held, both.get(held.amends_id) if held.amends_id else None


def acting(row: ConsentRecord, by: Somebody) -> Actor:
    """As whom somebody acts on a consent that is theirs, or somebody else's whom legal acts for."""
    return Actor.PERFORMER if by.pk == row.performer.person_id else Actor.LEGAL


def against(held: ConsentRecord, act: Act, by: Actor) -> list[Reason]:
    """Why the table has no such step for them now; empty where it has."""
    if life.step(ConsentState(held.state), act, by):
        return []
    return [wrong_state(held, *life.starts(act))]


def move(held: ConsentRecord, act: Act, by: Actor, **changes: Any) -> None:
    """Take the step, on a row that is locked. Raises RuntimeError for one that the table does not have, or a row that
    is no longer what it was: both are mistakes of ours."""
    found = life.step(ConsentState(held.state), act, by)
    if found is None or found.to is None:
        raise RuntimeError(f"{by} may not {act} a consent that is {held.state}")
    taken = ConsentRecord.objects.filter(pk=held.pk, state=held.state).update(state=found.to, **changes)
    if not taken:
        raise RuntimeError(f"consent {held.pk} changed under its lock")


def refuse(held: ConsentRecord, act: Act, reasons: list[Reason], *, by: Somebody) -> Refusal:
    """A step that was refused, written down. In the caller's transaction."""
    body: dict[str, Json] = {"act": act.value, "reasons": codes(reasons)}
    note(EntryKind.CONSENT_STEP_REFUSED, subject=subject(held), by=by, body=body)
    return Refusal(reasons=tuple(reasons), decided_at=timezone.now())


def wrong_state(row: ConsentRecord, *expected: ConsentState) -> Reason:
    return Reason(
        code=ReasonCode.WRONG_STATE,
        sentence=f"This consent is {row.state}, so this step is not open.",
        asked=row.state,
        allowed=" or ".join(state.value for state in expected),
        remedy="Look at what the consent waits for, or draft a new one.",
    )


def same_person() -> Reason:
    return second_person(
        "Nobody approves what they drafted, uploaded or signed themselves.",
        asked="approval by the same person",
        allowed="approval by a second person",
        remedy="Ask a colleague from legal to look at the document and approve it.",
    )


def bound_by_same(name: str, what: str) -> Reason:
    """Whoever says whose a key or a certificate is may not also hand in what it is said to have signed."""
    return second_person(
        f"{name}'s {what} was bound by the person who drafted or uploaded this consent.",
        asked=f"a {what}, a draft and an upload by one person",
        allowed=f"a {what} that somebody else has checked and bound",
        remedy="Have a colleague draft the consent and upload it; the performer's signature stays good.",
    )


def second_person(sentence: str, *, asked: str, allowed: str, remedy: str) -> Reason:
    """What one person did may not be judged by the same."""
    return Reason(code=ReasonCode.SAME_PERSON, sentence=sentence, asked=asked, allowed=allowed, remedy=remedy)


def subject(row: ConsentRecord) -> str:
    return f"consent:{row.pk}"
