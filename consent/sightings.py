"""Who is in a clip: every face must be someone whose consent covers this run. Pure.

The rules this module keeps:
1. A clip without faces, or without the performer it is said to show, proves nothing and is refused.
2. A face counts as recognised only if the recogniser called it a match, named somebody and reached its own threshold.
3. Whoever is recognised must be among those whose consent covers the clip; a stranger in the picture refuses the run.
"""

from collections.abc import Iterable, Iterator, Set
from uuid import UUID

from consent.types import Band, Participant, Reason, ReasonCode, Sighting
from provenance.types import Sealed


def check(participant: Participant, *, covered: Set[UUID]) -> tuple[Reason, ...]:
    """Every reason why the faces in the participant's clip stop the run. `covered`: those whose consent covers it."""
    if not participant.sightings:
        return (_no_face(participant),)
    reasons = [_judge(participant, sighting, covered=covered) for sighting in participant.sightings]
    if participant.performer_id not in people(participant):
        reasons.append(_not_in_footage(participant))
    return tuple(reason for reason in reasons if reason is not None)


def people(participant: Participant) -> frozenset[UUID]:
    """Everybody recognised in the participant's clip."""
    return frozenset(found for sighting in participant.sightings if (found := _recognised(sighting)) is not None)


def scores(found: Iterable[Sighting], *, prefix: str, otherwise: str) -> Iterator[Sealed]:
    """The score of each face, sealed as one of the performer it was found to be, or else of the subject `otherwise`."""
    for sighting in found:
        of = f"performer:{sighting.performer_id}" if sighting.performer_id else otherwise
        yield Sealed(of=of, values={f"{prefix}:{sighting.track}": round(sighting.score, 4)})


def _recognised(sighting: Sighting) -> UUID | None:
    matched = (
        sighting.band is Band.MATCH and sighting.score >= sighting.threshold
    )  # False for a score that is no number
    return sighting.performer_id if matched else None


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
        "Enrol the person and ask for their consent, or use a clip without them.",
    ),
    ReasonCode.FACE_NEEDS_REVIEW: (
        "may be a performer of this production, but not surely enough",
        "Use a clip where the face is seen better, or enrol the performer from more stills.",
    ),
    ReasonCode.FACE_TOO_SMALL: (
        "is too small to be recognised",
        "Use a clip where the face is larger, or one without this person.",
    ),
    ReasonCode.FACE_WITHOUT_CONSENT: (
        "belongs to someone whose consent does not cover this run",
        "Ask that person for a consent to stand in the plate, or use a clip without them.",
    ),
}
