"""Who counts as recognised, whom people may vouch for, and which faces a run leaves alone."""

from dataclasses import replace
from uuid import UUID

import pytest

from consent import gate, policy, seal, sightings
from consent.types import Band, Grant, Part, ReasonCode, Refusal, Sighting
from tests.consent import values
from tests.consent.house import PRIVATE, PUBLIC
from tests.consent.values import ANSELM, IDRIS, LIKENESS, MARA, NOW

LENA, ARNO = UUID(int=901), UUID(int=902)
STRANGER = values.sighting(None, track=2, band=Band.REFUSE, score=0.1)


def unsure(**changes: object) -> Sighting:
    """A face of Anselm that the recogniser was not sure of, and that two people compared with him."""
    said = {"band": Band.REVIEW, "score": 0.41, "review": 0.35, "reviewed_by": (ARNO, LENA)}
    return values.sighting(ANSELM, **{**said, **changes})


def ask(*plate: Sighting, rules: policy.Rules) -> Grant | Refusal:
    people = (LIKENESS, values.participant(Part.PLATE, ANSELM, *plate))
    consents = [values.standing(IDRIS), values.standing(ANSELM)]
    return gate.decide(values.request(participants=people), consents=consents, now=NOW, rules=rules)


def codes(answer: Grant | Refusal) -> set[ReasonCode]:
    assert isinstance(answer, Refusal), answer
    return {reason.code for reason in answer.reasons}


def test_what_two_people_say_is_one_person_counts_as_recognised(rules: policy.Rules) -> None:
    answer = ask(unsure(), rules=rules)
    assert isinstance(answer, Grant)
    assert answer.tracks == (1,)


@pytest.mark.parametrize(
    "changes",
    [
        {"reviewed_by": (LENA,)},
        {"reviewed_by": (LENA, LENA)},
        {"reviewed_by": ()},
        {"score": 0.34},
        {"score": float("nan")},
        {"review": 0.0},
        {"band": Band.REFUSE},
        {"band": Band.TOO_SMALL},
        {"performer_id": None},
    ],
    ids=str,
)
def test_people_lift_nothing_else(rules: policy.Rules, changes: dict[str, object]) -> None:
    answer = ask(unsure(**changes), rules=rules)
    assert ReasonCode.PERFORMER_NOT_IN_FOOTAGE in codes(answer)


def test_somebody_people_recognised_needs_a_consent_like_anybody(rules: policy.Rules) -> None:
    answer = ask(values.sighting(ANSELM), unsure(track=2, performer_id=MARA), rules=rules)
    assert codes(answer) == {ReasonCode.NO_CONSENT, ReasonCode.FACE_WITHOUT_CONSENT}


def test_a_stranger_in_the_plate_refuses_the_run_unless_left_alone(rules: policy.Rules) -> None:
    seen = values.sighting(ANSELM)
    assert codes(ask(seen, STRANGER, rules=rules)) == {ReasonCode.FACE_NOT_RECOGNISED}
    answer = ask(seen, replace(STRANGER, left_alone=True), rules=rules)
    assert isinstance(answer, Grant)
    assert (answer.tracks, answer.left_alone) == ((1,), (2,))


def test_a_performer_left_alone_needs_no_consent(rules: policy.Rules) -> None:
    mara = values.sighting(MARA, track=3, left_alone=True)
    answer = ask(values.sighting(ANSELM), mara, rules=rules)
    assert isinstance(answer, Grant)
    assert [consent.performer_id for consent in answer.consents] == [IDRIS, ANSELM]


def test_a_face_too_small_counts_as_left_alone_only_when_it_is(rules: policy.Rules) -> None:
    small = values.sighting(None, track=4, band=Band.TOO_SMALL, score=0.2)
    assert codes(ask(values.sighting(ANSELM), small, rules=rules)) == {ReasonCode.FACE_TOO_SMALL}
    assert isinstance(ask(values.sighting(ANSELM), replace(small, left_alone=True), rules=rules), Grant)


def test_the_plates_performer_cannot_be_left_alone(rules: policy.Rules) -> None:
    alone = ask(values.sighting(ANSELM, left_alone=True), rules=rules)
    assert codes(alone) == {ReasonCode.TARGET_LEFT_ALONE, ReasonCode.PERFORMER_NOT_IN_FOOTAGE}
    twice = ask(values.sighting(ANSELM), values.sighting(ANSELM, track=2, left_alone=True), rules=rules)
    assert codes(twice) == {ReasonCode.TARGET_LEFT_ALONE}


def test_nobody_is_left_alone_in_the_footage_a_likeness_is_learnt_from(rules: policy.Rules) -> None:
    likeness = values.participant(Part.LIKENESS, IDRIS, values.sighting(IDRIS), replace(STRANGER, left_alone=True))
    plate = values.participant(Part.PLATE, ANSELM, values.sighting(ANSELM))
    request = values.request(participants=(likeness, plate))
    consents = [values.standing(IDRIS), values.standing(ANSELM)]
    answer = gate.decide(request, consents=consents, now=NOW, rules=rules)
    assert codes(answer) == {ReasonCode.FACE_NOT_RECOGNISED}


def test_a_sealed_grant_keeps_the_faces_it_names(rules: policy.Rules) -> None:
    answer = ask(values.sighting(ANSELM), replace(STRANGER, left_alone=True), rules=rules)
    assert isinstance(answer, Grant)
    assert seal.open(seal.seal(answer, PRIVATE), PUBLIC, NOW) == answer
    assert seal.digest(answer) != seal.digest(replace(answer, left_alone=()))


def test_the_ledger_says_who_looked_and_what_is_left_alone_and_nothing_that_is_not_so() -> None:
    assert sightings.logged(values.sighting(ANSELM)).keys() == {
        "track", "performer", "band", "threshold", "recogniser"
    }  # fmt: skip
    told = sightings.logged(unsure(second=MARA, smallest_px=48, left_alone=True))
    assert told["reviewed_by"] == [str(ARNO), str(LENA)]
    assert (told["second"], told["review"], told["smallest_px"], told["left_alone"]) == (str(MARA), 0.35, 48, True)
    assert "score" not in told
