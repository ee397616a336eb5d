"""The gate: what it refuses, what it says, and what a grant holds."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from consent import gate, policy
from consent.policy import packs
from consent.types import (
    Alteration,
    Assurance,
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
    NOW,
    OTHER_PRODUCTION,
    PLATE,
    request,
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


def test_two_decisions_have_two_numbers() -> None:
    one, other = ask(), ask(at=NOW + timedelta(microseconds=1))
    assert isinstance(one, Grant)
    assert isinstance(other, Grant)
    assert one.nonce != other.nonce
    assert len(one.nonce) == 64
