"""Keys on their way to a worker: sealed to one key, for one request, for seconds; whatever else comes opens nothing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from consent import release, seal
from consent.errors import ReleaseError, SealError
from consent.release import Ask, Ephemeral
from consent.types import ReasonCode
from tests.keypairs import pair

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
CONSENT = uuid4()
KEYS = {CONSENT: b"a key in the clear", uuid4(): b"another"}


KEEPER, KEEPER_PUBLIC = pair()
WORKER, WORKER_PUBLIC = pair()


def asked(own: Ephemeral, **changes: Any) -> Ask:
    said = {
        "id": uuid4(),
        "queue": "gpu",
        "subject": f"run:{uuid4()}",
        "step": "train",
        "attempt": 1,
        "grant_sha256": "ab" * 32,
        "public_key": own.public,
        "asked_at": NOW,
    }
    return Ask(**{**said, **changes})


def opened(answer: str, token: str, ask: Ask, own: Ephemeral, *, now: datetime = NOW) -> object:
    return release.open(answer, token=token, asked=ask, own=own, keeper_public_pem=KEEPER_PUBLIC, now=now)


def code(error: pytest.ExceptionInfo[ReleaseError]) -> str:
    return error.value.code


def test_the_worker_that_asked_gets_the_keys() -> None:
    own = Ephemeral()
    ask = asked(own)
    token = release.ask(ask, identity_pem=WORKER)
    assert release.read(token, identity_public_pem=WORKER_PUBLIC, now=NOW) == ask
    answer = release.answer(token, ask, KEYS, keeper_pem=KEEPER, now=NOW)
    assert b"a key in the clear".hex() not in answer
    assert opened(answer, token, ask, own) == KEYS


def test_the_same_keys_look_different_each_time() -> None:
    ask = asked(Ephemeral())
    token = release.ask(ask, identity_pem=WORKER)
    assert len({release.answer(token, ask, KEYS, keeper_pem=KEEPER, now=NOW) for _ in range(3)}) == 3


def test_another_workers_ephemeral_key_opens_nothing() -> None:
    ask = asked(Ephemeral())
    token = release.ask(ask, identity_pem=WORKER)
    answer = release.answer(token, ask, KEYS, keeper_pem=KEEPER, now=NOW)
    with pytest.raises(ReleaseError) as error:
        opened(answer, token, ask, Ephemeral())
    assert code(error) == ReasonCode.KEY_ANSWER_FORGED


@pytest.mark.parametrize("change", [{"step": "convert"}, {"attempt": 2}, {"subject": "run:another"}])
def test_what_was_sealed_for_one_step_opens_for_no_other(change: dict[str, Any]) -> None:
    """Somebody has the keeper answer one request with what it sealed for another: HPKE's info differs."""
    own = Ephemeral()
    ask = asked(own)
    token = release.ask(ask, identity_pem=WORKER)
    answer = release.answer(token, replace(ask, **change), KEYS, keeper_pem=KEEPER, now=NOW)
    with pytest.raises(ReleaseError) as error:
        opened(answer, token, ask, own)
    assert code(error) == ReasonCode.KEY_ANSWER_FORGED


def test_an_answer_to_an_earlier_request_is_refused() -> None:
    own = Ephemeral()
    first, second = asked(own), asked(own)
    tokens = [release.ask(ask, identity_pem=WORKER) for ask in (first, second)]
    replayed = release.answer(tokens[0], first, KEYS, keeper_pem=KEEPER, now=NOW)
    with pytest.raises(ReleaseError, match="another request") as error:
        opened(replayed, tokens[1], second, own)
    assert code(error) == ReasonCode.KEY_ANSWER_FORGED


def test_a_late_answer_is_refused() -> None:
    own = Ephemeral()
    ask = asked(own)
    token = release.ask(ask, identity_pem=WORKER)
    answer = release.answer(token, ask, KEYS, keeper_pem=KEEPER, now=NOW)
    with pytest.raises(ReleaseError) as error:
        opened(answer, token, ask, own, now=NOW + release.GOOD_FOR)
    assert code(error) == ReasonCode.KEY_ANSWER_EXPIRED


