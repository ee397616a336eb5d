"""The keys of clips: with intake until it is known who is seen, then in shares, one for each performer recognised.

The rules this module keeps:
1. Every share is needed. A share opens by any one consent of its performer that stands in the production; when the last
   of them has ended, the clip is unreadable for ever, also to who holds older copies of disk and database.
2. Whoever is not recognised, or has not consented yet, has their share with intake; it moves to the first consent.
3. A performer who was recognised once keeps their share, whatever a later look says.
4. When the sharing becomes narrower the key is shared out anew, and what wrapped the old sharing is destroyed.
"""

import secrets as chance
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from consent.errors import KeyDestroyedError
from consent.keystore import KeyStore
from consent.models import ClipEnvelope, ClipKey, ClipShare, ConsentRecord
from consent.services.entries import note
from consent.services.secrets import KEEPER, StoreKeyring
from consent.types import ConsentState, Matter
from consent.vault import Key, new_key
from provenance.types import EntryKind, Json

Shares = Mapping[UUID | None, Sequence[UUID]]  # the consents that open each performer's share; none: intake
STANDING = (ConsentState.ACTIVE,)
WAITING = (ConsentState.ACTIVE, ConsentState.SUSPENDED)  # opens nothing while suspended, and may stand again


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Who is in a clip, as far as they were recognised. `strangers`: somebody was not."""

    clip: UUID
    performers: frozenset[UUID]
    strangers: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Clip:
    """What stays the same however often the key is shared out."""

    clip: UUID
    production_id: UUID
    sha256: str
    kept_since: datetime


def keep_clip(clip: UUID, *, production_id: UUID, sha256: str, store: KeyStore) -> bytes:
    """A new key for a clip that has come in, in the clear; kept with intake. In the caller's transaction.

    Raises KeyStoreError.
    """
    key = new_key()
    about = _Clip(clip=clip, production_id=production_id, sha256=sha256, kept_since=timezone.now())
    _write(about, key, {None: ()}, store=store)
    return key


def open_clip(clip: UUID, *, store: KeyStore) -> bytes:
    """The clip's key in the clear, for who may use the store itself.

    Raises KeyDestroyedError if it is destroyed, or nothing that stands now opens the share of somebody in the clip;
    VaultError for what was changed; KeyStoreError.
    """
    row = ClipKey.objects.filter(clip=clip, destroyed_at=None).first()
    if row is None:
        raise KeyDestroyedError("The key of this clip was destroyed; it cannot be read any more.")
    return _joined(row, store=store, by=Q(consent__state__in=STANDING))


@transaction.atomic
def share_out(seen: Seen, *, store: KeyStore) -> bool:
    """Bring the sharing of a clip's key up to who is seen in it and what they have consented to; whether there was
    anything to do.

    Raises KeyDestroyedError where the key cannot be put together any more, KeyStoreError, LedgerError.
    """
    row = ClipKey.objects.filter(clip=seen.clip, destroyed_at=None).first()
    if row is None:
        return False
    wanted = _wanted(row, seen)  # locks the consents, before the row
    row = ClipKey.objects.select_for_update().filter(pk=row.pk, destroyed_at=None).first()
    if row is None or wanted == (there := _there(row)):
        return False
    key = _joined(row, store=store, by=Q())
    if _narrower(there, wanted):
        _end(row)
        about = _Clip(clip=row.clip, production_id=row.production_id, sha256=row.sha256, kept_since=row.kept_since)
        row = _write(about, key, wanted, store=store)
    else:
        _add_envelopes(row, wanted, store=store)
    given = sorted(str(consent) for consents in wanted.values() for consent in consents)
    body: dict[str, Json] = {"sha256": row.sha256, "shares": len(wanted), "consents": list(given)}
    note(EntryKind.FOOTAGE_KEYED, subject=f"footage:{row.clip}", by=KEEPER, body=body)
    return True


def clips_behind() -> list[UUID]:
    """Clips in which a performer's share has no envelope yet for a consent of theirs that stands."""
    there = ClipEnvelope.objects.filter(share=OuterRef(OuterRef("pk")), consent=OuterRef("pk"))
    theirs = _consents(OuterRef("key__production")).filter(performer=OuterRef("performer"), state__in=STANDING)
    shares = ClipShare.objects.filter(Exists(theirs.filter(~Exists(there))), key__destroyed_at=None)
    return list(shares.values_list("key__clip", flat=True).distinct())


