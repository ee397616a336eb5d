"""The keys of clips follow what is known of them: shared out to who is seen, destroyed with the last consent of one.

Seen is who was recognised, by the recogniser or by two people who compared the face (`reviews.counted`). The keeper
carries this out again and again (`keep_up`), and a supervisor unlinks what no key opens (`runs.ending`).
What has not been shared out yet is with intake, and goes all the same when a consent ends: being late loses nothing.
"""

from collections.abc import Iterable, Iterator
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from consent import services as consents
from consent.keystore import KeyStore
from consent.models import ClipKey, ClipShare, ConsentRecord
from consent.types import Band
from countersign import keys
from countersign.runs import outbox, reviews
from countersign.runs.face_models import FaceMoment, FaceReview, FaceVerdict
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
    recognised = _without_share("performer").values_list("footage", flat=True)
    ids = {*recognised, *_reviewed_anew(), *consents.clips_behind()}
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
    seen = _seen(footage)
    over = consents.ended_before(seen)
    if over is None:
        return int(consents.share_out(seen, store=store()))
    with transaction.atomic():
        closed = consents.close_clip(footage.pk, consent=over)
        return len(destroy([footage.pk] if closed else [], consent=over, actor=KEEPER))


def _seen(footage: Footage) -> consents.Seen:
    """Who is in the clip: whom the recogniser was sure of, and of whom enough people were."""
    said = reviews.counted(footage)
    found = [track.best_id if track.number in said else track.performer_id for track in footage.tracks.all()]
    known = frozenset(who for who in found if who is not None)
    return consents.Seen(clip=footage.pk, performers=known, strangers=None in found)


def _without_share(column: str) -> QuerySet[FaceTrack]:
    """Faces in clips that somebody can still open, whose performer (in this column) has no share of the key."""
    live = ClipKey.objects.filter(clip=OuterRef("footage"), destroyed_at=None)
    share = ClipShare.objects.filter(key__clip=OuterRef("footage"), key__destroyed_at=None, performer=OuterRef(column))
    return FaceTrack.objects.filter(Exists(live), ~Exists(share), **{f"{column}__isnull": False})


def _reviewed_anew() -> Iterator[UUID]:
    """Clips in which people have recognised somebody who has no share yet. The rows only say where to look."""
    said = FaceReview.objects.filter(footage=OuterRef("footage"), track=OuterRef("number"), verdict=FaceVerdict.SAME)
    for track in _without_share("best").filter(Exists(said), band=Band.REVIEW).select_related("footage"):
        if track.number in reviews.counted(track.footage):
            yield track.footage_id


def _shredded(key_id: UUID) -> bool:
    return consents.shred_clip(key_id, store=store())
