"""The end of a consent, and of what is kept of it: its window closes, its key goes, its documents go; digests stay.

An end is an event: somebody looks at the clock, the row says so and the ledger with it. Once the window is over nothing
can be made, although what was learnt may be kept for some days more, where the terms say so (`retention_days`).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from consent import age, record
from consent.life import ENDED, Act, Actor
from consent.models import Assertion, ConsentRecord
from consent.services import capacity, secrets
from consent.services.entries import Somebody, note
from consent.services.steps import against, lock, move
from consent.types import Capacity, ConsentState
from provenance.types import EntryKind, Json

CLOCK = "system:clock"
OF_AGE = "of-age"  # why it ended: the text stands in the ledger

WINDOWED = (ConsentState.ACTIVE, ConsentState.SUSPENDED)


def overdue(now: datetime) -> list[ConsentRecord]:
    """Consents whose window is over and whose rows do not say so yet."""
    return list(ConsentRecord.objects.filter(state__in=WINDOWED, valid_until__lte=now).order_by("pk"))


def kept_too_long(now: datetime) -> list[ConsentRecord]:
    """Consents that have expired, and whose days of keeping what was learnt are over too."""
    expired = ConsentRecord.objects.filter(state=ConsentState.EXPIRED, destructions=None).order_by("pk")
    return [row for row in expired if keeps_until(row) <= now]


def keeps_until(row: ConsentRecord) -> datetime:
    """Until when what was learnt under a consent may be kept, unless it is withdrawn."""
    days = row.terms.get("retention_days", 0)
    return row.valid_until + timedelta(days=days if isinstance(days, int) else 0)


@transaction.atomic
def expire(row: ConsentRecord, *, now: datetime) -> bool:
    """The window of the consent is over; whether that was so and new. Raises LedgerError."""
    held = lock(row)
    if held.state not in WINDOWED or held.valid_until > now:
        return False
    why = OF_AGE if ends_of_age(held) else ""
    move(held, Act.EXPIRE, Actor.CLOCK, ended_at=held.valid_until, ended_for=why)
    body: dict[str, Json] = {"document_sha256": held.document_sha256, "ended_at": held.valid_until.isoformat()}
    if why:
        body["why"] = why
    note(EntryKind.CONSENT_EXPIRED, subject=f"consent:{held.pk}", by=CLOCK, body=body)
    return True


def ends_of_age(row: ConsentRecord) -> bool:
    """Whether a consent ends because a performer for whom a guardian signed comes of age on that day."""
    born = capacity.born(row)
    by_guardian = capacity.capacity_of(row) is Capacity.GUARDIAN
    return by_guardian and born is not None and row.valid_until == age.comes_of_age(born)


def destroy_key(row: ConsentRecord) -> bool:
    """Destroy the key of a consent that has expired; whether there was one. In the caller's transaction, which holds
    the row. Raises LedgerError."""
    gone = secrets.destroy(row)
    if gone:
        note(EntryKind.KEY_DESTROYED, subject=f"consent:{row.pk}", by=CLOCK, body={"consent": str(row.pk)})
    return gone


@transaction.atomic
def end_early(row: ConsentRecord, *, by: Somebody, why: str) -> bool:
    """End a consent before its last day, for a reason that `why` names as a code; whether it was open until then. What
    is kept under it is the caller's to destroy. Raises LedgerError."""
    now, held = timezone.now(), lock(row)
    if against(held, Act.EXPIRE, Actor.LEGAL):
        return False
    move(held, Act.EXPIRE, Actor.LEGAL, ended_at=now, ended_for=why)
    body: dict[str, Json] = {"document_sha256": held.document_sha256, "ended_at": now.isoformat(), "why": why}
    note(EntryKind.CONSENT_EXPIRED, subject=f"consent:{held.pk}", by=by, body=body)
    return True


@transaction.atomic
def destroy_documents(row: ConsentRecord, *, by: Somebody | str, why: Mapping[str, Json]) -> bool:
    """Destroy both documents of a consent that has ended, and what in its terms says who signed; whether it was done.

    A consent that still stands, or whose documents are gone, is left as it is. Digests, dates and scopes stay, so that
    the ledger's entries still mean this consent. `why` goes into the entry. Raises LedgerError.
    """
    now = timezone.now()
    held = ConsentRecord.objects.select_for_update(no_key=True, of=("self",)).get(pk=row.pk)
    ended = held.state in ENDED or held.valid_until <= now
    if held.destroyed_at or not ended:
        return False
    ConsentRecord.objects.filter(pk=held.pk).update(
        offered_pdf=b"",
        signed_pdf=b"",
        signer="",
        verdict={},
        completion_pdf=b"",
        withdrawal_reason="",
        terms=record.without_person(held.terms),
        destroyed_at=now,
    )
    Assertion.objects.filter(consent=held).delete()  # whose passkey it was, and the words they were shown
    body: dict[str, Json] = {"document_sha256": held.document_sha256, "terms_sha256": held.terms_sha256, **why}
    note(EntryKind.CONSENT_DESTROYED, subject=f"consent:{held.pk}", by=by, body=body)
    return True
