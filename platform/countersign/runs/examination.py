"""What a worker found in a clip or in stills, put into rows."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from consent import record as records, services as consents, sightings
from consent.models import Performer
from consent.types import Band, Reading, Reason, ReasonCode, Refusal, Sighting
from countersign.runs import keyring, outbox, services
from countersign.runs.face_models import FaceMoment
from countersign.runs.models import Enrolment, EnrolmentState, FaceTrack, Footage, FootageState, Output, Still
from countersign.runs.wordings import CLIP_REFUSALS, PICTURE_REFUSALS
from provenance import ledger
from provenance.types import EntryKind, Json

if TYPE_CHECKING:
    from synthesis.types import FaceTrack as Found, Probe

EXAMINE_LEASE = timedelta(seconds=30)
AGAIN = timedelta(seconds=2)
MOST_ATTEMPTS = 3


def claim(footage_id: UUID | str) -> Footage | None:
    now = timezone.now()
    free = Q(state=FootageState.RECEIVED) | Q(state=FootageState.EXAMINING, lease_until__lt=now)
    taken = Footage.objects.filter(free, pk=footage_id).update(
        state=FootageState.EXAMINING, lease_until=now + EXAMINE_LEASE, progress=0.0, attempt=F("attempt") + 1
    )
    if not taken:
        return None
    footage = Footage.objects.get(pk=footage_id)
    if footage.attempt > MOST_ATTEMPTS:  # a clip that brings the worker down must not do so for ever
        refuse(footage, code=ReasonCode.WORKER_FAILED, came=f"{MOST_ATTEMPTS} attempts that broke off")
        return None
    return footage


def beat(footage: Footage, *, progress: float) -> None:
    held = Footage.objects.filter(pk=footage.pk, state=FootageState.EXAMINING)
    held.update(progress=progress, lease_until=timezone.now() + EXAMINE_LEASE)
    outbox.hold("examine", footage.pk)


def templates(footage: Footage, *, task: str) -> dict[str, bytes]:
    """Templates of the production's performers by their id: those with a biometric release that stands. The ledger
    says of each that it was opened for `task`."""
    reading = Reading(by=f"worker:{task}", purpose=task, of=f"footage:{footage.pk}")
    found = consents.templates(footage.production, keyring=keyring.at_hand(), reading=reading)
    return {str(performer.pk): raw for performer, raw in found}


def put_off(footage: Footage) -> None:
    """The keys did not come: look at the clip again in a moment. That is no failed attempt."""
    held = Footage.objects.filter(pk=footage.pk, state=FootageState.EXAMINING, attempt=footage.attempt)
    with transaction.atomic():
        if held.update(state=FootageState.RECEIVED, lease_until=None, attempt=F("attempt") - 1):
            outbox.again("examine", footage.pk, after=AGAIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was found of a track: as the gate will see it, and whom it is nearest to."""

    sighting: Sighting
    best: UUID | None = None
    second_score: float = -1.0


@transaction.atomic
def store(footage: Footage, *, probe: "Probe", sighted: Sequence[tuple["Found", Seen]], poster: bytes) -> None:
    if not sighted:
        return refuse(footage, code=ReasonCode.NO_FACE, came="no face in any frame")
    erased = _erased(seen for _, seen in sighted)
    FaceTrack.objects.filter(footage=footage).delete()
    rows = FaceTrack.objects.bulk_create([_row(footage, track, seen) for track, seen in sighted])
    _moments(rows, [track for track, _ in sighted])
    forget_in_clips(FaceTrack.objects.filter(footage=footage), erased)
    FaceTrack.objects.filter(footage=footage, performer__in=erased).update(thumbnail=b"", score=0.0)
    Footage.objects.filter(pk=footage.pk).update(
        state=FootageState.READY,
        lease_until=None,
        progress=1.0,
        width=probe.width,
        height=probe.height,
        frames=probe.frames,
        rate=str(probe.rate),
        duration_s=probe.duration_s,
        audio_streams=probe.audio_streams,
        poster=poster,
    )
    faces: list[Json] = [sightings.logged(seen.sighting) for _, seen in sighted]
    scores = sightings.scores((seen.sighting for _, seen in sighted), prefix="score", otherwise=f"footage:{footage.pk}")
    ledger.append(
        EntryKind.FOOTAGE_EXAMINED,
        subject=f"footage:{footage.pk}",
        actor="worker:examine",
        body={"sha256": footage.sha256, "faces": faces},
        sealed=list(scores),
    )
    outbox.done("examine", footage.pk)


@transaction.atomic
def refuse(footage: Footage, *, code: ReasonCode, came: str) -> None:
    sentence, allowed, remedy = CLIP_REFUSALS[code]
    reason = Reason(code=code, sentence=sentence, asked=came, allowed=allowed, remedy=remedy)
    services.refuse_footage(footage, reasons=(reason,), actor="worker:examine")


def claim_enrolment(enrolment_id: UUID | str) -> Enrolment | None:
    now = timezone.now()
    free = Q(state=EnrolmentState.WAITING) | Q(state=EnrolmentState.WORKING, lease_until__lt=now)
    taken = Enrolment.objects.filter(free, pk=enrolment_id).update(
        state=EnrolmentState.WORKING, lease_until=now + EXAMINE_LEASE, attempt=F("attempt") + 1
    )
    if not taken:
        return None
    enrolment = Enrolment.objects.select_related("performer", "asked_by").get(pk=enrolment_id)
    if enrolment.attempt > MOST_ATTEMPTS:  # pictures that bring the worker down must not do so for ever
        refuse_enrolment(enrolment, code=ReasonCode.WORKER_FAILED, came=f"{MOST_ATTEMPTS} attempts that broke off")
        return None
    return enrolment


