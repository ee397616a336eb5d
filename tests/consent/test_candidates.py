"""The nearest miss is found without judging everything; the answer is that of judging everything."""

import random
from uuid import UUID

import pytest

from consent import gate, policy
from consent.candidates import Bench, Held, longest_first
from consent.types import ConsentState, Part, ReasonCode, Refusal, Standing
from tests.consent.values import IDRIS, NOW, request, standing

SCENES = (("12A",), ("7",), ("7", "8"))
MEDIA = (("cinema",), ("television",))
STATES = (ConsentState.ACTIVE, ConsentState.ACTIVE, ConsentState.WITHDRAWN, ConsentState.SUSPENDED)


def some(chance: random.Random) -> list[Standing]:
    return [
        standing(
            IDRIS,
            consent_id=UUID(int=number),
            scenes=chance.choice(SCENES),
            media=chance.choice(MEDIA),
            max_runs=chance.choice((1, 10)),
            state=chance.choice(STATES),
            runs_used=chance.choice((0, 1)),
            attested=chance.random() < 0.7,
            **({"terms_sha256": "0" * 64} if chance.random() < 0.3 else {}),
        )
        for number in range(chance.randint(1, 8))
    ]


def bench() -> Bench:
    return Bench(request=request(), part=Part.LIKENESS, now=NOW, rules=policy.load())


def alone(one: Standing) -> Held:
    """Held against the request by a bench that has nothing to remember."""
    held = bench().nearest([one])
    assert held is not None
    return held


@pytest.mark.parametrize("seed", range(40))
def test_nearest_is_the_nearest_of_all(seed: int) -> None:
    every = [alone(one) for one in longest_first(some(random.Random(seed)))]
    passing = [held for held in every if not held.codes]
    nearest = passing[0] if passing else min(every, key=lambda held: held.distance)
    assert bench().nearest([held.standing for held in every]) == nearest


def test_equal_contexts_are_asked_about_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rules, asked = policy.load(), []
    judged = policy.Rules.failing

    def counted(self: policy.Rules, context: object, **names: str) -> tuple[ReasonCode, ...]:
        asked.append(names["consent"])
        return judged(self, context, **names)  # type: ignore[arg-type]

    monkeypatch.setattr(policy.Rules, "failing", counted)
    found = [standing(IDRIS, consent_id=UUID(int=number), scenes=("7",)) for number in range(30)]
    assert isinstance(gate.decide(request(), consents=found, now=NOW, rules=rules), Refusal)
    assert len(asked) == 1
