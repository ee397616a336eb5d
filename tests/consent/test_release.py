"""The biometric release: a consent of its own, without which nothing is made, and which permits nothing by itself."""

import pytest
from django.utils import timezone

from consent import record, seal, services
from consent.errors import TermsError
from consent.types import Matter, ReasonCode, Refusal
from tests.consent.house import PUBLIC, House
from tests.consent.values import release, terms


def test_a_release_that_permits_a_use_is_none() -> None:
    for changes in ({"kinds_of_use": terms().kinds_of_use}, {"max_runs": 1}, {"training_allowed": True}):
        with pytest.raises(TermsError):
            record.checked(release(**changes))


def test_a_replica_that_permits_nothing_is_none() -> None:
    for changes in ({"scenes": ()}, {"media": ()}, {"max_screen_seconds": 0}, {"output_classes": ()}):
        with pytest.raises(TermsError):
            record.checked(terms(**changes))


def test_nothing_is_made_without_the_release(house: House) -> None:
    house.active(house.idris, release=False)
    house.active(house.anselm)
    answer = house.ask()
    assert isinstance(answer, Refusal)
    assert [reason.code for reason in answer.reasons] == [ReasonCode.NO_BIOMETRIC_RELEASE]


def test_a_release_alone_permits_nothing(house: House) -> None:
    house.released(house.idris)
    house.active(house.anselm)
    answer = house.ask()
    assert isinstance(answer, Refusal)
    assert {reason.code for reason in answer.reasons} == {ReasonCode.NO_CONSENT}


def test_a_release_of_another_performer_helps_nobody(house: House) -> None:
    house.active(house.idris, release=False)
    house.released(house.anselm)
    house.active(house.anselm)
    answer = house.ask()
    assert isinstance(answer, Refusal)
    assert {reason.code for reason in answer.reasons} == {ReasonCode.NO_BIOMETRIC_RELEASE}


def test_a_release_withdrawn_stops_what_was_granted_under_it(house: House) -> None:
    row = house.released(house.idris)
    house.active(house.idris)
    house.active(house.anselm)
    token = house.ask()
    assert isinstance(token, str)
    grant = seal.open(token, PUBLIC, timezone.now())
    assert row.pk in {release.consent_id for release in grant.releases}
    assert services.standing(grant, now=timezone.now()) is None
    services.withdraw(row, by=house.lena, reason="")
    fallen = services.standing(grant, now=timezone.now())
    assert fallen is not None
    assert ReasonCode.CONSENT_WITHDRAWN in {reason.code for reason in fallen.reasons}


def test_a_row_that_calls_itself_a_release_is_none(house: House) -> None:
    """The column is not what was signed."""
    row = house.active(house.idris, release=False)
    type(row).objects.filter(pk=row.pk).update(matter=Matter.BIOMETRIC_RELEASE)
    house.active(house.anselm)
    answer = house.ask()
    assert isinstance(answer, Refusal)
    assert ReasonCode.NO_BIOMETRIC_RELEASE in {reason.code for reason in answer.reasons}


def test_a_level_that_the_ledger_does_not_know_is_not_believed(house: House) -> None:
    row = house.active(house.idris)
    house.active(house.anselm)
    type(row).objects.filter(pk=row.pk).update(level=4)
    answer = house.ask()
    assert isinstance(answer, Refusal)
    assert ReasonCode.LEDGER_DISAGREES in {reason.code for reason in answer.reasons}