@pytest.mark.parametrize("trick", ["another keeper", "changed", "a grant", "empty", "too long"])
def test_an_answer_that_the_keeper_did_not_give_is_refused(trick: str) -> None:
    own = Ephemeral()
    ask = asked(own)
    token = release.ask(ask, identity_pem=WORKER)
    honest = release.answer(token, ask, KEYS, keeper_pem=KEEPER, now=NOW)
    forged = {
        "another keeper": release.answer(token, ask, KEYS, keeper_pem=pair()[0], now=NOW),
        "changed": honest[:-8] + "AAAAAAAA",
        "a grant": seal.sign({"request_sha256": release.digest(token)}, header=seal.HEADER, private_pem=KEEPER),
        "empty": seal.sign({}, header=release.ANSWER_HEADER, private_pem=KEEPER),
        "too long": honest + "A" * release.LONGEST,
    }
    with pytest.raises(ReleaseError) as error:
        opened(forged[trick], token, ask, own)
    assert code(error) == ReasonCode.KEY_ANSWER_FORGED


def test_a_refusal_says_why_and_nothing_else_can() -> None:
    own = Ephemeral()
    ask = asked(own)
    token = release.ask(ask, identity_pem=WORKER)
    no = release.refusal(token, (ReasonCode.CONSENT_WITHDRAWN,), keeper_pem=KEEPER, now=NOW)
    assert opened(no, token, ask, own) == (ReasonCode.CONSENT_WITHDRAWN,)
    with pytest.raises(ReleaseError):
        opened(release.refusal(token, (), keeper_pem=WORKER, now=NOW), token, ask, own)


@pytest.mark.parametrize("trick", ["another identity", "changed", "another type", "no key", "unknown field", "no zone"])
def test_a_request_that_the_worker_did_not_sign_is_refused(trick: str) -> None:
    ask = asked(Ephemeral())
    token = release.ask(ask, identity_pem=WORKER)
    said = release._ask_json(ask)

    def signed(**changes: str) -> str:
        return seal.sign({**said, **changes}, header=release.ASK_HEADER, private_pem=WORKER)

    forged = {
        "another identity": release.ask(ask, identity_pem=pair()[0]),
        "changed": token[:-6] + "AAAAAA",
        "another type": seal.sign(said, header=seal.HEADER, private_pem=WORKER),
        "no key": signed(public_key="00"),
        "unknown field": signed(also="this"),
        "no zone": signed(asked_at="2026-11-24T09:00:00"),
    }
    with pytest.raises(ReleaseError) as error:
        release.read(forged[trick], identity_public_pem=WORKER_PUBLIC, now=NOW)
    assert code(error) == ReasonCode.KEY_REQUEST_FORGED


@pytest.mark.parametrize("late", [timedelta(minutes=6), timedelta(minutes=-2)])
def test_a_request_from_long_ago_or_ahead_is_stale(late: timedelta) -> None:
    token = release.ask(asked(Ephemeral()), identity_pem=WORKER)
    with pytest.raises(ReleaseError) as error:
        release.read(token, identity_public_pem=WORKER_PUBLIC, now=NOW + late)
    assert code(error) == ReasonCode.KEY_REQUEST_STALE


def test_nothing_is_sealed_to_a_point_that_everybody_knows() -> None:
    ask = asked(Ephemeral(), public_key="00" * 32)
    with pytest.raises(ReleaseError) as error:
        release.answer("token", ask, KEYS, keeper_pem=KEEPER, now=NOW)
    assert code(error) == ReasonCode.KEY_REQUEST_FORGED


def test_a_key_that_is_none_signs_nothing() -> None:
    with pytest.raises(SealError):
        release.ask(asked(Ephemeral()), identity_pem=b"no key")