def ended_before(seen: Seen) -> ConsentRecord | None:
    """A consent of somebody seen in the clip that ended after the clip had come, while none of theirs stands: nobody
    knew then that they are in it. Such a clip is to be destroyed (`close_clip`)."""
    row = ClipKey.objects.filter(clip=seen.clip, destroyed_at=None).first()
    if row is None:
        return None
    theirs = _consents(row.production_id).filter(performer__in=seen.performers)
    standing = theirs.filter(_lives()).values("performer")
    over = theirs.filter(vault_key__destroyed_at__gt=row.kept_since) | theirs.filter(withdrawn_at__gt=row.kept_since)
    return over.exclude(performer__in=standing).order_by("pk").first()


def close_clips(record: ConsentRecord) -> list[UUID]:
    """The consent opens no clip any more; those that nothing opens from now on. In the transaction that ended it, which
    holds the consent's row."""
    ClipEnvelope.objects.filter(consent=record).delete()
    others = _consents(record.production_id).filter(_lives(), performer=record.performer_id).exclude(pk=record.pk)
    if record.matter != Matter.REPLICA:
        return []
    shares = ClipShare.objects.filter(performer=record.performer_id, key__production=record.production_id)
    if others.exists():  # what they have no envelope of, they never open
        shares = shares.filter(intake=b"", envelopes__isnull=True)
    rows = ClipKey.objects.select_for_update().filter(pk__in=shares.values("key"), destroyed_at=None).order_by("pk")
    return [_end(row, consent=record) for row in rows]


def close_clip(clip: UUID, *, consent: ConsentRecord | None = None) -> bool:
    """Destroy the key of one clip, whoever has consented; whether there was one. In the caller's transaction."""
    rows = ClipKey.objects.select_for_update().filter(clip=clip, destroyed_at=None)
    return bool([_end(row, consent=consent) for row in rows])


def clips_owed() -> list[UUID]:
    """Keys of clips that are destroyed in the database and not yet in the store, oldest first."""
    rows = ClipKey.objects.filter(destroyed_at__isnull=False, shredded_at=None).order_by("destroyed_at")
    return list(rows.values_list("pk", flat=True))


def shred_clip(key_id: UUID, *, store: KeyStore) -> bool:
    """Destroy in the store what is owed there; whether this call did. Outside any transaction. Raises KeyStoreError,
    after which it is owed still."""
    store.destroy(_label(key_id))
    if store.holds(_label(key_id)):
        return False
    rows = ClipKey.objects.filter(pk=key_id, destroyed_at__isnull=False, shredded_at=None)
    return rows.update(shredded_at=timezone.now()) == 1


def _wanted(row: ClipKey, seen: Seen) -> Shares:
    """Who is to have a share, and which consents are to open it."""
    there = set(row.shares.exclude(performer=None).values_list("performer", flat=True))
    people = seen.performers | there
    given = ClipEnvelope.objects.filter(share__key=row).values("consent")
    asked = _consents(row.production_id).filter(performer__in=people)
    usable = asked.filter(Q(state__in=STANDING) | Q(pk__in=given)).order_by("pk").select_for_update(no_key=True)
    theirs: dict[UUID | None, list[UUID]] = defaultdict(list)
    for performer, consent in usable.values_list("performer", "pk"):
        theirs[performer].append(consent)
    nobody: list[UUID | None] = [None] if seen.strangers or not people else []
    return {who: tuple(theirs.get(who, ())) for who in (*people, *nobody)}


def _there(row: ClipKey) -> Shares:
    """As it is now."""
    of: dict[UUID | None, list[UUID]] = {who: [] for who in row.shares.values_list("performer", flat=True)}
    envelopes = ClipEnvelope.objects.filter(share__key=row).order_by("consent")
    for performer, consent in envelopes.values_list("share__performer", "consent"):
        of[performer].append(consent)
    return {who: tuple(consents) for who, consents in of.items()}


