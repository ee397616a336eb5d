"""What holds for every request, tried on many: no grant when anything fails, and a grant says what was asked."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given, strategies as st

from consent import gate, policy
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
    Refusal,
    Representation,
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
    request,
    sighting,
    standing,
)

# Each takes a covering consent and breaks one term of it.
FAULTS: list[dict[str, Any]] = [
    {"state": ConsentState.OFFERED},
    {"state": ConsentState.VERIFIED},
    {"state": ConsentState.WITHDRAWN},
    {"valid_until": NOW - timedelta(seconds=1)},
    {"valid_from": NOW + timedelta(seconds=1)},
    {"production_id": OTHER_PRODUCTION},
    {"kinds_of_use": (KindOfUse.LIVE,)},
    {"parts": ()},
    {"scenes": ("9",)},
    {"territories": ("FR",)},
    {"media": ("radio",)},
    {"release": None},
    {"runs_used": 3},
    {"screen_seconds_used": 59.0},
    {"terms_sha256": "0" * 64},
    {"attested": False},
    {"state": ConsentState.SUSPENDED},
    {"state": ConsentState.AMENDED},
    {"state": ConsentState.EXPIRED},
    {"level": Assurance.SCAN},
    {"output_classes": (OutputClass.GAME,)},
    {"languages": ("fr",)},
    {"prohibited_contexts": (Context.VIOLENCE,)},
    {"notice_at": NOW, "notice_hours": 1},
    {"struck": True},
    {"performer_born": "2015-02-28"},
    {"performer_deceased": True},
    {"died": True},
    {"signer_capacity": Capacity.GUARDIAN},
    {"replaces_in_person_work": True, "representation": Representation.NONE, "description": "My face."},
]
DECLARED = request(contexts=(Context.VIOLENCE,))
faults = st.lists(st.sampled_from(FAULTS), max_size=4).map(lambda found: {k: v for f in found for k, v in f.items()})
covering = st.fixed_dictionaries(
    {
        "scenes": st.sampled_from([("*",), ("12A",), ("12B", "12A")]),
        "territories": st.sampled_from([("worldwide",), ("GB",), ("IE", "GB")]),
        "valid_until": st.integers(1, 10**7).map(lambda n: NOW + timedelta(seconds=n)),
        "max_runs": st.integers(1, 50),
        "max_screen_seconds": st.integers(5, 500),
    }
)


@given(one=covering, other=covering, broken_one=faults, broken_other=faults)
def test_a_grant_is_minted_only_when_no_term_of_anybody_fails(
    one: Any, other: Any, broken_one: Any, broken_other: Any
) -> None:
    consents = [
        standing(IDRIS, **{**one, **spent(broken_one, one)}),
        standing(ANSELM, **{**other, **spent(broken_other, other)}),
    ]
    answer = gate.decide(DECLARED, consents=consents, now=NOW, rules=policy.load())
    assert isinstance(answer, Grant) == (not broken_one and not broken_other)
    if isinstance(answer, Refusal):
        assert answer.reasons


def spent(fault: dict[str, Any], terms: dict[str, Any]) -> dict[str, Any]:
    """A budget fault that fails whatever the budget is."""
    changed = dict(fault)
    if "runs_used" in changed:
        changed["runs_used"] = terms["max_runs"]
    if "screen_seconds_used" in changed:
        changed["screen_seconds_used"] = terms["max_screen_seconds"] - 4.5
    return changed


@given(
    run_id=st.uuids(),
    seconds=st.floats(0.001, 60, allow_nan=False),
    digests=st.lists(st.text("0123456789abcdef", min_size=64, max_size=64), min_size=3, max_size=3),
    trains=st.booleans(),
)
def test_a_grant_names_exactly_what_was_asked(run_id: Any, seconds: float, digests: list[str], trains: bool) -> None:
    asked = request(
        run_id=run_id,
        screen_seconds=seconds,
        trains=trains,
        parameters_sha256=digests[0],
        participants=(replace(LIKENESS, footage_sha256=digests[1]), replace(PLATE, footage_sha256=digests[2])),
    )
    answer = gate.decide(asked, consents=[standing(IDRIS), standing(ANSELM)], now=NOW, rules=policy.load())
    assert isinstance(answer, Grant)
    assert (answer.run_id, answer.screen_seconds, answer.trains) == (run_id, seconds, trains)
    assert answer.parameters_sha256 == digests[0]
    assert answer.footage_sha256(Part.LIKENESS) == digests[1]
    assert answer.footage_sha256(Part.PLATE) == digests[2]


@given(
    shown=st.lists(st.sampled_from(list(Context)), max_size=6).map(tuple),
    changed=st.lists(st.sampled_from(list(Alteration)), max_size=4).map(tuple),
    generous=st.booleans(),
)
def test_what_no_consent_can_permit_is_never_granted(shown: Any, changed: Any, generous: bool) -> None:
    """However much the performers agreed to."""
    everything = {"alterations": tuple(Alteration), "max_runs": 999, "scenes": ("*",)} if generous else {}
    asked = request(contexts=shown, alterations=changed)
    consents = [standing(IDRIS, **everything), standing(ANSELM, **everything)]
    answer = gate.decide(asked, consents=consents, now=NOW, rules=policy.load())
    if isinstance(answer, Grant):
        assert not {Context.SEXUAL, Context.POLITICAL_DECEPTION, Context.FRAUD} & set(shown)
        nude = Context.NUDITY in shown or Alteration.NUDITY in changed
        assert not (nude and Alteration.AGE in changed)
        assert generous or not changed


people = st.sampled_from([IDRIS, ANSELM, MARA, None])
sightings = st.lists(
    st.builds(
        sighting,
        people,
        band=st.sampled_from(list(Band)),
        score=st.floats(-1, 1),
        track=st.integers(0, 5),
    ),
    max_size=4,
).map(tuple)


@given(in_footage=sightings, in_plate=sightings, with_mara=st.booleans())
def test_no_face_is_ever_let_through_unrecognised(in_footage: Any, in_plate: Any, with_mara: bool) -> None:
    asked = request(participants=(replace(LIKENESS, sightings=in_footage), replace(PLATE, sightings=in_plate)))
    consents: list[Standing] = [standing(IDRIS), standing(ANSELM), *([standing(MARA)] if with_mara else [])]
    answer = gate.decide(asked, consents=consents, now=NOW, rules=policy.load())
    if isinstance(answer, Grant):
        known = all(s.band is Band.MATCH and s.performer_id and s.score >= s.threshold for s in in_footage + in_plate)
        covered = {c.performer_id for c in answer.consents}
        assert known
        assert {s.performer_id for s in in_footage + in_plate} <= covered
        assert IDRIS in {s.performer_id for s in in_footage}
        assert ANSELM in {s.performer_id for s in in_plate}


@given(broken=faults, shuffle=st.randoms(use_true_random=False))
def test_the_same_values_give_the_same_answer(broken: Any, shuffle: Any) -> None:
    consents = [standing(IDRIS, **broken), standing(ANSELM), standing(MARA), standing(IDRIS, max_runs=7)]
    first = gate.decide(request(), consents=tuple(consents), now=NOW, rules=policy.load())
    shuffle.shuffle(consents)
    assert gate.decide(request(), consents=consents, now=NOW, rules=policy.load()) == first
