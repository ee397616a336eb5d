"""Consents that were signed on paper: a picture comes in, a second person compares it, and the performer confirms it.

A picture proves little, so each step is somebody else's: the producer uploads, legal compares it side by side with what
was offered, the performer says with their passkey that the ink is theirs, and only then can it be approved.
"""

from hashlib import sha256
from typing import Any

from django.db import transaction
from django.utils import timezone

from consent import assurance, intake
from consent.assurance import Grounds
from consent.life import Act, Actor
from consent.models import ConsentRecord
from consent.services.entries import Somebody, codes, note
from consent.services.steps import lock, move, same_person, subject, wrong_state
from consent.types import Assurance, ConsentState, Reason, Refusal, Way
from provenance.types import EntryKind, Json


@transaction.atomic
def register_scan(row: ConsentRecord, *, scan: bytes, by: Somebody) -> ConsentRecord | Refusal:
    """Keep the picture of a document that was signed on paper. It permits nothing."""
    held, kind = lock(row), intake.media_type(scan)
    reason = _unfit(held, scan, kind)
    if reason:
        body: dict[str, Json] = {"upload_sha256": sha256(scan).hexdigest(), "reasons": codes([reason])}
        note(EntryKind.CONSENT_REFUSED, subject=subject(held), by=by, body=body)
        return Refusal(reasons=(reason,), decided_at=timezone.now())
    move(
        held,
        Act.SIGN,
        Actor.PRODUCER,
        way=Way.SCAN,
        level=assurance.level(Grounds(way=Way.SCAN)),
        signed_pdf=scan,
        document_type=kind,
        document_sha256=sha256(scan).hexdigest(),
        uploaded_by_id=by.pk,
    )
    row.refresh_from_db()
    note(
        EntryKind.CONSENT_RECEIVED, subject=subject(row), by=by, body={**_said(row), "way": row.way, "level": row.level}
    )
    return row


@transaction.atomic
def review(row: ConsentRecord, *, fits: bool, by: Somebody) -> ConsentRecord | Refusal:
    """A second person has held the picture against what was offered. If it does not fit, another is waited for.

    Refused to whoever drafted or uploaded it and to the performer.
    """
    held = lock(row)
    reasons = list(_not_for(held, by))
    if reasons:
        body: dict[str, Json] = {"document_sha256": held.document_sha256, "reasons": codes(reasons)}
        note(EntryKind.CONSENT_REVIEW_REFUSED, subject=subject(held), by=by, body=body)
        return Refusal(reasons=tuple(reasons), decided_at=timezone.now())
    note(EntryKind.CONSENT_REVIEWED, subject=subject(held), by=by, body={**_said(held), "fits": fits})
    if fits:
        ConsentRecord.objects.filter(pk=held.pk).update(reviewed_by_id=by.pk, reviewed_at=timezone.now())
    else:
        move(held, Act.SEND_BACK, Actor.LEGAL, way="", level=Assurance.UNSIGNED, **_NONE)
    row.refresh_from_db()
    return row


_NONE: dict[str, Any] = {
    "signed_pdf": b"",
    "document_type": "application/pdf",
    "document_sha256": "",
    "uploaded_by_id": None,
}


def _unfit(held: ConsentRecord, scan: bytes, kind: str) -> Reason | None:
    if held.state != ConsentState.OFFERED:
        return wrong_state(held, ConsentState.OFFERED)
    if scan == bytes(held.offered_pdf):
        return intake.not_a_scan("the document as it was offered, unsigned")
    return intake.no_file(scan) or (None if kind else intake.not_a_scan(f"a file beginning with {scan[:8]!r}"))


def _not_for(held: ConsentRecord, by: Somebody) -> list[Reason]:
    found = []
    if (held.state, held.way) != (ConsentState.SIGNED, Way.SCAN) or held.reviewed_by_id:
        found.append(wrong_state(held, ConsentState.SIGNED))
    if by.pk in (held.drafted_by_id, held.uploaded_by_id, held.performer.person_id):
        found.append(same_person())
    return found


def _said(row: ConsentRecord) -> dict[str, Json]:
    return {"document_sha256": row.document_sha256, "terms_sha256": row.terms_sha256}