def _narrower(there: Shares, wanted: Shares) -> bool:
    """Whether somebody has a share now who had none, or one that was with intake has a consent."""
    return set(there) != set(wanted) or any(wanted[who] and not there[who] for who in wanted)


def _write(about: _Clip, key: bytes, shares: Shares, *, store: KeyStore) -> ClipKey:
    key_id, own = uuid.uuid4(), new_key()
    store.make(_label(key_id))
    row = ClipKey.objects.create(
        pk=key_id,
        clip=about.clip,
        production_id=about.production_id,
        sha256=about.sha256,
        kept_since=about.kept_since,
        wrapped=store.wrap(_label(key_id), own, _context(key_id)),
    )
    for (performer, consents), part in zip(shares.items(), _split(key, len(shares)), strict=True):
        share = ClipShare.objects.create(key=row, performer_id=performer)
        if consents:
            _envelopes(share, part, consents, own=Key(own), store=store)
        else:
            ClipShare.objects.filter(pk=share.pk).update(intake=Key(own).encrypt(part, _context(key_id)))
    return row


def _add_envelopes(row: ClipKey, wanted: Shares, *, store: KeyStore) -> None:
    own, there = _own(row, store), _there(row)
    for share in row.shares.all():
        new = [consent for consent in wanted[share.performer_id] if consent not in there[share.performer_id]]
        if new:
            _envelopes(share, _part(share, own=own, store=store, by=Q()), new, own=own, store=store)


def _envelopes(share: ClipShare, part: bytes, consents: Iterable[UUID], *, own: Key, store: KeyStore) -> None:
    """Wrapped twice: by the consent's key, and by the sharing's own."""
    ring, context = StoreKeyring(store), _context(share.key_id)
    for consent in consents:
        sealed = own.encrypt(ring.key(consent).encrypt(part, context), context)
        ClipEnvelope.objects.create(share=share, consent_id=consent, sealed=sealed)


def _joined(row: ClipKey, *, store: KeyStore, by: Q) -> bytes:
    """The clip's key, put together. `by` says which envelopes may be used."""
    own = _own(row, store)
    parts = [_part(share, own=own, store=store, by=by) for share in row.shares.all()]
    if not parts:
        raise KeyDestroyedError("The key of this clip was destroyed; it cannot be read any more.")
    return reduce(_xor, parts)


def _part(share: ClipShare, *, own: Key, store: KeyStore, by: Q) -> bytes:
    context = _context(share.key_id)
    if share.intake:
        return own.decrypt(bytes(share.intake), context)
    usable = share.envelopes.filter(by, consent__vault_key__destroyed_at=None).order_by("consent").first()
    if usable is None:
        raise KeyDestroyedError("Somebody in this clip has no consent that stands, so it cannot be opened.")
    return StoreKeyring(store).key(usable.consent_id).decrypt(own.decrypt(bytes(usable.sealed), context), context)


def _end(row: ClipKey, *, consent: ConsentRecord | None = None) -> UUID:
    row.shares.all().delete()
    ClipKey.objects.filter(pk=row.pk).update(wrapped=b"", destroyed_at=timezone.now(), ended_with=consent)
    return row.clip


def _own(row: ClipKey, store: KeyStore) -> Key:
    return Key(store.unwrap(_label(row.pk), bytes(row.wrapped), _context(row.pk)))


def _split(key: bytes, count: int) -> list[bytes]:
    """Shares that give `key` when all are put together (XOR); any fewer say nothing of it."""
    chances = [chance.token_bytes(len(key)) for _ in range(count - 1)]
    return [*chances, reduce(_xor, chances, key)]


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def _consents(production_id: Any) -> QuerySet[ConsentRecord]:
    """Those of a production that may open clips: a release lets a face be measured, and opens none."""
    return ConsentRecord.objects.filter(production=production_id, matter=Matter.REPLICA)


def _lives() -> Q:
    """Consents that stand or may stand again, and those whose window is over while their key is still kept."""
    kept = Q(state=ConsentState.EXPIRED, vault_key__isnull=False, vault_key__destroyed_at=None)
    return Q(state__in=WAITING) | kept


def _label(key_id: UUID) -> str:
    return f"clip-{key_id}"


def _context(key_id: UUID) -> bytes:
    return f"countersign key of a clip, sharing {key_id}".encode()
