"""Faces that the recogniser is not sure of, compared by people.

The rules this module keeps:
1. Only what lies between the thresholds, or between two performers, is for people: what was refused, nobody lifts.
2. Neither who uploaded the clip nor the performer in question reviews it, and nobody twice.
3. Two people must say that it is the same person; one who says that it is somebody else ends that.
4. What counts is what the ledger says of exactly this sight: clip, track, performer and template (`counted`).
"""

from collections import defaultdict
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from consent.services import testimony
from consent.services.entries import codes, note
from consent.services.steps import second_person
from consent.sightings import REVIEWERS
from consent.types import Band, Reason, ReasonCode, Refusal
from countersign.accounts.models import Person, Production, Role
from countersign.runs.face_models import FaceReview, FaceVerdict
from countersign.runs.models import FaceTrack, Footage
from provenance import canonical, ledger
from provenance.types import EntryKind, Json, Sealed

MOST = 200  # faces looked through for one person's list


@transaction.atomic
def review(track: FaceTrack, *, verdict: FaceVerdict, reason: str, by: Person) -> FaceReview | Refusal:
    """What `by` says of a face; whether that is their part is looked at by the caller."""
    row = (
        FaceTrack.objects.select_for_update(no_key=True, of=("self",))
        .select_related("footage", "best")
        .get(pk=track.pk)
    )
    against = _against(row, by=by)
    if against is not None or row.best is None:
        return _refuse(row, against or _closed(row), by=by)
    said = FaceReview.objects.create(
        footage=row.footage,
        track=row.number,
        performer=row.best,
        sight=sight(row),
        verdict=verdict.value,
        reason=reason,
        by=by,
    )
    body: dict[str, Json] = {
        "track": row.number,
        "performer": str(row.best_id),
        "verdict": verdict.value,
        "sight": said.sight,
        "recogniser": row.recogniser,
    }
    words = Sealed(of=f"performer:{row.best_id}", values={f"review:{said.pk}": reason})
    note(EntryKind.FACE_REVIEWED, subject=f"footage:{row.footage_id}", by=by, body=body, sealed=words)
    return said


def counted(footage: Footage) -> dict[int, tuple[UUID, ...]]:
    """By track: who said that it is the best performer, where enough of them did and nobody said otherwise.

    Raises LedgerError.
    """
    unsure = [track for track in footage.tracks.all() if track.band == Band.REVIEW and track.best_id]
    if not unsure:
        return {}
    said: dict[str, dict[str, list[UUID]]] = defaultdict(lambda: defaultdict(list))
    for entry in ledger.about((f"footage:{footage.pk}",), kinds=(EntryKind.FACE_REVIEWED,)):
        who = UUID(entry.actor.removeprefix("person:"))
        said[str(entry.body["sight"])][str(entry.body["verdict"])].append(who)
    return {track.number: found for track in unsure if (found := _enough(said[sight(track)]))}


def sight(track: FaceTrack) -> str:
    """The digest of what is compared. Void when the clip, the track, the performer or their template is another."""
    template = testimony.template_of(track.best) if track.best else ""
    frames: list[Json] = [track.first_frame, track.last_frame]
    of: list[Json] = [track.footage.sha256, track.number, frames, str(track.best_id), template, track.recogniser]
    return canonical.sha256(of)


def settled(track: FaceTrack) -> str:
    """How far the people are: "same-person", "somebody-else", or "" while it is open."""
    said = FaceReview.objects.filter(footage=track.footage_id, track=track.number, sight=sight(track))
    verdicts = list(said.values_list("verdict", flat=True))
    if FaceVerdict.OTHER in verdicts:
        return FaceVerdict.OTHER.value
    return FaceVerdict.SAME.value if verdicts.count(FaceVerdict.SAME) >= REVIEWERS else ""


def may(track: FaceTrack, *, by: Person) -> bool:
    """Whether `by` could say something of this face now."""
    return _against(track, by=by) is None


def waiting(person: Person) -> list[FaceTrack]:
    """The faces that wait for this person, who is legal or an artist of their production: those they may judge and
    nobody has settled."""
    mine = Q(memberships__person=person, memberships__role__in=(Role.LEGAL, Role.ARTIST))
    unsure = FaceTrack.objects.filter(band=Band.REVIEW, best__isnull=False, footage__destroyed_at=None)
    theirs = unsure.filter(footage__production__in=Production.objects.filter(mine))
    ordered = theirs.order_by("-footage__uploaded_at", "number")
    found = ordered.select_related("footage__production", "best")[:MOST]
    return [track for track in found if may(track, by=person) and not settled(track)]


def _enough(said: dict[str, list[UUID]]) -> tuple[UUID, ...]:
    same = tuple(sorted(set(said.get(FaceVerdict.SAME, ())), key=str))
    return same if len(same) >= REVIEWERS and FaceVerdict.OTHER not in said else ()


def _against(track: FaceTrack, *, by: Person) -> Reason | None:
    if track.band != Band.REVIEW or track.best is None or not track.thumbnail:
        return _closed(track)
    if by.pk == track.footage.uploaded_by_id:
        return _other_people("whoever uploaded a clip does not say who is in it")
    if by.pk == track.best.person_id:
        return _other_people("nobody says this of themselves")
    if FaceReview.objects.filter(footage=track.footage_id, track=track.number, sight=sight(track), by=by).exists():
        return _other_people("you have said what you think of this face already")
    return None


def _refuse(track: FaceTrack, reason: Reason, *, by: Person) -> Refusal:
    body: dict[str, Json] = {"track": track.number, "reasons": codes([reason])}
    note(EntryKind.FACE_REVIEW_REFUSED, subject=f"footage:{track.footage_id}", by=by, body=body)
    return Refusal(reasons=(reason,), decided_at=timezone.now())


def _closed(track: FaceTrack) -> Reason:
    return Reason(
        code=ReasonCode.REVIEW_NOT_OPEN,
        sentence=f"Face {track.number} in “{track.footage.title}” is not for people to judge.",
        asked="to say who this is",
        allowed="only faces that the recogniser is not sure of; one that it refused stays refused",
        remedy="Use a clip where the face is seen better, or enrol the person.",
    )


def _other_people(why: str) -> Reason:
    return second_person(
        f"This takes somebody else: {why}.",
        asked="to review this face",
        allowed="two people of legal or artists, each once, neither the uploader nor the performer",
        remedy="Ask a colleague of legal or an artist who did not upload the clip.",
    )
