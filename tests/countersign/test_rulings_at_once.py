"""Strikes and other rules come while runs are decided: no run slips through between them."""

from dataclasses import replace
from typing import Any

import pytest

from consent import policy
from consent.models import PolicyVersion
from consent.policy import packs
from consent.services import houses, rulebook
from consent.types import Assurance, KindOfUse, ReasonCode, Refusal
from countersign.accounts.models import Person, Role
from countersign.runs import rulings, services, storage
from countersign.runs.models import OPEN_STATES, Run, RunState
from countersign.runs.requests import Order
from provenance import ledger
from provenance.types import Entry, EntryKind
from tests import people as setup
from tests.consent.test_at_once import at_once
from tests.people import People
from tests.provenance.conftest import own_database

__all__ = ["own_database"]  # a fixture
DECIDED = (EntryKind.RUN_GRANTED, EntryKind.RUN_REFUSED)


@pytest.fixture
def here(own_database: str) -> People:
    storage.prepare()
    return setup.make()


@pytest.fixture
def lutz(here: People) -> Person:
    return setup.member("Lutz Legal", here.production, Role.LEGAL)


@pytest.fixture
def order(here: People) -> Order:
    """A run that the gate grants again and again, of a member of Equity."""
    setup.consent(here, here.idris, union="Equity", max_runs=100, max_screen_seconds=10_000)
    setup.consent(here, here.anselm, max_runs=100, max_screen_seconds=10_000)
    for performer in (here.idris, here.anselm):
        setup.release(here, performer)
    footage = setup.clip(here, here.idris, "idris", title="Idris, training reel", sha256="1" * 64)
    plate = setup.clip(here, here.anselm, "anselm", title="Quay, take 3", sha256="2" * 64)
    for clip in (footage, plate):
        setup.bring(clip, b"film")
    return Order(
        title="Quay", likeness=here.idris, plate_performer=here.anselm, footage=footage, plate=plate, scene="Scene 12",
        medium="cinema", territories=("GB",), languages=("en",),
    )  # fmt: skip


def rules_with(level: Assurance) -> dict[str, str]:
    choices = policy.load().choices
    levels = {**choices.levels, KindOfUse.SWAP: level}
    return {**policy.files(), packs.CHOICES: packs.written(replace(choices, levels=levels))}


def in_order() -> list[Entry]:
    ledger.sequence()
    return list(ledger.entries())


def no_errors(answers: list[Any]) -> list[Any]:
    assert not [answer for answer in answers if isinstance(answer, Exception)], answers
    return answers


def test_no_run_goes_on_that_was_decided_while_a_strike_was_called(here: People, order: Order) -> None:
    house = here.production.organisation

    def act(number: int) -> Any:
        if number == 3:
            return rulings.call_strike(house, union="Equity", production=None, by=here.legal)
        return services.start(replace(order, title=f"Quay, take {number}"), by=here.producer)

    no_errors(at_once(8, act))
    assert not Run.objects.filter(state__in=OPEN_STATES).exists()
    assert {run.reasons[0]["code"] for run in Run.objects.all()} == {ReasonCode.UNION_ON_STRIKE}
    assert set(Run.objects.values_list("state", flat=True)) <= {RunState.STOPPED, RunState.REFUSED}
    assert services.start(order, by=here.producer).state == RunState.REFUSED
    kinds = [entry.kind for entry in in_order()]
    assert EntryKind.RUN_GRANTED not in kinds[kinds.index(EntryKind.STRIKE_CALLED) :]
    assert ledger.verify().faults == ()


def test_every_decision_is_made_by_rules_in_force_when_it_was_written_down(
    here: People, order: Order, lutz: Person
) -> None:
    """In the order of the ledger, whatever came first: never by rules that were not yet, or no longer, in force."""
    house = here.production.organisation_id
    in_force = policy.load().sha256
    for level in (Assurance.QUALIFIED, Assurance.PERSONAL):
        version = rulebook.propose(house, files=rules_with(level), words="", by=here.legal)

        def act(number: int, version: PolicyVersion = version) -> Any:
            if number == 2:
                return rulings.approve(version, by=lutz)
            return services.start(replace(order, title=f"Quay, take {number}"), by=here.producer)

        no_errors(at_once(6, act))
        assert houses.of(house).rules == policy.parse(rules_with(level))
    decided = 0
    for entry in in_order():
        if entry.kind is EntryKind.POLICY_CHANGED:
            in_force = str(entry.body["new"])
        if entry.kind in DECIDED:
            decided += 1
            assert entry.body["policy_sha256"] == in_force
    assert decided == 10
    assert ledger.verify().faults == ()


def test_of_two_approvals_of_one_proposal_one_counts(here: People, lutz: Person) -> None:
    house = here.production.organisation_id
    version = rulebook.propose(house, files=rules_with(Assurance.QUALIFIED), words="", by=here.legal)
    people = (lutz, setup.member("Lara Legal", here.production, Role.LEGAL))
    answers = no_errors(at_once(2, lambda number: rulings.approve(version, by=people[number])))
    refused = [answer for answer in answers if isinstance(answer, Refusal)]
    assert [reason.code for answer in refused for reason in answer.reasons] == [ReasonCode.WRONG_STATE]
    subject = (houses.subject(house),)
    assert len(ledger.about(subject, kinds=(EntryKind.POLICY_CHANGED,))) == 1


def test_of_two_proposals_approved_at_once_one_comes_in_force(here: People, lutz: Person) -> None:
    """The other was looked at beside rules that are in force no longer."""
    house = here.production.organisation_id
    levels = (Assurance.QUALIFIED, Assurance.PERSONAL)
    versions = [rulebook.propose(house, files=rules_with(one), words="", by=here.legal) for one in levels]
    answers = no_errors(at_once(2, lambda number: rulings.approve(versions[number], by=lutz)))
    assert sorted(isinstance(answer, Refusal) for answer in answers) == [False, True]
    assert PolicyVersion.objects.filter(organisation=house).exclude(in_force_since=None).count() == 1
