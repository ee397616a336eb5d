"""Legal holds: placed with a reason, lifted by a second person, believed from the ledger.

The rules this module keeps:
1. While a hold stands on a subject, nothing under it (`keeping.cover`) is destroyed, by schedule or by erasure.
2. A withdrawal is the performer's right and goes before every hold: keys, face template and model are destroyed at
   once, and nothing more can be made. A hold keeps documents, pictures, clips and outputs, never the means to make
   another; so a clip goes all the same with the last consent of a performer in it, for its key goes (`runs.sharing`).
3. Whoever placed a hold lifts it only if nobody else is legal on the production.
4. A hold stands if the ledger says so or if its row does: who deletes the row, destroys nothing by it.
5. Placing one and destroying something wait for each other (`countersign.quiet`): neither happens behind the other's
   back.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from consent.services.steps import second_person
from consent.types import Reason, ReasonCode, Refusal
from countersign import quiet
from countersign.accounts.models import Membership, Person, Production, Role
from countersign.keeping.errors import HoldError
from countersign.keeping.models import Hold
from provenance import ledger
from provenance.types import EntryKind, Json, Sealed

KINDS = (EntryKind.HOLD_PLACED, EntryKind.HOLD_LIFTED)


@transaction.atomic
def place(production: Production, *, subject: str, reason: str, by: Person) -> Hold:
    """Hold `subject` ("run:<id>"), which the caller has fetched for `by`. Raises HoldError without a reason."""
    if not reason.strip():
        raise HoldError("Say why this is held: whoever lifts the hold has to judge whether the reason is gone.")
    quiet.alone(production.organisation_id)
    hold = Hold.objects.create(
        production=production, subject=subject, reason=reason.strip()[:500], placed_by=by, placed_at=timezone.now()
    )
    ledger.append(
        EntryKind.HOLD_PLACED,
        subject=subject,
        actor=f"person:{by.pk}",
        body={"hold": str(hold.pk), "production": str(production.pk)},
        sealed=Sealed(of=f"hold:{hold.pk}", values={"reason": hold.reason}),
    )
    return hold


@transaction.atomic
def lift(hold: Hold, *, by: Person) -> Hold | Refusal:
    """Let go of what was held. Refused to whoever placed it while somebody else is legal there, and a second time."""
    now = timezone.now()
    quiet.alone(hold.production.organisation_id)
    held = Hold.objects.select_for_update(no_key=True).get(pk=hold.pk)
    alone = held.placed_by_id == by.pk and not _others(held, by)
    reason = _may_not_lift(held, by, alone=alone)
    if reason:
        _log(EntryKind.HOLD_LIFT_REFUSED, held, by, {"reasons": [reason.code.value]})
        return Refusal(reasons=(reason,), decided_at=now)
    Hold.objects.filter(pk=held.pk).update(lifted_by=by, lifted_at=now, lifted_alone=alone)
    _log(EntryKind.HOLD_LIFTED, held, by, {"alone": alone})
    held.refresh_from_db()
    return held


def standing(subjects: Iterable[str]) -> frozenset[str]:
    """Those of the subjects that are held, by their row or by the ledger's word. Raises LedgerError."""
    asked = list(subjects)
    rows = set(Hold.objects.filter(subject__in=asked, lifted_at=None).values_list("subject", flat=True))
    placed: dict[Json, str] = {}
    for entry in ledger.about(asked, kinds=KINDS):
        if entry.kind is EntryKind.HOLD_PLACED:
            placed[str(entry.body.get("hold"))] = entry.subject
        else:
            placed.pop(str(entry.body.get("hold")), None)
    return frozenset(rows.union(placed.values()))


def reason_against(held: Iterable[str]) -> Reason:
    """Why something is not destroyed. The holds' own reasons are legal's and stay with legal."""
    over = ", ".join(sorted({subject.partition(":")[0] for subject in held}))
    return Reason(
        code=ReasonCode.HOLD_STANDS,
        sentence=f"A legal hold stands on this {over}.",
        asked="to destroy what lies under it",
        allowed="only once the hold is lifted",
        remedy="Ask legal, who can lift the hold when its reason is gone.",
    )


def _others(hold: Hold, by: Person) -> bool:
    """Whether somebody else is legal on the production and can sign in."""
    members = Membership.objects.filter(production_id=hold.production_id, role=Role.LEGAL, person__is_active=True)
    return members.exclude(person=by).exists()


def _may_not_lift(hold: Hold, by: Person, *, alone: bool) -> Reason | None:
    if hold.lifted_at is not None:
        return Reason(
            code=ReasonCode.HOLD_LIFTED_ALREADY,
            sentence="This hold was lifted already.",
            asked="to lift it",
            allowed="once",
            remedy="Nothing is left to do.",
        )
    if hold.placed_by_id == by.pk and not alone:
        return _same_person(hold.placed_at)
    return None


def _same_person(placed_at: datetime) -> Reason:
    return second_person(
        f"You placed this hold yourself, on {placed_at:%-d %B %Y}.",
        asked="to lift one's own hold",
        allowed="by a second person from legal",
        remedy="Ask a colleague from legal to look at the reason and lift it.",
    )


def _log(kind: EntryKind, hold: Hold, by: Person, body: dict[str, Json]) -> None:
    ledger.append(kind, subject=hold.subject, actor=f"person:{by.pk}", body={"hold": str(hold.pk), **body})
