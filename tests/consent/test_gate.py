"""The gate: what it refuses, what it says, and what a grant holds."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from consent import gate, policy
from consent.policy import packs
from consent.types import (
    Alteration,
    Assurance,
    Band,
    Capacity,
    ConsentState,
    Context,
    Grant,
    KindOfUse,
    OutputClass,
    Part,
    ReasonCode,
    Refusal,
    Representation,
    Request,
    Standing,
)
from tests.consent.values import (
    ANSELM,
    IDRIS,
    LIKENESS,
    MARA,
    NOW,
    OTHER_PRODUCTION,
    PLATE,
    participant,
    request,
    sighting,
    standing,
)
from tests.refused import codes

BOTH = (standing(IDRIS), standing(ANSELM))


def ask(asked: Request | None = None, *consents: Standing, at: Any = NOW) -> Grant | Refusal:
    return gate.decide(asked or request(), consents=consents or BOTH, now=at, rules=policy.load())


def test_a_covered_request_is_granted_with_exactly_its_digests() -> None:
    answer = ask()
    assert isinstance(answer, Grant)
    assert [(c.part, c.performer_id, c.footage_sha256) for c in answer.consents] == [
        (Part.LIKENESS, IDRIS, "a" * 64),
        (Part.PLATE, ANSELM, "b" * 64),
    ]
    assert [(c.consent_id, c.document_sha256, c.terms_sha256) for c in answer.consents] == [
        (s.terms.consent_id, s.document_sha256, s.terms_sha256) for s in BOTH
    ]
    assert (answer.run_id, answer.production_id) == (request().run_id, request().production_id)
    assert (answer.parameters_sha256, answer.screen_seconds, answer.trains) == ("c" * 64, 5.0, True)
    assert (answer.issued_at, answer.expires_at) == (NOW, NOW + gate.LIFETIME)
    assert answer.policy_sha256 == policy.load().sha256


def test_a_grant_ends_with_the_first_of_its_consents() -> None:
    ends = NOW + timedelta(hours=2)
    answer = ask(None, standing(IDRIS), standing(ANSELM, valid_until=ends))
    assert isinstance(answer, Grant)
    assert answer.expires_at == ends


FOR_ADVERTS = {"output_classes": (OutputClass.ADVERTISEMENT,)}
ADVERT = {"output_class": OutputClass.ADVERTISEMENT, "advertiser": "Harbour Tea"}
VAGUE = {"replaces_in_person_work": True, "description": "My face in a film."}
MINOR = {"performer_born": "2012-05-01", "signer_capacity": Capacity.GUARDIAN}
ONE_FAILING_TERM = [
    ({"state": ConsentState.OFFERED}, {}, ReasonCode.CONSENT_NOT_ACTIVE),
    ({"state": ConsentState.VERIFIED}, {}, ReasonCode.CONSENT_NOT_ACTIVE),
    ({"state": ConsentState.WITHDRAWN}, {}, ReasonCode.CONSENT_WITHDRAWN),
    ({"valid_until": NOW}, {}, ReasonCode.CONSENT_EXPIRED),
    ({"valid_from": NOW + timedelta(microseconds=1)}, {}, ReasonCode.CONSENT_NOT_YET_VALID),
    ({"production_id": OTHER_PRODUCTION}, {}, ReasonCode.OTHER_PRODUCTION),
    ({"kinds_of_use": (KindOfUse.AGE_EDIT, KindOfUse.LIVE)}, {}, ReasonCode.USE_NOT_ALLOWED),
    ({"parts": (Part.PLATE,)}, {}, ReasonCode.PART_NOT_ALLOWED),
    ({"scenes": ("12", "A")}, {}, ReasonCode.SCENE_NOT_ALLOWED),
    ({}, {"territories": ("GB", "FR")}, ReasonCode.TERRITORY_NOT_ALLOWED),
    ({}, {"territories": ()}, ReasonCode.TERRITORY_NOT_ALLOWED),
    ({}, {"territories": ("worldwide",)}, ReasonCode.TERRITORY_NOT_ALLOWED),
    ({"media": ("streaming",)}, {}, ReasonCode.MEDIUM_NOT_ALLOWED),
    ({"training_allowed": False}, {}, ReasonCode.TRAINING_NOT_ALLOWED),
    ({"release": None}, {}, ReasonCode.NO_BIOMETRIC_RELEASE),
    ({"runs_used": 3}, {}, ReasonCode.RUNS_SPENT),
    ({"screen_seconds_used": 55.001}, {}, ReasonCode.SCREEN_TIME_SPENT),
    ({"screen_seconds_used": float("nan")}, {}, ReasonCode.SCREEN_TIME_SPENT),
    ({"screen_seconds_used": -100.0}, {"screen_seconds": 61.0}, ReasonCode.SCREEN_TIME_SPENT),
    ({"terms_sha256": "0" * 64}, {}, ReasonCode.TERMS_DIFFER),
    ({"attested": False}, {}, ReasonCode.LEDGER_DISAGREES),
    ({"state": ConsentState.SUSPENDED}, {}, ReasonCode.CONSENT_SUSPENDED),
    ({"state": ConsentState.AMENDED}, {}, ReasonCode.CONSENT_AMENDED),
    ({"state": ConsentState.EXPIRED}, {}, ReasonCode.CONSENT_EXPIRED),
    ({"notice_at": NOW - timedelta(hours=47)}, {}, ReasonCode.NOTICE_TOO_SHORT),
    ({"notice_hours": 10**12}, {}, ReasonCode.NOTICE_TOO_SHORT),
    ({"output_classes": (OutputClass.SERIES,)}, {}, ReasonCode.OUTPUT_CLASS_NOT_ALLOWED),
    ({"languages": ("de", "fr")}, {}, ReasonCode.LANGUAGE_NOT_ALLOWED),
    ({"languages": ()}, {}, ReasonCode.LANGUAGE_NOT_ALLOWED),
    (FOR_ADVERTS, ADVERT, ReasonCode.ADVERTISER_NOT_ALLOWED),
    ({**FOR_ADVERTS, "advertiser": "Brook & Co"}, ADVERT, ReasonCode.ADVERTISER_NOT_ALLOWED),
    (
        {**FOR_ADVERTS, "advertiser": "Harbour Tea"},
        {**ADVERT, "product_line": "Coffee"},
        ReasonCode.PRODUCT_LINE_NOT_ALLOWED,
    ),
    (
        {**FOR_ADVERTS, "advertiser": "Harbour Tea", "product_line": "Green"},
        ADVERT,
        ReasonCode.PRODUCT_LINE_NOT_ALLOWED,
    ),
    ({}, {"alterations": (Alteration.BODY,)}, ReasonCode.ALTERATION_NOT_ALLOWED),
    ({"alterations": (Alteration.SPEECH,)}, {"alterations": (Alteration.SPEECH,)}, ReasonCode.SCRIPT_MISSING),
    ({"script_sha256": "1" * 64}, {"script_sha256": "2" * 64}, ReasonCode.SCRIPT_DIFFERS),
    ({}, {"script_sha256": "2" * 64}, ReasonCode.SCRIPT_DIFFERS),
    (
        {"prohibited_contexts": (Context.ALCOHOL,)},
        {"contexts": (Context.WEAPONS, Context.ALCOHOL)},
        ReasonCode.CONTEXT_PROHIBITED,
    ),
    ({}, {"reuses_model": True}, ReasonCode.REUSE_NOT_ALLOWED),
    ({"level": Assurance.SCAN, "training_allowed": True}, {"trains": False}, ReasonCode.LEVEL_TOO_LOW),
    ({"level": Assurance.SEALED_BY_PLATFORM}, {}, ReasonCode.LEVEL_TOO_LOW_FOR_TRAINING),
    ({**VAGUE, "representation": Representation.NONE}, {}, ReasonCode.CLAUSE_VOID),
    ({"performer_born": "2008-11-24"}, {}, ReasonCode.MINOR_WITHOUT_GUARDIAN),
    (
        {"performer_born": "2008-11-23", "signer_capacity": Capacity.GUARDIAN},
        {},
        ReasonCode.CAME_OF_AGE,
    ),
    ({"signer_capacity": Capacity.GUARDIAN}, {}, ReasonCode.CAME_OF_AGE),
    ({"performer_deceased": True, "survives_death": True}, {}, ReasonCode.DECEASED_WITHOUT_ESTATE),
    ({"died": True}, {}, ReasonCode.ENDED_BY_DEATH),
    ({"struck": True}, {}, ReasonCode.UNION_ON_STRIKE),
    (MINOR, {"contexts": (Context.NUDITY,)}, ReasonCode.MINOR_NUDITY),
    (
        {**MINOR, "alterations": tuple(Alteration)},
        {"alterations": (Alteration.NUDITY,)},
        ReasonCode.MINOR_NUDITY,
    ),
    (
        {"alterations": (Alteration.AGE,)},
        {"alterations": (Alteration.AGE,), "contexts": (Context.NUDITY,)},
        ReasonCode.MINOR_NUDITY,
    ),
    ({}, {"contexts": (Context.SEXUAL,)}, ReasonCode.SEXUAL_CONTENT),
    ({}, {"contexts": (Context.POLITICAL_DECEPTION,)}, ReasonCode.POLITICAL_DECEPTION),
    ({}, {"contexts": (Context.FRAUD,)}, ReasonCode.FRAUD),
]


@pytest.mark.parametrize(("changed", "asked", "code"), ONE_FAILING_TERM, ids=lambda v: v if isinstance(v, str) else "")
def test_each_failing_term_refuses_by_its_name(
    changed: dict[str, Any], asked: dict[str, Any], code: ReasonCode
) -> None:
    generous = standing(ANSELM, max_screen_seconds=1000, **agreeable(asked))
    found = codes(ask(request(**asked), standing(IDRIS, **changed), generous))
    assert set(found) == {code}


def test_every_reason_says_what_was_asked_what_is_allowed_and_what_to_do() -> None:
    for changed, asked, _ in ONE_FAILING_TERM:
        answer = ask(request(**asked), standing(IDRIS, **changed), standing(ANSELM, **agreeable(asked)))
        assert isinstance(answer, Refusal)
        for reason in answer.reasons:
            assert all((reason.sentence, reason.asked, reason.allowed, reason.remedy)), reason
            assert reason.sentence.endswith(".")


WITHIN = [
    ({"valid_until": NOW + timedelta(microseconds=1)}, {}),
    ({"valid_from": NOW}, {}),
    ({"scenes": ("*",)}, {"scene": "any scene at all"}),
    ({"territories": ("worldwide",)}, {"territories": ("FR", "worldwide")}),
    ({"training_allowed": False}, {"trains": False}),
    ({"runs_used": 2}, {}),
    ({"screen_seconds_used": 55.0}, {}),
    ({"notice_at": NOW - timedelta(hours=48)}, {}),
    ({"languages": ("en", "de")}, {"languages": ("de",)}),
    ({"languages": ()}, {"languages": ()}),
    ({"advertiser": "Harbour Tea", "output_classes": (OutputClass.ADVERTISEMENT,)}, ADVERT),
    ({"alterations": (Alteration.BODY, Alteration.AGE)}, {"alterations": (Alteration.AGE,)}),
    ({"script_sha256": "1" * 64}, {"script_sha256": "1" * 64}),
    ({"script_sha256": "1" * 64}, {}),
    ({"prohibited_contexts": (Context.ALCOHOL,)}, {"contexts": (Context.WEAPONS,)}),
    ({"reuse_allowed": True}, {"reuses_model": True}),
    ({"level": Assurance.SEALED_BY_PLATFORM}, {"trains": False}),
    ({**VAGUE, "representation": Representation.UNION}, {}),
    ({**VAGUE, "replaces_in_person_work": False, "representation": Representation.NONE}, {}),
    ({"performer_born": "2008-11-23"}, {}),
    (MINOR, {"contexts": (Context.VIOLENCE,)}),
    ({"performer_deceased": True, "signer_capacity": Capacity.ESTATE}, {}),
    ({"died": True, "survives_death": True}, {}),
    ({"alterations": (Alteration.NUDITY,)}, {"alterations": (Alteration.NUDITY,), "contexts": (Context.NUDITY,)}),
]


@pytest.mark.parametrize(("changed", "asked"), WITHIN)
def test_what_is_just_within_the_terms_is_granted(changed: dict[str, Any], asked: dict[str, Any]) -> None:
    generous = standing(ANSELM, **agreeable(asked))
    assert isinstance(ask(request(**asked), standing(IDRIS, **changed), generous), Grant)


def agreeable(asked: dict[str, Any]) -> dict[str, Any]:
    """Terms of somebody who agreed to all that is asked."""
    return {
        "territories": ("worldwide",),
        "scenes": ("*",),
        "output_classes": tuple(OutputClass),
        "alterations": tuple(Alteration),
        "reuse_allowed": True,
        "languages": ("en", "de", "fr"),
        "script_sha256": asked.get("script_sha256", ""),
        "advertiser": asked.get("advertiser", ""),
        "product_line": asked.get("product_line", ""),
    }


def test_what_no_consent_can_permit_is_said_where_there_is_no_consent_at_all() -> None:
    asked = request(contexts=(Context.SEXUAL, Context.FRAUD))
    answer = gate.decide(asked, consents=(), now=NOW, rules=policy.load())
    assert codes(answer) == [
        ReasonCode.SEXUAL_CONTENT, ReasonCode.FRAUD, ReasonCode.NO_CONSENT, ReasonCode.NO_CONSENT,
    ]  # fmt: skip


def test_a_live_stand_in_is_agreed_to_by_name() -> None:
    """Said once, though both the scope and the law of real-time generation stand against it."""
    both = (standing(IDRIS, level=Assurance.PERSONAL), standing(ANSELM, kinds_of_use=(KindOfUse.LIVE,)))
    assert codes(ask(request(kind=KindOfUse.LIVE), *both)) == [ReasonCode.LIVE_NOT_NAMED]


def test_a_double_needs_a_surer_signature_than_a_swap() -> None:
    sealed = standing(IDRIS, kinds_of_use=tuple(KindOfUse), level=Assurance.SEALED_BY_PLATFORM)
    asked = request(kind=KindOfUse.DIGITAL_DOUBLE, participants=(LIKENESS,), trains=False)
    assert codes(ask(asked, sealed)) == [ReasonCode.LEVEL_TOO_LOW]
    assert isinstance(ask(asked, replace(sealed, level=Assurance.PERSONAL)), Grant)


def test_a_minor_needs_a_surer_signature() -> None:
    sealed = standing(ANSELM, **MINOR, level=Assurance.SEALED_BY_PLATFORM)
    assert codes(ask(request(trains=False), standing(IDRIS), sealed)) == [ReasonCode.LEVEL_TOO_LOW]


def test_new_dialogue_names_its_language_and_its_script() -> None:
    agreed = standing(ANSELM, kinds_of_use=(KindOfUse.DIALOGUE_REPLACEMENT,), script_sha256="1" * 64)
    asked = request(kind=KindOfUse.DIALOGUE_REPLACEMENT, participants=(PLATE,), trains=False, languages=())
    assert codes(ask(asked, agreed)) == [ReasonCode.LANGUAGE_NOT_ALLOWED, ReasonCode.SCRIPT_MISSING]
    assert isinstance(ask(replace(asked, languages=("en",), script_sha256="1" * 64), agreed), Grant)


@pytest.mark.parametrize(
    ("changed", "fits"),
    [
        ({"valid_until": NOW + timedelta(days=3641)}, True),  # it began ten days ago
        ({"valid_until": NOW + timedelta(days=3643)}, False),
        ({**MINOR, "performer_born": "2014-05-01", "valid_until": NOW + timedelta(days=1815)}, True),
        ({**MINOR, "performer_born": "2014-05-01", "valid_until": NOW + timedelta(days=1817)}, False),
        ({**MINOR, "performer_born": "2010-01-01", "valid_until": datetime(2028, 1, 1, tzinfo=UTC)}, True),
        ({**MINOR, "performer_born": "2010-01-01", "valid_until": datetime(2028, 1, 2, tzinfo=UTC)}, False),
    ],
    ids=["ten years", "longer", "a minor's five", "a minor's longer", "until majority", "past majority"],
)
def test_a_house_may_cap_how_long_a_licence_lasts(changed: dict[str, Any], fits: bool) -> None:
    capped = policy.parse({**policy.files(), packs.CHOICES: packs.written(replace(policy.load().choices, off=()))})
    both = (standing(IDRIS, **changed), standing(ANSELM))
    answer = gate.decide(request(), consents=both, now=NOW, rules=capped)
    assert isinstance(answer, Grant) == fits
    if not fits:
        assert codes(answer) == [ReasonCode.LICENCE_TOO_LONG]
    assert isinstance(ask(None, *both), Grant)  # the packaged choice


def test_whoever_stands_in_the_plate_needs_no_consent_to_training() -> None:
    assert isinstance(ask(None, standing(IDRIS), standing(ANSELM, training_allowed=False)), Grant)


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


@pytest.mark.parametrize(
    "participants",
    [
        (),
        (LIKENESS,),
        (PLATE,),
        (LIKENESS, LIKENESS),
        (LIKENESS, PLATE, PLATE),
        (replace(LIKENESS, part=Part.PLATE), PLATE),
    ],
    ids=["nobody", "no plate", "no likeness", "likeness twice", "two plates", "two in the plate"],
)
def test_a_swap_needs_one_likeness_and_one_plate(participants: Any) -> None:
    assert ReasonCode.PARTS_INCOMPLETE in codes(ask(request(participants=participants)))


@pytest.mark.parametrize("kind", list(KindOfUse))
def test_no_kind_of_use_is_granted_to_nobody(kind: KindOfUse) -> None:
    assert ReasonCode.PARTS_INCOMPLETE in codes(ask(request(kind=kind, participants=())))


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan"), float("inf"), 1e9])
def test_a_run_of_no_length_or_no_end_is_refused(seconds: float) -> None:
    assert codes(ask(request(screen_seconds=seconds))) == [ReasonCode.REQUEST_UNCLEAR]


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


def test_two_decisions_have_two_numbers() -> None:
    one, other = ask(), ask(at=NOW + timedelta(microseconds=1))
    assert isinstance(one, Grant)
    assert isinstance(other, Grant)
    assert one.nonce != other.nonce
    assert len(one.nonce) == 64
