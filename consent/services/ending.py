"""The end of what is kept of a consent: its documents are destroyed, its digests stay."""

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone

from consent import record
from consent.models import Assertion, ConsentRecord
from consent.services.entries import Somebody, note
from consent.types import ConsentState
from provenance.types import EntryKind, Json


@transaction.atomic
def destroy_documents(row: ConsentRecord, *, by: Somebody | str, why: Mapping[str, Json]) -> bool:
    """Destroy both documents of a consent that has ended, and what in its terms says who signed; whether it was done.

    A consent that still stands, or whose documents are gone, is left as it is. Digests, dates and scopes stay, so that
    the ledger's entries still mean this consent. `why` goes into the entry. Raises LedgerError.
    """
    now = timezone.now()
    held = ConsentRecord.objects.select_for_update(no_key=True, of=("self",)).get(pk=row.pk)
    ended = held.state == ConsentState.WITHDRAWN or held.valid_until <= now
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
