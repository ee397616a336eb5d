"""What was destroyed is written down with its cause when it happens, and certified once nothing of it is left.

The rules this module keeps:
1. A certificate is issued only when the key store has forgotten every key that it names: until then it is owed.
2. It is signed once; its digest stands in the ledger, in the transaction that keeps it.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from consent import destruction
from consent.destruction import Certificate, Destroyed, Recorded, Why
from consent.models import ClipKey, ConsentRecord, Destruction, Performer, VaultKey
from consent.services.entries import note
from consent.services.secrets import KEEPER
from provenance.models import LedgerEntry
from provenance.types import EntryKind

TOLD = (
    EntryKind.CONSENT_WITHDRAWN,
    EntryKind.CONSENT_EXPIRED,
    EntryKind.CONSENT_AMENDED,
    EntryKind.KEY_DESTROYED,
    EntryKind.KEY_SHREDDED,
    EntryKind.MODEL_DESTROYED,
    EntryKind.FOOTAGE_DESTROYED,
    EntryKind.OUTPUT_FLAGGED,
    EntryKind.CONSENT_DESTROYED,
    EntryKind.PERFORMER_ERASED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """Who signs certificates: the site's address, its private key (PEM), and the kind of its key store."""

    name: str
    private_pem: bytes
    store: str


def holdings(record: ConsentRecord) -> Destroyed:
    """What the end of a consent destroys in this room, as long as it is there: its key, the templates it opens."""
    keys = VaultKey.objects.filter(consent=record, destroyed_at=None)
    templates = Performer.objects.filter(template_key__consent=record).exclude(template_recogniser="")
    return Destroyed(
        keys=tuple(str(pk) for pk in keys.values_list("pk", flat=True)),
        templates=tuple(templates.values_list("template_recogniser", flat=True)),
    )


def owe_certificate(record: ConsentRecord, *, why: Why, destroyed: Destroyed, subjects: Iterable[str]) -> Destruction:
    """Say what went with a consent, in the transaction that destroyed it; the certificate follows (`issue`)."""
    clips = ClipKey.objects.filter(ended_with=record).order_by("pk").values_list("pk", "sha256")
    gone = replace(
        destroyed,
        keys=(*destroyed.keys, *(str(pk) for pk, _ in clips)),
        clips=tuple(dict.fromkeys(sha256 for _, sha256 in clips)),
    )
    return Destruction.objects.create(
        subject=f"consent:{record.pk}",
        why=why,
        performer_id=record.performer_id,
        consent=record,
        destroyed=asdict(gone),
        subjects=[f"consent:{record.pk}", *subjects],
        ended_at=timezone.now(),
    )


def owe_certificate_of_erasure(performer: Performer) -> Destruction:
    """The same for a performer who was erased: whatever went with any consent of theirs."""
    parts = [Destroyed(**{k: tuple(v) for k, v in row.destroyed.items()}) for row in _of(performer)]
    kinds = ("keys", "templates", "models", "clips")
    gone = {kind: list(dict.fromkeys(item for part in parts for item in getattr(part, kind))) for kind in kinds}
    return Destruction.objects.create(
        subject=f"performer:{performer.pk}",
        why=Why.ERASURE,
        performer=performer,
        destroyed=gone,
        subjects=[f"performer:{performer.pk}", *(row.subject for row in _of(performer))],
        ended_at=timezone.now(),
    )


def certifiable() -> list[UUID]:
    """Destructions of which nothing is owed any more, and which have no certificate yet; oldest first."""
    keys = VaultKey.objects.filter(destroyed_at__isnull=False, shredded_at=None)
    clips = ClipKey.objects.filter(destroyed_at__isnull=False, shredded_at=None, ended_with__isnull=False)
    waiting = Destruction.objects.filter(issued_at=None)
    owed = Q(consent__in=keys.values("consent")) | Q(consent__in=clips.values("ended_with"))
    owed |= Q(consent=None, performer__consents__in=keys.values("consent"))
    owed |= Q(consent=None, performer__consents__in=clips.values("ended_with"))
    return list(
        waiting.exclude(pk__in=waiting.filter(owed).values("pk")).order_by("ended_at").values_list("pk", flat=True)
    )


@transaction.atomic
def issue(destruction_id: UUID, *, by: Issuer) -> Destruction | None:
    """Sign the certificate and write its digest down; None if it was issued before.

    The entries that it names must have their places in the log by now. Raises CertificateError, LedgerError.
    """
    waiting = Destruction.objects.select_for_update(of=("self",)).filter(pk=destruction_id, issued_at=None)
    row = waiting.select_related("consent").first()
    if row is None:
        return None
    now = timezone.now()
    token = destruction.sign(_certificate(row, by=by, now=now), by.private_pem)
    sha256 = destruction.digest(token)
    Destruction.objects.filter(pk=row.pk).update(issued_at=now, certificate=token, sha256=sha256)
    body = {"certificate": str(row.pk), "sha256": sha256, "why": row.why}
    note(EntryKind.CERTIFICATE_ISSUED, subject=row.subject, by=KEEPER, body=dict(body))
    row.refresh_from_db()
    return row


def _certificate(row: Destruction, *, by: Issuer, now: datetime) -> Certificate:
    consent = row.consent
    return Certificate(
        certificate_id=row.pk,
        issuer=by.name,
        subject=row.subject,
        production=str(consent.production_id) if consent else "",
        why=Why(row.why),
        document_sha256=consent.document_sha256 if consent else "",
        ended_at=row.ended_at,
        destroyed_at=_last(row) or row.ended_at,
        issued_at=now,
        store=by.store,
        destroyed=Destroyed(**{kind: tuple(items) for kind, items in row.destroyed.items()}),
        entries=tuple(_entries(row)),
    )


def _entries(row: Destruction) -> list[Recorded]:
    told = LedgerEntry.objects.filter(subject__in=row.subjects, kind__in=TOLD).order_by("index")
    found = told.values_list("index", "kind", "leaf")
    return [Recorded(index=index, kind=kind, leaf=bytes(leaf).hex()) for index, kind, leaf in found]


def _last(row: Destruction) -> datetime | None:
    """When the last of its keys went from the store."""
    ids = row.destroyed["keys"]
    times = (
        *VaultKey.objects.filter(pk__in=ids).values_list("shredded_at", flat=True),
        *ClipKey.objects.filter(pk__in=ids).values_list("shredded_at", flat=True),
    )
    return max((time for time in times if time is not None), default=None)


def _of(performer: Performer) -> list[Destruction]:
    return list(Destruction.objects.filter(performer=performer, consent__isnull=False).order_by("ended_at"))
