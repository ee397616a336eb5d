"""An approval is believed by the passkey's answer: who writes rows and entries does not hold the passkey."""

from typing import Any

import pytest
from django.db import transaction

from consent import services
from consent.assertion import Purpose
from consent.models import Assertion, ConsentRecord
from consent.services import answers, endorsement, testimony
from consent.types import ConsentState, ReasonCode
from countersign.accounts import keyring
from countersign.accounts.models import Passkey
from countersign.demo.authenticator import Authenticator, Lies
from provenance import ledger
from provenance.types import EntryKind
from tests import passkeys
from tests.consent.house import House, entries_of
from tests.refused import codes


@pytest.fixture
def laptop(house: House) -> Authenticator:
    """Lena's own."""
    return passkeys.given(house.lena)


def approve(house: House, row: ConsentRecord, laptop: Authenticator, **other: Any) -> Any:
    proof = passkeys.proof([row], laptop, purpose=Purpose.APPROVE, **other)
    return services.approve(row, by=house.lena, proof=proof)


def believed(row: ConsentRecord) -> bool:
    return row.pk in testimony.attested([ConsentRecord.objects.get(pk=row.pk)])


def forged(row: ConsentRecord, actor: str, **more: Any) -> None:
    """The entry and the row that a hijacked process would write."""
    row.refresh_from_db()
    said = {name: getattr(row, name) for name in ("document_sha256", "terms_sha256", "way", "level")}
    with transaction.atomic():
        ledger.append(EntryKind.CONSENT_APPROVED, subject=f"consent:{row.pk}", actor=actor, body={**said, **more})


def test_approval_by_passkey_stands_and_is_named_in_the_ledger(house: House, laptop: Authenticator) -> None:
    row = house.verified(house.idris)
    assert isinstance(approve(house, row, laptop), ConsentRecord)
    (entry,) = [entry for entry in entries_of(row.pk) if entry.kind is EntryKind.CONSENT_APPROVED]
    assert entry.body["assertion_sha256"] == Assertion.objects.get(purpose="approve").sha256
    assert believed(row)


def test_approval_without_the_passkey_is_refused_to_whoever_has_one(house: House, laptop: Authenticator) -> None:
    row = house.verified(house.idris)
    assert codes(services.approve(row, by=house.lena)) == [ReasonCode.PASSKEY_NEEDED]


def test_approval_without_a_passkey_is_refused_where_it_must_be_signed(house: House) -> None:
    row = house.verified(house.idris)
    assert codes(services.approve(row, by=house.lena, signed=True)) == [ReasonCode.PASSKEY_NEEDED]
    assert isinstance(services.approve(row, by=house.lena), ConsentRecord)


def test_approval_by_anothers_passkey_is_refused(house: House, laptop: Authenticator) -> None:
    row, other = house.verified(house.idris), passkeys.given(house.pavel)
    assert codes(approve(house, row, other)) == [ReasonCode.PASSKEY_OF_ANOTHER]


def test_approval_of_another_consent_is_refused(house: House, laptop: Authenticator) -> None:
    one, other = house.verified(house.idris), house.verified(house.anselm)
    proof = passkeys.proof([one], laptop, purpose=Purpose.APPROVE)
    assert codes(services.approve(other, by=house.lena, proof=proof)) == [ReasonCode.OTHER_SHOWN]


def test_approval_without_user_verification_is_refused(house: House, laptop: Authenticator) -> None:
    row = house.verified(house.idris)
    assert codes(approve(house, row, laptop, lies=Lies(verified=False))) == [ReasonCode.NOT_USER_VERIFIED]


def test_document_that_is_not_what_was_verified_is_not_approved(house: House, laptop: Authenticator) -> None:
    row = house.verified(house.idris)
    ConsentRecord.objects.filter(pk=row.pk).update(signed_pdf=b"%PDF another")
    row.refresh_from_db()
    assert codes(approve(house, row, laptop)) == [ReasonCode.OTHER_SHOWN]


def test_hijacked_process_writes_no_approval_in_lenas_name(house: House, laptop: Authenticator) -> None:
    row = house.verified(house.idris)
    ConsentRecord.objects.filter(pk=row.pk).update(
        state=ConsentState.ACTIVE, approved_by=house.lena, approved_at=row.added_at
    )
    forged(row, f"person:{house.lena.pk}")
    assert not believed(row)
    forged(row, f"person:{house.lena.pk}", assertion_sha256="0" * 64)
    assert not believed(row)


def test_answer_to_another_approval_vouches_for_none_else(house: House, laptop: Authenticator) -> None:
    one, other = house.verified(house.idris), house.verified(house.anselm)
    approve(house, one, laptop)
    kept = Assertion.objects.get(purpose="approve")
    kept.pk = None
    kept.consent = other
    kept.save()
    forged(other, f"person:{house.lena.pk}", assertion_sha256=kept.sha256)
    assert believed(one)
    assert not believed(other)
    Assertion.objects.filter(pk=kept.pk).update(
        shown=[{**kept.shown[0], "consent_id": str(other.pk), "document_sha256": other.document_sha256}]
    )
    assert not believed(other)


@pytest.mark.parametrize("column", ["evidence", "shown", "sha256", "gone"])
def test_evidence_that_was_touched_vouches_for_nothing(house: House, laptop: Authenticator, column: str) -> None:
    row = house.verified(house.idris)
    approve(house, row, laptop)
    kept = Assertion.objects.get(purpose="approve")
    assert believed(row)
    match column:
        case "evidence":
            Assertion.objects.update(evidence={**kept.evidence, "signature": "AAAA"})
        case "shown":
            Assertion.objects.update(shown=[{**kept.shown[0], "summary_sha256": "0" * 64}])
        case "sha256":
            Assertion.objects.update(sha256="0" * 64)
        case _:
            Assertion.objects.all().delete()
    assert not believed(row)


def test_key_that_the_ledger_does_not_know_vouches_for_nothing(house: House, laptop: Authenticator) -> None:
    row, other = house.verified(house.idris), passkeys.given(house.pavel)
    proof = passkeys.proof([row], other, purpose=Purpose.APPROVE)
    Passkey.objects.filter(person=house.pavel).update(person=house.lena)  # by whoever writes rows
    answers.keep([row], proof, by=house.lena)
    forged(row, f"person:{house.lena.pk}", assertion_sha256=proof.evidence.sha256)
    assert not believed(row)


def test_what_was_approved_before_the_first_passkey_stays_approved(house: House) -> None:
    row = house.active(house.idris)
    later = house.verified(house.anselm)
    passkeys.given(house.lena)
    assert believed(row)
    forged(later, f"person:{house.lena.pk}")
    assert not believed(later)


def test_what_was_approved_by_a_passkey_since_removed_stays_approved(house: House, laptop: Authenticator) -> None:
    row = house.verified(house.idris)
    approve(house, row, laptop)
    passkeys.given(house.lena)
    keyring.remove(Passkey.objects.filter(person=house.lena)[0])
    assert believed(row)
    again = house.verified(house.anselm)
    assert codes(approve(house, again, laptop)) == [ReasonCode.PASSKEY_OF_ANOTHER]


def test_each_answer_is_verified_once(house: House, laptop: Authenticator) -> None:
    row = house.verified(house.idris)
    approve(house, row, laptop)
    endorsement._verified.cache_clear()
    for _ in range(3):
        assert believed(row)
    assert endorsement._verified.cache_info().misses == 1
