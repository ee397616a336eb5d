"""The gate and the faces in the footage: whom it must know, and whose consent each face needs."""

from dataclasses import replace
from typing import Any

import pytest

from consent.types import (
    Band,
    ConsentState,
    Grant,
    Part,
    ReasonCode,
)
from tests.consent.test_gate import BOTH, ask
from tests.consent.values import (
    ANSELM,
    IDRIS,
    LIKENESS,
    MARA,
    PLATE,
    participant,
    request,
    sighting,
    standing,
)
from tests.refused import codes

FACES = [
    ((), ReasonCode.NO_FACE),
    ((sighting(None, band=Band.REFUSE, score=0.1),), ReasonCode.FACE_NOT_RECOGNISED),
    ((sighting(IDRIS, score=0.44),), ReasonCode.FACE_NOT_RECOGNISED),
    ((sighting(IDRIS, score=float("nan")),), ReasonCode.FACE_NOT_RECOGNISED),
    ((sighting(None),), ReasonCode.FACE_NOT_RECOGNISED),
    ((sighting(None, band=Band.REVIEW),), ReasonCode.FACE_NEEDS_REVIEW),
    ((sighting(IDRIS, band=Band.REVIEW),), ReasonCode.FACE_NEEDS_REVIEW),
    ((sighting(None, band=Band.TOO_SMALL),), ReasonCode.FACE_TOO_SMALL),
    ((sighting(MARA),), ReasonCode.FACE_WITHOUT_CONSENT),
    ((sighting(ANSELM),), ReasonCode.PERFORMER_NOT_IN_FOOTAGE),
]


@pytest.mark.parametrize(("seen", "code"), FACES)
def test_every_face_in_the_footage_must_be_known(seen: Any, code: ReasonCode) -> None:
    clip = replace(LIKENESS, sightings=seen)
    found = codes(ask(request(participants=(clip, PLATE))))
    assert code in found
    if seen:
        assert ReasonCode.PERFORMER_NOT_IN_FOOTAGE in found  # not recognised surely enough means not there


def test_a_stranger_beside_the_performer_refuses_the_run() -> None:
    crowd = replace(PLATE, sightings=(sighting(ANSELM), sighting(None, band=Band.REFUSE, track=2)))
    assert codes(ask(request(participants=(LIKENESS, crowd)))) == [ReasonCode.FACE_NOT_RECOGNISED]


TWO_SHOT = participant(Part.PLATE, ANSELM, sighting(ANSELM), sighting(MARA, track=2))


def test_somebody_else_in_the_plate_needs_a_consent_too() -> None:
    assert codes(ask(request(participants=(LIKENESS, TWO_SHOT)))) == [
        ReasonCode.NO_CONSENT,
        ReasonCode.FACE_WITHOUT_CONSENT,
    ]


def test_somebody_else_in_the_plate_with_a_consent_is_named_in_the_grant() -> None:
    answer = ask(request(participants=(LIKENESS, TWO_SHOT)), *BOTH, standing(MARA, parts=(Part.PLATE,)))
    assert isinstance(answer, Grant)
    assert [(c.performer_id, c.part, c.footage_sha256) for c in answer.consents][2] == (MARA, Part.PLATE, "b" * 64)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"parts": (Part.LIKENESS,)}, ReasonCode.PART_NOT_ALLOWED),
        ({"state": ConsentState.WITHDRAWN}, ReasonCode.CONSENT_WITHDRAWN),
        ({"scenes": ("9",)}, ReasonCode.SCENE_NOT_ALLOWED),
    ],
)
def test_somebody_else_in_the_plate_is_held_to_their_own_terms(changed: dict[str, Any], code: ReasonCode) -> None:
    answer = ask(request(participants=(LIKENESS, TWO_SHOT)), *BOTH, standing(MARA, **changed))
    assert codes(answer) == [code, ReasonCode.FACE_WITHOUT_CONSENT]


def test_whose_likeness_is_used_may_stand_in_the_plate_only_with_a_consent_for_that() -> None:
    both_in_plate = participant(Part.PLATE, ANSELM, sighting(ANSELM), sighting(IDRIS, track=2))
    asked = request(participants=(LIKENESS, both_in_plate))
    only_likeness = standing(IDRIS, parts=(Part.LIKENESS,))
    assert codes(ask(asked, only_likeness, standing(ANSELM))) == [
        ReasonCode.PART_NOT_ALLOWED,
        ReasonCode.FACE_WITHOUT_CONSENT,
    ]
    assert isinstance(ask(asked, *BOTH), Grant)


def test_a_look_alike_who_is_not_in_the_request_is_refused_in_the_training_footage() -> None:
    clip = replace(LIKENESS, sightings=(sighting(IDRIS), sighting(MARA, track=2)))
    answer = ask(request(participants=(clip, PLATE)), *BOTH, standing(MARA))
    assert codes(answer) == [ReasonCode.FACE_WITHOUT_CONSENT]