def faces_known(enrolment: Enrolment) -> tuple[bytes | None, dict[str, bytes]]:
    """The template the performer has already, and those of the house's other performers by their id."""
    reading = Reading(by="worker:enrol", purpose="enrol", of=f"enrolment:{enrolment.pk}")
    ring = keyring.at_hand()
    before = consents.template_of(enrolment.performer, keyring=ring, reading=reading)
    others = consents.templates_besides(enrolment.performer, keyring=ring, reading=reading)
    return before, {str(performer.pk): raw for performer, raw in others}


def put_off_enrolment(enrolment: Enrolment) -> None:
    """The keys did not come: enrol in a moment. That is no failed attempt."""
    held = Enrolment.objects.filter(pk=enrolment.pk, state=EnrolmentState.WORKING, attempt=enrolment.attempt)
    with transaction.atomic():
        if held.update(state=EnrolmentState.WAITING, lease_until=None, attempt=F("attempt") - 1):
            outbox.again("enrol", enrolment.pk, after=AGAIN)


@transaction.atomic
def store_template(enrolment: Enrolment, measured: consents.Measured, *, pictures: Sequence[bytes]) -> None:
    """Propose the face, with the pictures it was measured on: somebody has to confirm that they show the performer."""
    answer = consents.propose_face(
        enrolment.performer,
        measured,
        enrolment=enrolment.pk,
        by=enrolment.asked_by,
        keyring=keyring.at_hand(),
    )
    if isinstance(answer, Refusal):
        return _end(enrolment, answer.reasons)
    Enrolment.objects.filter(pk=enrolment.pk).update(state=EnrolmentState.MEASURED, lease_until=None)
    enrolment.stills.all().delete()
    Still.objects.bulk_create(Still(enrolment=enrolment, picture=picture) for picture in pictures)
    outbox.done("enrol", enrolment.pk)


@transaction.atomic
def refuse_enrolment(enrolment: Enrolment, *, code: ReasonCode, came: str) -> None:
    """Raises KeyError for a code that is not about pictures."""
    sentence, allowed, remedy = PICTURE_REFUSALS[code]
    reason = Reason(code=code, sentence=sentence, asked=came[:200], allowed=allowed, remedy=remedy)
    consents.refuse_enrolment(enrolment.performer, reasons=(reason,), by=enrolment.asked_by)
    _end(enrolment, (reason,))


def unappraised(output_id: UUID | str) -> Output | None:
    """The published output, if nobody has looked at it yet."""
    found = Output.objects.filter(pk=output_id, published_at__isnull=False, poster=b"").select_related(
        "run__plate__production", "run__likeness", "run__plate_performer"
    )
    output = found.first()
    if output is None:
        outbox.done("appraise", UUID(str(output_id)))
    return output


@transaction.atomic
def store_appraisal(output: Output, *, poster: bytes, quality: Mapping[str, float]) -> None:
    rounded = {name: round(value, 4) for name, value in quality.items()}
    Output.objects.filter(pk=output.pk).update(poster=poster, quality=rounded)
    outbox.done("appraise", output.pk)


def _end(enrolment: Enrolment, reasons: Sequence[Reason]) -> None:
    Enrolment.objects.filter(pk=enrolment.pk).update(
        state=EnrolmentState.REFUSED, refusal=records.reasons_to_json(reasons), lease_until=None
    )
    enrolment.stills.all().delete()
    outbox.done("enrol", enrolment.pk)


def forget_in_clips(tracks: QuerySet[FaceTrack], performers: Collection[UUID]) -> None:
    """Whom a face is nearest to says something of that person, too: it goes with them."""
    FaceMoment.objects.filter(
        Q(track__best__in=performers) | Q(track__performer__in=performers), track__in=tracks
    ).delete()
    tracks.filter(best__in=performers).update(best=None, score=0.0)
    tracks.filter(second__in=performers).update(second=None, second_score=-1.0)


def _erased(found: Iterable["Seen"]) -> list[UUID]:
    """Those who were erased while the worker looked: no picture of them comes back. An erasure that goes on is waited
    for, and one that comes later waits until these faces are written. (Foreign keys are checked too late for that.)"""
    ids = {pk for seen in found for pk in (seen.best, seen.sighting.performer_id, seen.sighting.second) if pk}
    seen = Performer.objects.filter(pk__in=ids).order_by("pk")
    return [row.pk for row in seen.select_for_update(no_key=True).only("pk", "erased_at") if row.erased_at]


def _row(footage: Footage, track: "Found", seen: "Seen") -> FaceTrack:
    sighting = seen.sighting
    return FaceTrack(
        footage=footage,
        number=track.number,
        first_frame=track.first_frame,
        last_frame=track.last_frame,
        frames_seen=track.frames_seen,
        median_face_px=track.median_face_px,
        thumbnail=track.thumbnail,
        performer_id=sighting.performer_id,
        score=sighting.score,
        threshold=sighting.threshold,
        recogniser=sighting.recogniser,
        band=sighting.band.value,
        review=sighting.review,
        smallest_px=sighting.smallest_px,
        best_id=seen.best,
        second_id=sighting.second,
        second_score=seen.second_score,
    )


def _moments(rows: Sequence[FaceTrack], found: Sequence["Found"]) -> None:
    """Pictures for people to compare, of those faces alone that they may be asked about."""
    FaceMoment.objects.bulk_create(
        FaceMoment(track=row, frame=moment.frame, picture=moment.picture)
        for row, track in zip(rows, found, strict=True)
        if row.band == Band.REVIEW
        for moment in track.moments
    )
