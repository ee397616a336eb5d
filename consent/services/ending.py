"""The end of what is kept of a consent: its documents are destroyed, its digests stay."""

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone

from consent import record
from consent.life import ENDED, Act, Actor
from consent.models import Assertion, ConsentRecord
from consent.services import secrets
from consent.services.entries import Somebody, note
from consent.services.steps import against, lock, move
from provenance.types import EntryKind, Json


@transaction.atomic
def expire(row: ConsentRecord, *, by: Somebody | str, why: str = "") -> bool:
    """End a consent whose time is over, or whose performer has died, and destroy its key; whether it was open until
    then. `why` is a code, where it ends for something else than its last day. Raises LedgerError."""
    held = lock(row)
    actor = Actor.CLOCK if isinstance(by, str) else Actor.LEGAL
    if against(held, Act.EXPIRE, actor):
        return False
    move(held, Act.EXPIRE, actor, ended_at=timezone.now(), ended_for=why)
    destroyed = secrets.destroy(held)
    body: dict[str, Json] = {"was": held.state, "why": why or "time"}
    note(EntryKind.CONSENT_EXPIRED, subject=f"consent:{held.pk}", by=by, body=body)
    if destroyed:
        note(EntryKind.KEY_DESTROYED, subject=f"consent:{held.pk}", by=by, body={"consent": str(held.pk)})
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
