"""Asking the gate with real consents, and every way to use a grant twice."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from consent import record, seal, services
from consent.models import ConsentRecord, ConsentUse, GrantRedemption
from consent.types import ConsentState, Grant, Part, Reason, ReasonCode, Refusal
from provenance.models import Opening
from provenance.types import EntryKind
from tests.consent.house import PRIVATE, PUBLIC, House, entries_of
from tests.consent.test_seal import PRIVATE as ANOTHER_GATES
from tests.consent.values import sighting
from tests.refused import codes


@pytest.fixture
def rows(house: House) -> tuple[ConsentRecord, ConsentRecord]:
    return house.active(house.idris), house.active(house.anselm)


def granted(house: House, **changes: Any) -> str:
    answer = house.ask(house.request(**changes))
    assert isinstance(answer, str), answer
    return answer


def opened(token: str) -> Grant:
    return seal.open(token, PUBLIC, timezone.now())


def redeem(token: str, run_id: UUID, step: str = "train", *, after: timedelta = timedelta()) -> Grant | Refusal:
    return services.redeem(token, public_pem=PUBLIC, run_id=run_id, step=step, now=timezone.now() + after)


@pytest.mark.usefixtures("rows")
def test_a_granted_run_is_counted_sealed_and_written_down(house: House) -> None:
    request = house.request()
    token = house.ask(request)
    assert isinstance(token, str)
    grant = opened(token)
    assert grant.run_id == request.run_id
    used = ConsentUse.objects.filter(run_id=request.run_id).order_by("part")
    taken = [("likeness", 5.0), ("plate", 5.0), ("release", 0.0), ("release", 0.0)]
    assert [(u.part, u.screen_seconds) for u in used] == taken
    (entry,) = entries_of(request.run_id)
    assert entry.kind is EntryKind.RUN_GRANTED
    assert entry.body["grant_sha256"] == seal.digest(grant)
    assert entry.body["policy_sha256"] == grant.policy_sha256
    assert "0.71" not in entry.canonical
    score = Opening.objects.get(of=f"performer:{house.idris.pk}", field="score:likeness:1")
    assert score.value == "0.71"


def test_a_refused_run_is_written_down_with_every_reason(house: House) -> None:
    house.active(house.idris, scenes=("9",), training_allowed=False)
    request = house.request()
    answer = house.ask(request)
    expected = [ReasonCode.SCENE_NOT_ALLOWED, ReasonCode.TRAINING_NOT_ALLOWED, ReasonCode.NO_CONSENT]
    assert codes(answer) == expected
    (entry,) = entries_of(request.run_id)
    assert (entry.kind, entry.body["reasons"]) == (EntryKind.RUN_REFUSED, [code.value for code in expected])
    assert not ConsentUse.objects.exists()


@pytest.mark.usefixtures("rows")
def test_a_reason_of_the_callers_refuses_what_the_gate_would_grant(house: House) -> None:
    reason = Reason(code=ReasonCode.FOOTAGE_NOT_READY, sentence="Not yet.")
    answer = services.decide(house.request(), by=house.petra, sealing_key=PRIVATE, also=(reason,))
    assert codes(answer) == [ReasonCode.FOOTAGE_NOT_READY]
    assert not ConsentUse.objects.exists()


def test_a_consent_for_another_production_is_none(house: House) -> None:
    other = House.make()
    other.active(other.idris)
    assert codes(house.ask()) == [ReasonCode.NO_CONSENT, ReasonCode.NO_CONSENT]
    mixed = replace(house.request(), participants=other.request().participants)
    assert set(codes(house.ask(mixed))) == {ReasonCode.NO_CONSENT}


def test_runs_are_counted_until_they_are_spent(house: House) -> None:
    house.active(house.idris, max_runs=2)
    house.active(house.anselm)
    granted(house)
    granted(house)
    assert codes(house.ask()) == [ReasonCode.RUNS_SPENT]


def test_small_runs_do_not_slip_under_the_screen_time(house: House) -> None:
    house.active(house.idris, max_runs=1000, max_screen_seconds=10)
    house.active(house.anselm, max_runs=1000)
    for _ in range(3):
        granted(house, screen_seconds=3.3)
    assert codes(house.ask(house.request(screen_seconds=0.2))) == [ReasonCode.SCREEN_TIME_SPENT]
    granted(house, screen_seconds=0.1)


def test_somebody_else_in_the_plate_pays_with_their_budget_too(house: House) -> None:
    house.active(house.idris, max_runs=2)
    house.active(house.anselm)
    likeness, plate = house.request().participants
    crowd = replace(plate, sightings=(*plate.sightings, sighting(house.idris.pk, track=2)))
    token = granted(house, participants=(likeness, crowd))
    assert [(c.part, c.performer_id == house.idris.pk) for c in opened(token).consents] == [
        (Part.LIKENESS, True),
        (Part.PLATE, False),
        (Part.PLATE, True),
    ]
    granted(house)  # one run took two parts of one consent: that is one run
    assert codes(house.ask()) == [ReasonCode.RUNS_SPENT]


def test_a_withdrawal_undone_in_the_database_stays_a_withdrawal(
    house: House, rows: tuple[ConsentRecord, ConsentRecord]
) -> None:
    """Whoever can write rows makes a withdrawn consent active again; the ledger remembers."""
    grant = opened(granted(house))
    services.withdraw(rows[0], by=house.lena, reason="no more")
    ConsentRecord.objects.filter(pk=rows[0].pk).update(state=ConsentState.ACTIVE, withdrawn_at=None)
    assert codes(house.ask()) == [ReasonCode.LEDGER_DISAGREES]
    assert codes(services.standing(grant, now=timezone.now())) == [ReasonCode.CONSENT_WITHDRAWN]


def test_an_approval_written_into_the_database_is_none(house: House, rows: tuple[ConsentRecord, ConsentRecord]) -> None:
    """The same documents, under a row whose approval the ledger never saw."""
    altered = "1" * 64
    ConsentRecord.objects.filter(pk=rows[1].pk).update(document_sha256=altered)
    assert codes(house.ask()) == [ReasonCode.LEDGER_DISAGREES]


def test_terms_changed_in_the_database_are_no_consent(house: House, rows: tuple[ConsentRecord, ConsentRecord]) -> None:
    ConsentRecord.objects.filter(pk=rows[0].pk).update(terms={**rows[0].terms, "max_runs": 99})
    assert codes(house.ask()) == [ReasonCode.TERMS_DIFFER]
    ConsentRecord.objects.filter(pk=rows[0].pk).update(terms={**rows[0].terms, "extra": 1})
    assert codes(house.ask()) == [ReasonCode.NO_CONSENT]


def test_a_consent_moved_to_another_performer_is_none(house: House, rows: tuple[ConsentRecord, ConsentRecord]) -> None:
    ConsentRecord.objects.filter(pk=rows[0].pk).update(performer=house.anselm)
    assert codes(house.ask()) == [ReasonCode.NO_CONSENT]


@pytest.mark.usefixtures("rows")
def test_a_grant_is_redeemed_once_for_each_step(house: House) -> None:
    token = granted(house)
    grant = opened(token)
    for step in services.grants.STEPS:
        assert redeem(token, grant.run_id, step) == grant
        assert redeem(token, grant.run_id, step) == grant  # after a crash, while it is unfinished
        assert services.finish(grant, step=step)
        assert not services.finish(grant, step=step)
        assert codes(redeem(token, grant.run_id, step)) == [ReasonCode.GRANT_REPLAYED]
    kinds = [entry.kind for entry in entries_of(grant.run_id)]
    assert kinds.count(EntryKind.GRANT_REDEEMED) == 4
    assert kinds.count(EntryKind.GRANT_REFUSED) == 2


@pytest.mark.usefixtures("rows")
def test_a_grant_is_of_no_use_to_another_run(house: House) -> None:
    token, other = granted(house), uuid4()
    assert codes(redeem(token, other)) == [ReasonCode.GRANT_OTHER_RUN]
    assert entries_of(other)[-1].body == {"step": "train", "reasons": ["grant-other-run"]}
    assert not GrantRedemption.objects.exists()


@pytest.mark.usefixtures("rows")
def test_a_forged_or_expired_grant_is_refused_and_written_down(house: House) -> None:
    token = granted(house)
    grant = opened(token)
    forged = seal.seal(replace(grant, screen_seconds=600.0), ANOTHER_GATES)
    assert codes(redeem(forged, grant.run_id)) == [ReasonCode.GRANT_FORGED]
    assert codes(redeem("rubbish", grant.run_id)) == [ReasonCode.GRANT_FORGED]
    assert codes(redeem(token, grant.run_id, after=timedelta(days=2))) == [ReasonCode.GRANT_EXPIRED]
    assert [e.body["reasons"] for e in entries_of(grant.run_id)[1:]] == [
        ["grant-forged"],
        ["grant-forged"],
        ["grant-expired"],
    ]


def test_a_grant_falls_with_its_consent(house: House, rows: tuple[ConsentRecord, ConsentRecord]) -> None:
    token = granted(house)
    grant = opened(token)
    assert services.standing(grant, now=timezone.now()) is None
    services.withdraw(rows[1], by=house.lena, reason="")
    assert codes(services.standing(grant, now=timezone.now())) == [ReasonCode.CONSENT_WITHDRAWN]
    assert codes(redeem(token, grant.run_id)) == [ReasonCode.CONSENT_WITHDRAWN]


def test_what_a_grant_stands_on_is_looked_at_in_five_queries(
    house: House, rows: tuple[ConsentRecord, ConsentRecord], django_assert_num_queries: Any
) -> None:
    grant, now = opened(granted(house)), timezone.now()
    with django_assert_num_queries(5):
        assert services.standing(grant, now=now) is None
    later = now + timedelta(days=400)
    assert codes(services.standing(grant, now=later)) == [ReasonCode.CONSENT_EXPIRED] * 2
    assert codes(services.standing(replace(grant, consents=()), now=now)) == [ReasonCode.NO_CONSENT]
    gone = replace(grant.consents[0], consent_id=uuid4())
    assert codes(services.standing(replace(grant, consents=(gone,)), now=now)) == [ReasonCode.NO_CONSENT]
    ConsentRecord.objects.filter(pk=rows[0].pk).update(document_sha256="0" * 64)
    assert codes(services.standing(grant, now=now)) == [ReasonCode.TERMS_DIFFER]


def test_a_run_is_reconsidered_without_counting_against_itself(
    house: House, rows: tuple[ConsentRecord, ConsentRecord]
) -> None:
    only = house.active(house.idris, max_runs=1, valid_until=record.from_json(rows[0].terms).valid_until)
    services.withdraw(rows[0], by=house.lena, reason="")
    request = house.request()
    assert isinstance(house.ask(request), str)
    assert codes(house.ask()) == [ReasonCode.RUNS_SPENT]
    assert services.reconsider(request, now=timezone.now()) is None
    services.withdraw(only, by=house.lena, reason="")
    assert ReasonCode.CONSENT_WITHDRAWN in codes(services.reconsider(request, now=timezone.now()))


@pytest.mark.usefixtures("rows")
def test_there_are_no_other_steps(house: House) -> None:
    with pytest.raises(RuntimeError, match="no step"):
        redeem(granted(house), uuid4(), "publish")
