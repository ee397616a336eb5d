"""Who is in a clip: every face must be someone whose consent covers this run, or be left alone. Pure.

The rules this module keeps:
1. A clip without faces, or without the performer it is said to show, proves nothing and is refused.
2. A face counts as recognised only if the recogniser called it a match, named somebody and reached its own threshold;
   or if it came near enough for people to look and two of them said who it is. What was refused, nobody lifts.
3. Whoever is recognised must be among those whose consent covers the clip; a stranger in the picture refuses the run.
4. A face in the plate that the run leaves alone needs no consent, whoever it is: nothing is made of it, and it is shown
   as it was filmed. The face of the plate's performer is what the run is about, and cannot be left alone.
"""

from collections.abc import Iterable, Iterator, Set
from uuid import UUID

from consent.types import Band, Part, Participant, Reason, ReasonCode, Sighting
from provenance.types import Json, Sealed

REVIEWERS = 2  # people who must say that it is the same person


def check(participant: Participant, *, covered: Set[UUID]) -> tuple[Reason, ...]:
    """Every reason why the faces in the participant's clip stop the run. `covered`: those whose consent covers it."""
    if not participant.sightings:
        return (_no_face(participant),)
    reasons = [_judge(participant, sighting, covered=covered) for sighting in _worked_on(participant)]
    reasons += [
        _target(participant, sighting) for sighting in participant.sightings if _is_target(participant, sighting)
    ]
    if participant.performer_id not in people(participant):
        reasons.append(_not_in_footage(participant))
    return tuple(reason for reason in reasons if reason is not None)


def people(participant: Participant) -> frozenset[UUID]:
    """Everybody recognised in the participant's clip."""
    return frozenset(found for sighting in _worked_on(participant) if (found := _recognised(sighting)) is not None)


def altered(participant: Participant) -> tuple[int, ...]:
    """The tracks of a plate that may be altered: those of its performer, as far as they are not left alone."""
    if participant.part is not Part.PLATE:
        return ()
    return tuple(s.track for s in _worked_on(participant) if _recognised(s) == participant.performer_id)


def left_alone(participant: Participant) -> tuple[int, ...]:
    """The tracks of a plate that keep every pixel."""
    return tuple(s.track for s in participant.sightings if _is_left_alone(participant, s))


def logged(sighting: Sighting) -> dict[str, Json]:
    """A face as the ledger writes it. How alike it is stands there sealed alone (`scores`)."""
    said: dict[str, Json] = {
        "track": sighting.track,
        "performer": str(sighting.performer_id) if sighting.performer_id else None,
        "band": sighting.band.value,
        "threshold": round(sighting.threshold, 4),
        "recogniser": sighting.recogniser,
    }
    more: dict[str, Json] = {
        "review": round(sighting.review, 4),
        "smallest_px": round(sighting.smallest_px, 1),
        "second": str(sighting.second) if sighting.second else None,
        "reviewed_by": [str(who) for who in sighting.reviewed_by],
        "left_alone": sighting.left_alone,
    }
    return said | {name: value for name, value in more.items() if value}


def scores(found: Iterable[Sighting], *, prefix: str, otherwise: str) -> Iterator[Sealed]:
    """The score of each face, sealed as one of the performer it was found to be, or else of the subject `otherwise`."""
    for sighting in found:
        of = f"performer:{sighting.performer_id}" if sighting.performer_id else otherwise
        yield Sealed(of=of, values={f"{prefix}:{sighting.track}": round(sighting.score, 4)})


def _worked_on(participant: Participant) -> tuple[Sighting, ...]:
    return tuple(s for s in participant.sightings if not _is_left_alone(participant, s))


def _is_left_alone(participant: Participant, sighting: Sighting) -> bool:
    """Only in a plate: footage that a likeness is learnt from shows nobody else."""
    return sighting.left_alone and participant.part is Part.PLATE


def _is_target(participant: Participant, sighting: Sighting) -> bool:
    return _is_left_alone(participant, sighting) and _recognised(sighting) == participant.performer_id


def _recognised(sighting: Sighting) -> UUID | None:
    # Both are False for a score that is no number.
    matched = sighting.band is Band.MATCH and sighting.score >= sighting.threshold
    near = sighting.band is Band.REVIEW and sighting.score >= sighting.review > 0
    return sighting.performer_id if matched or (near and len(set(sighting.reviewed_by)) >= REVIEWERS) else None


def _judge(participant: Participant, sighting: Sighting, *, covered: Set[UUID]) -> Reason | None:
    found = _recognised(sighting)
    if found is None:
        return _face(_code_of(sighting.band), participant, sighting)
    if found not in covered:
        return _face(ReasonCode.FACE_WITHOUT_CONSENT, participant, sighting)
    return None


def _face(code: ReasonCode, participant: Participant, sighting: Sighting) -> Reason:
    """The reason why one face in a clip stops the run."""
    what, remedy = _FACES[code]
    return Reason(
        code=code,
        sentence=f"Face {sighting.track} in “{participant.footage_title}” {what}.",
        asked=f"score {sighting.score:.2f}",
        allowed=f"at least {sighting.threshold:.2f}, and a consent of the person recognised",
        remedy=remedy,
    )


def _target(participant: Participant, sighting: Sighting) -> Reason:
    return Reason(
        code=ReasonCode.TARGET_LEFT_ALONE,
        sentence=f"Face {sighting.track} in “{participant.footage_title}” is {participant.performer_name}, "
        "on whom the other face is to be shown.",
        asked="to leave this face alone",
        allowed="any face but that of the performer in the plate",
        remedy="Leave other faces alone, or name another performer of the plate.",
    )


def _no_face(participant: Participant) -> Reason:
    return Reason(
        code=ReasonCode.NO_FACE,
        sentence=f"No face was found in “{participant.footage_title}”.",
        asked=f"a clip of {participant.performer_name}",
        allowed="a clip in which the performer's face can be seen",
        remedy="Use a clip in which the face is turned to the camera and large enough.",
    )


def _not_in_footage(participant: Participant) -> Reason:
    return Reason(
        code=ReasonCode.PERFORMER_NOT_IN_FOOTAGE,
        sentence=f"{participant.performer_name} was not recognised in “{participant.footage_title}”.",
        asked=f"{participant.performer_name} as {participant.part.value}",
        allowed="only clips in which the performer named is recognised",
        remedy="Choose the right clip or the right performer; if both are right, enrol the performer again.",
    )


def _code_of(band: Band) -> ReasonCode:
    """Why a face that is no match stops the run."""
    match band:
        case Band.REVIEW:
            return ReasonCode.FACE_NEEDS_REVIEW
        case Band.TOO_SMALL:
            return ReasonCode.FACE_TOO_SMALL
        case Band.REFUSE | Band.MATCH:  # a match that names nobody or misses its own threshold is none
            return ReasonCode.FACE_NOT_RECOGNISED


_FACES = {
    ReasonCode.FACE_NOT_RECOGNISED: (
        "is nobody we know to have consented",
        "Enrol the person and ask for their consent, or have the run leave this face alone.",
    ),
    ReasonCode.FACE_NEEDS_REVIEW: (
        "may be a performer of this production, but not surely enough",
        "Two people other than who uploaded the clip may compare the faces; or use a clip where it is seen better.",
    ),
    ReasonCode.FACE_TOO_SMALL: (
        "is too small to be recognised",
        "Use a clip where the face is larger, or have the run leave this face alone.",
    ),
    ReasonCode.FACE_WITHOUT_CONSENT: (
        "belongs to someone whose consent does not cover this run",
        "Ask that person for a consent to stand in the plate, or have the run leave this face alone.",
    ),
}
