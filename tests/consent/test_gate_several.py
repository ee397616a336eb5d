"""The gate where several consents, or none, could cover a request: which counts, and which is explained."""

import random
from datetime import timedelta
from uuid import UUID

from consent import gate, policy
from consent.types import (
    ConsentState,
    Grant,
    ReasonCode,
    Refusal,
)
from tests.consent.test_gate import ask
from tests.consent.values import (
    ANSELM,
    IDRIS,
    MARA,
    NOW,
    request,
    standing,
)
from tests.refused import codes


def test_every_failing_term_of_every_participant_is_listed() -> None:
    idris = standing(IDRIS, training_allowed=False, scenes=("1",), valid_until=NOW)
    anselm = standing(ANSELM, media=("radio",), runs_used=9)
    assert codes(ask(None, idris, anselm)) == [
        ReasonCode.CONSENT_EXPIRED,
        ReasonCode.SCENE_NOT_ALLOWED,
        ReasonCode.TRAINING_NOT_ALLOWED,
        ReasonCode.MEDIUM_NOT_ALLOWED,
        ReasonCode.RUNS_SPENT,
    ]


def test_without_any_consent_both_performers_are_named() -> None:
    answer = gate.decide(request(), consents=(), now=NOW, rules=policy.load())
    assert codes(answer) == [ReasonCode.NO_CONSENT, ReasonCode.NO_CONSENT]
    assert isinstance(answer, Refusal)
    assert "Idris Vane" in answer.reasons[0].sentence
    assert "Anselm Orr" in answer.reasons[1].sentence


def test_another_performers_consent_does_not_help() -> None:
    assert ReasonCode.NO_CONSENT in codes(ask(None, standing(ANSELM), standing(MARA)))


def test_one_of_several_consents_is_enough() -> None:
    spent = standing(IDRIS, consent_id=UUID(int=1), runs_used=3)
    assert isinstance(ask(None, spent, standing(IDRIS), standing(ANSELM)), Grant)


def test_the_nearest_miss_is_the_one_explained() -> None:
    far = standing(IDRIS, consent_id=UUID(int=1), scenes=("9",), media=("radio",), training_allowed=False)
    near = standing(IDRIS, consent_id=UUID(int=2), scenes=("9",))
    assert codes(ask(None, far, near, standing(ANSELM))) == [ReasonCode.SCENE_NOT_ALLOWED]


def test_a_withdrawn_consent_explains_nothing_where_there_is_another() -> None:
    gone = standing(IDRIS, consent_id=UUID(int=1), state=ConsentState.WITHDRAWN)
    near = standing(IDRIS, consent_id=UUID(int=2), scenes=("9",), media=("radio",))
    assert codes(ask(None, gone, near, standing(ANSELM))) == [
        ReasonCode.SCENE_NOT_ALLOWED,
        ReasonCode.MEDIUM_NOT_ALLOWED,
    ]


def test_terms_of_two_consents_are_not_added_together() -> None:
    one = standing(IDRIS, consent_id=UUID(int=1), territories=("GB",))
    other = standing(IDRIS, consent_id=UUID(int=2), territories=("FR",))
    answer = ask(request(territories=("GB", "FR")), one, other, standing(ANSELM, territories=("worldwide",)))
    assert codes(answer) == [ReasonCode.TERRITORY_NOT_ALLOWED]


def test_the_order_of_consents_changes_nothing() -> None:
    many = [standing(IDRIS, consent_id=UUID(int=n), valid_until=NOW + timedelta(days=n)) for n in range(1, 9)]
    many += [standing(ANSELM, consent_id=UUID(int=n), scenes=("9",) if n % 2 else ("12A",)) for n in range(20, 28)]
    first = ask(None, *many)
    assert isinstance(first, Grant)
    shuffler = random.Random(4)
    for _ in range(5):
        shuffler.shuffle(many)
        assert ask(None, *many) == first
    assert first.consents[0].consent_id == UUID(int=8)  # the one that stands longest
