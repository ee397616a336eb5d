"""A consent suspended: nothing is made, its key is kept and given to nobody; the right person lifts it."""

from datetime import UTC, datetime

import pytest
from django.db import transaction

from consent import seal, services
from consent.errors import KeyWithheldError
from consent.models import ConsentRecord, VaultKey
from consent.types import ConsentState, ReasonCode, Refusal, Suspension
from countersign.accounts.models import Person
from provenance.types import EntryKind
from tests import honest
from tests.consent.house import KEYRING, PUBLIC, House, entries_of, person
from tests.consent.test_documents import codes


def performer(house: House) -> Person:
    assert isinstance(house.idris.person, Person)
    return house.idris.person


def suspended(house: House, by: Person, why: Suspension = Suspension.LEGAL_HOLD, words: str = "") -> ConsentRecord:
    row = house.active(house.idris)
    answer = services.suspend(row, by=by, why=why, words=words)
    assert isinstance(answer, ConsentRecord), answer
    return answer


@pytest.mark.parametrize("why", list(Suspension))
def test_nothing_is_granted_under_a_suspended_consent(house: House, why: Suspension) -> None:
    house.active(house.anselm)
    row = suspended(house, house.lena, why)
    assert (row.state, row.suspended_for, row.suspended_by) == (ConsentState.SUSPENDED, why, house.lena)
    assert {ReasonCode.CONSENT_NOT_ACTIVE, ReasonCode.CONSENT_SUSPENDED} & set(codes(house.ask()))
    assert isinstance(services.lift(row, by=house.pavel), ConsentRecord) or why is Suspension.DEATH


def test_a_run_under_way_falls_and_may_be_asked_for_again_once_it_is_lifted(house: House) -> None:
    house.active(house.anselm)
    row = house.active(house.idris)
    token = house.ask()
    assert isinstance(token, str)
    now = datetime.now(UTC)
    grant = seal.open(token, PUBLIC, now)
    assert services.standing(grant, now=now) is None
    services.suspend(row, by=house.lena, why=Suspension.STRIKE)
    assert codes(services.standing(grant, now=now)) == [ReasonCode.CONSENT_SUSPENDED]
    services.lift(row, by=house.pavel)
    assert services.standing(grant, now=now) is None
    assert isinstance(house.ask(), str)


def test_the_ledger_stops_a_row_that_says_it_stands(house: House) -> None:
    """Whoever may write rows cannot lift a suspension by it."""
    house.active(house.anselm)
    row = suspended(house, house.lena)
    ConsentRecord.objects.filter(pk=row.pk).update(state=ConsentState.ACTIVE)
    assert ReasonCode.LEDGER_DISAGREES in codes(house.ask())


def test_the_key_is_kept_and_given_to_nobody(house: House) -> None:
    row = house.active(house.idris)
    sealed = KEYRING.key(row.pk).encrypt(b"a model", b"context")
    services.suspend(row, by=house.lena, why=Suspension.DISPUTE)
    with pytest.raises(KeyWithheldError):
        KEYRING.key(row.pk)
    assert VaultKey.objects.get(consent=row).destroyed_at is None
    services.lift(row, by=house.pavel)
    assert KEYRING.key(row.pk).decrypt(sealed, b"context") == b"a model"


def test_words_are_sealed_and_the_reason_is_a_code(house: House) -> None:
    row = suspended(house, house.lena, words="Idris Vane's agent called.")
    last = entries_of(row.pk)[-1]
    assert (last.kind, last.body["why"]) == (EntryKind.CONSENT_SUSPENDED, "legal-hold")
    assert "Vane" not in last.canonical


def test_it_takes_a_second_person_to_lift_what_legal_suspended(house: House) -> None:
    row = suspended(house, house.lena)
    assert codes(services.lift(row, by=house.lena)) == [ReasonCode.SAME_PERSON]
    assert codes(services.lift(row, by=performer(house))) == [ReasonCode.SUSPENSION_IS_ANOTHERS]
    assert entries_of(row.pk)[-1].kind is EntryKind.CONSENT_STEP_REFUSED
    lifted = services.lift(row, by=person("Lorna"))
    assert isinstance(lifted, ConsentRecord)
    assert (lifted.state, lifted.suspended_by, lifted.suspended_for) == (ConsentState.ACTIVE, None, "")
    assert entries_of(row.pk)[-1].kind is EntryKind.CONSENT_LIFTED


def test_whoever_came_in_by_an_invitation_lifts_nothing(house: House) -> None:
    """Before a second person has looked at who they are: stopping is always safe, letting go on is not."""
    row = suspended(house, performer(house))
    with transaction.atomic():
        subject = f"performer:{house.idris.pk}"
        honest.append(EntryKind.PERFORMER_INVITED, subject=subject, actor=f"person:{house.petra.pk}")
    assert codes(services.lift(row, by=performer(house))) == [ReasonCode.IDENTITY_NOT_CONFIRMED]


def test_a_performer_suspends_for_a_dispute_and_alone_lifts_it(house: House) -> None:
    row = suspended(house, performer(house), Suspension.STRIKE)
    assert row.suspended_for == Suspension.DISPUTE
    assert codes(services.lift(row, by=house.lena)) == [ReasonCode.SUSPENSION_IS_ANOTHERS]
    assert isinstance(services.lift(row, by=performer(house)), ConsentRecord)


def test_the_platform_suspends_by_itself_and_legal_lifts_it(house: House) -> None:
    row = house.active(house.idris)
    assert services.suspend_by_itself(row, by="system:clock", why=Suspension.PROOF_LAPSED)
    assert not services.suspend_by_itself(row, by="system:clock", why=Suspension.PROOF_LAPSED)
    assert entries_of(row.pk)[-1].actor == "system:clock"
    assert codes(services.lift(row, by=performer(house))) == [ReasonCode.SUSPENSION_IS_ANOTHERS]
    assert isinstance(services.lift(row, by=house.lena), ConsentRecord)


def test_a_suspended_consent_can_be_withdrawn(house: House) -> None:
    row = suspended(house, house.lena)
    assert services.withdraw(row, by=performer(house), reason="").state == ConsentState.WITHDRAWN
    assert not VaultKey.objects.filter(consent=row, destroyed_at=None).exists()
    assert isinstance(services.lift(row, by=house.pavel), Refusal)
