"""The keys of clips follow what is known of them: shared out to who is seen, destroyed with the last consent of one.

The keeper carries this out again and again (`keep_up`), and a supervisor unlinks what no key opens (`runs.ending`).
What has not been shared out yet is with intake, and goes all the same when a consent ends: being late loses nothing.
"""

from collections.abc import Iterable, Iterator
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from consent import services as consents
from consent.keystore import KeyStore
from consent.models import ClipKey, ClipShare, ConsentRecord
from countersign import keys
from countersign.runs import outbox
from countersign.runs.face_models import FaceMoment
from countersign.runs.models import FaceTrack, Footage, FootageState
from provenance import ledger
from provenance.types import EntryKind

ENDED = "the end of the last consent of a performer in it"
KEEPER = "keeper"


def keep_up() -> int:
    """Share out what is to be shared out and destroy in the store what is owed there; how many clips there were. The
    keeper's alone. Raises ConsentError, LedgerError."""
    return sum(_follow(footage) for footage in unshared()) + sum(_shredded(key) for key in consents.clips_owed())


def store() -> KeyStore:
    """The store of key-encryption keys. Raises KeyStoreError."""
    return keys.store(settings.KEYS, name=settings.KEYSTORE)


def unshared() -> Iterator[Footage]:
    """Clips in which somebody is seen who has no share yet, or whose new consent has no envelope."""
    live = ClipKey.objects.filter(clip=OuterRef("footage"), destroyed_at=None)
    share = ClipShare.objects.filter(
        key__clip=OuterRef("footage"), key__destroyed_at=None, performer=OuterRef("performer")
    )
    seen = FaceTrack.objects.filter(Exists(live), ~Exists(share), performer__isnull=False)
    ids = {*seen.values_list("footage", flat=True), *consents.clips_behind()}
    yield from Footage.objects.filter(pk__in=ids, destroyed_at=None).order_by("pk")


def close(record: ConsentRecord, *, actor: str) -> list[Footage]:
    """A consent has ended: the clips that nobody can open any more are destroyed. In the transaction that ended it."""
    return destroy(consents.close_clips(record), consent=record, actor=actor)


def destroy(clips: Iterable[UUID], *, consent: ConsentRecord, actor: str) -> list[Footage]:
    """The rows and the ledger say that these clips, whose keys are gone, are destroyed; the files go later."""
    from countersign.keeping import candidates  # which looks at runs itself

    found = list(Footage.objects.filter(pk__in=clips, destroyed_at=None).order_by("pk"))
    for footage in found:
        Footage.objects.filter(pk=footage.pk).update(
            state=FootageState.DESTROYED, destroyed_at=timezone.now(), destroyed_under=ENDED, poster=b""
        )
        if not candidates.held(footage):
            forget_pictures(footage)
        outbox.drop(footage.pk)
        body = {"sha256": footage.sha256, "consent": str(consent.pk)}
        ledger.append(EntryKind.FOOTAGE_DESTROYED, subject=f"footage:{footage.pk}", actor=actor, body=dict(body))
    return found


def forget_pictures(footage: Footage) -> None:
    """The faces cut out of a clip go with it; that somebody was seen, and how surely, stays."""
    FaceMoment.objects.filter(track__footage=footage).delete()
    FaceTrack.objects.filter(footage=footage).update(thumbnail=b"")


def _follow(footage: Footage) -> int:
    tracks = FaceTrack.objects.filter(footage=footage).values_list("performer", flat=True)
    known = frozenset(who for who in tracks if who is not None)
    seen = consents.Seen(clip=footage.pk, performers=known, strangers=None in tracks)
    over = consents.ended_before(seen)
    if over is None:
        return int(consents.share_out(seen, store=store()))
    with transaction.atomic():
        closed = consents.close_clip(footage.pk, consent=over)
        return len(destroy([footage.pk] if closed else [], consent=over, actor=KEEPER))


def _shredded(key_id: UUID) -> bool:
    return consents.shred_clip(key_id, store=store())
