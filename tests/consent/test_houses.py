"""What a house decides by: strikes one person calls and another lifts, rules that take two people to change."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from consent import policy, seal, services
from consent.errors import ConsentError, PolicyError
from consent.models import ConsentRecord, PolicyVersion, Strike
from consent.services import houses, rulebook, strikes
from consent.types import ReasonCode, Refusal, Representation
from countersign.accounts.models import Organisation, Person, Production
from provenance.types import EntryKind
from tests import honest
from tests.consent.house import PUBLIC, House, entries_of, person, stricter
from tests.refused import codes

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> House:
    return House.make()


@pytest.fixture
def lutz() -> Person:
    return person("Lutz")


def house_of(house: House) -> Organisation:
    return house.production.organisation


def both(house: House, **changes: Any) -> tuple[ConsentRecord, ConsentRecord]:
    return house.active(house.idris, **changes), house.active(house.anselm)


def test_a_strike_refuses_the_members_of_the_union_and_nobody_else(house: House, lutz: Person) -> None:
    both(house, union="Equity")
    other = strikes.call(house_of(house), union="SAG-AFTRA", by=house.lena)
    assert isinstance(house.ask(), str)
    strike = strikes.call(house_of(house), union="equity", by=house.lena)
    assert codes(house.ask()) == [ReasonCode.UNION_ON_STRIKE]
    assert isinstance(strikes.lift(strike, by=lutz), Strike)
    assert isinstance(house.ask(), str)
    kinds = [entry.kind for entry in entries_of(house_of(house).pk)]
    assert kinds == [EntryKind.STRIKE_CALLED, EntryKind.STRIKE_CALLED, EntryKind.STRIKE_LIFTED]
    assert other.lifted_at is None


def test_who_is_in_a_union_without_saying_which_is_in_every_one_that_strikes(house: House) -> None:
    strikes.call(house_of(house), union="Equity", by=house.lena)
    standing = houses.of(house_of(house).pk).strikes
    at = house.production.pk
    assert houses.strikes_on(standing, union="", representation=Representation.UNION, at=at)
    assert not houses.strikes_on(standing, union="", representation=Representation.NONE, at=at)
    assert not houses.strikes_on((), union="", representation=Representation.UNION, at=at)


def test_a_strike_of_one_production_leaves_the_others_alone(house: House) -> None:
    both(house, union="Equity")
    elsewhere = Production.objects.create(organisation=house_of(house), title="Another")
    strikes.call(house_of(house), union="Equity", production=elsewhere, by=house.lena)
    assert isinstance(house.ask(), str)
    strikes.call(house_of(house), union="Equity", production=house.production, by=house.lena)
    assert codes(house.ask()) == [ReasonCode.UNION_ON_STRIKE]


def test_what_is_under_way_no_longer_stands_during_a_strike(house: House, lutz: Person) -> None:
    both(house, union="Equity")
    token = house.ask()
    assert isinstance(token, str)
    grant = seal.open(token, PUBLIC, timezone.now())
    strike = strikes.call(house_of(house), union="Equity", by=house.lena)
    assert codes(services.standing(grant, now=timezone.now())) == [ReasonCode.UNION_ON_STRIKE]
    redeemed = services.redeem(token, public_pem=PUBLIC, run_id=grant.run_id, step="train", now=timezone.now())
    assert codes(redeemed) == [ReasonCode.UNION_ON_STRIKE]
    strikes.lift(strike, by=lutz)
    assert services.standing(grant, now=timezone.now()) is None


def test_nobody_lifts_the_strike_they_called_and_nobody_lifts_it_twice(house: House, lutz: Person) -> None:
    strike = strikes.call(house_of(house), union="Equity", by=house.lena)
    assert codes(strikes.lift(strike, by=house.lena)) == [ReasonCode.SAME_PERSON]
    assert isinstance(strikes.lift(strike, by=lutz), Strike)
    assert codes(strikes.lift(strike, by=lutz)) == [ReasonCode.WRONG_STATE]
    refused = [e for e in entries_of(house_of(house).pk) if e.kind is EntryKind.STRIKE_LIFT_REFUSED]
    assert [entry.body["reasons"] for entry in refused] == [["same-person"], ["wrong-state"]]


def test_a_strike_row_that_somebody_changed_or_deleted_still_stands(house: House, lutz: Person) -> None:
    both(house, union="Equity")
    strike = strikes.call(house_of(house), union="Equity", by=house.lena)
    Strike.objects.filter(pk=strike.pk).update(lifted_by=lutz, lifted_at=timezone.now())
    assert codes(house.ask()) == [ReasonCode.UNION_ON_STRIKE]
    Strike.objects.all().delete()
    assert codes(house.ask()) == [ReasonCode.UNION_ON_STRIKE]


def test_what_is_no_name_of_a_union_is_none(house: House) -> None:
    for union in ("", "x", "<script>", "a" * 40):
        with pytest.raises(ConsentError, match="short name"):
            strikes.call(house_of(house), union=union, by=house.lena)


def test_a_strike_is_called_in_no_production_of_another_house(house: House) -> None:
    with pytest.raises(ConsentError, match="in this house"):
        strikes.call(house_of(house), union="Equity", production=House.make().production, by=house.lena)
    assert not Strike.objects.exists()


def test_rules_come_in_force_when_a_second_person_approves_them(house: House, lutz: Person) -> None:
    both(house)
    version = rulebook.propose(house_of(house).pk, files=stricter(), words="Be surer.", by=house.lena)
    assert isinstance(house.ask(), str), "a proposal changes nothing"
    approved = rulebook.approve(version, by=lutz)
    assert isinstance(approved, PolicyVersion)
    assert approved.in_force_since is not None
    refusal = house.ask()
    assert codes(refusal) == [ReasonCode.LEVEL_TOO_LOW] * 2
    assert isinstance(refusal, Refusal)
    assert refusal.policy_sha256 == version.sha256 == policy.digest(stricter())
    proposed, changed = entries_of(house_of(house).pk)
    assert (proposed.kind, changed.kind) == (EntryKind.POLICY_PROPOSED, EntryKind.POLICY_CHANGED)
    assert (changed.body["old"], changed.body["new"]) == (policy.load().sha256, version.sha256)
    assert rulebook.files_of(version.sha256) == stricter()


def test_rules_of_one_house_are_not_those_of_another(house: House, lutz: Person) -> None:
    other = House.make()
    both(other)
    rulebook.approve(rulebook.propose(house_of(house).pk, files=stricter(), words="", by=house.lena), by=lutz)
    assert isinstance(other.ask(), str)


def test_nobody_approves_the_rules_they_proposed(house: House, lutz: Person) -> None:
    version = rulebook.propose(house_of(house).pk, files=stricter(), words="", by=house.lena)
    assert codes(rulebook.approve(version, by=house.lena)) == [ReasonCode.SAME_PERSON]
    assert houses.of(house_of(house).pk).rules == policy.load()
    with pytest.raises(IntegrityError), transaction.atomic():
        PolicyVersion.objects.filter(pk=version.pk).update(approved_by=house.lena)
    assert isinstance(rulebook.approve(version, by=lutz), PolicyVersion)
    assert codes(rulebook.approve(version, by=lutz)) == [ReasonCode.WRONG_STATE]


def test_rejected_rules_stay_out(house: House, lutz: Person) -> None:
    version = rulebook.propose(house_of(house).pk, files=stricter(), words="", by=house.lena)
    assert isinstance(rulebook.reject(version, by=lutz), PolicyVersion)
    assert codes(rulebook.approve(version, by=lutz)) == [ReasonCode.WRONG_STATE]
    assert codes(rulebook.reject(version, by=lutz)) == [ReasonCode.WRONG_STATE]
    assert [e.kind for e in entries_of(house_of(house).pk)] == [
        EntryKind.POLICY_PROPOSED,
        EntryKind.POLICY_REJECTED,
        EntryKind.POLICY_REFUSED,
        EntryKind.POLICY_REFUSED,
    ]


def test_a_proposal_is_over_once_other_rules_came_in_force(house: House, lutz: Person) -> None:
    """What its preview compared it with is no longer so."""
    old = rulebook.propose(house_of(house).pk, files=policy.files(), words="", by=house.lena)
    rulebook.approve(rulebook.propose(house_of(house).pk, files=stricter(), words="", by=house.lena), by=lutz)
    assert codes(rulebook.approve(old, by=lutz)) == [ReasonCode.WRONG_STATE]


def test_what_the_operator_deploys_later_takes_two_people(house: House, lutz: Person) -> None:
    rulebook.first(policy.files())
    version = rulebook.deploy(house_of(house).pk, files=stricter())
    assert version is not None
    assert rulebook.deploy(house_of(house).pk, files=stricter()) is None, "proposed once"
    assert isinstance(rulebook.approve(version, by=house.lena), PolicyVersion)
    assert houses.of(house_of(house).pk).rules == policy.load(), "one of two"
    assert codes(rulebook.approve(version, by=house.lena)) == [ReasonCode.SAME_PERSON]
    assert isinstance(rulebook.approve(version, by=lutz), PolicyVersion)
    found = houses.of(house_of(house).pk).rules
    assert found is not None
    assert found.sha256 == version.sha256


def test_files_that_are_no_rules_are_not_proposed(house: House) -> None:
    weak = {**policy.files(), "prohibited.cedar": "// nothing\n"}
    with pytest.raises(PolicyError):
        rulebook.propose(house_of(house).pk, files=weak, words="", by=house.lena)
    assert entries_of(house_of(house).pk) == []


def put_in_force(house: House, by: Person) -> PolicyVersion:
    version = rulebook.propose(house_of(house).pk, files=stricter(), words="", by=house.lena)
    assert isinstance(rulebook.approve(version, by=by), PolicyVersion)
    return version


def test_a_row_that_somebody_rewrote_is_not_believed(house: House, lutz: Person) -> None:
    """Whoever writes rows without the ledger changes no rule: what no longer has its digest allows nothing."""
    both(house)
    version = put_in_force(house, lutz)
    PolicyVersion.objects.filter(pk=version.pk).update(files=policy.files())
    assert codes(house.ask()) == [ReasonCode.POLICY_UNKNOWN]
    PolicyVersion.objects.filter(pk=version.pk).update(files={"x": 1})
    assert codes(house.ask()) == [ReasonCode.POLICY_UNKNOWN]
    assert rulebook.files_of(version.sha256) == {}
    with pytest.raises(PolicyError, match="Nobody can tell"):
        rulebook.base(house_of(house).pk)
    with pytest.raises(PolicyError, match="Nobody can tell"):
        rulebook.propose_choices(house_of(house).pk, choices=policy.load().choices, words="", by=house.lena)
    PolicyVersion.objects.all().delete()
    assert codes(house.ask()) == [ReasonCode.POLICY_UNKNOWN]


def test_a_row_that_was_never_approved_is_not_believed(house: House, lutz: Person) -> None:
    both(house)
    put_in_force(house, lutz)
    now = timezone.now()
    PolicyVersion.objects.create(
        organisation=house_of(house), files=policy.files(), sha256=policy.load().sha256, proposed_by=house.lena,
        proposed_at=now, approved_by=lutz, in_force_since=now,
    )  # fmt: skip
    assert codes(house.ask()) == [ReasonCode.LEVEL_TOO_LOW] * 2


def test_an_approval_without_a_proposal_by_somebody_else_counts_for_nothing(house: House, lutz: Person) -> None:
    both(house)
    version = put_in_force(house, lutz)
    subject, actor = houses.subject(house_of(house).pk), f"person:{lutz.pk}"
    said = {"policy": "consent", "old": version.sha256, "new": policy.load().sha256, "version": str(version.pk)}
    honest.append(EntryKind.POLICY_CHANGED, subject=subject, actor=actor, **said)
    assert codes(house.ask()) == [ReasonCode.LEVEL_TOO_LOW] * 2
    honest.append(
        EntryKind.POLICY_PROPOSED, subject=subject, actor=actor, version=str(version.pk), new=policy.load().sha256
    )
    assert codes(house.ask()) == [ReasonCode.LEVEL_TOO_LOW] * 2, "proposed and approved by one person"


def test_nothing_is_written_when_the_gate_is_only_weighed(house: House) -> None:
    both(house, max_runs=1)
    request = house.request()
    for _ in range(3):
        assert not isinstance(services.weigh(request, now=timezone.now()), Refusal)
    strict = policy.parse(stricter())
    assert codes(services.weigh(request, now=timezone.now(), rules=strict)) == [ReasonCode.LEVEL_TOO_LOW] * 2
    assert entries_of(request.run_id) == []
    assert isinstance(house.ask(request), str)
