"""A newer version names the one before inside its signed bytes, and takes its place once it is approved."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from consent import record, seal, services
from consent.models import ConsentRecord, Performer, VaultKey
from consent.sheet import view as _view
from consent.types import ConsentState, ReasonCode, Refusal, Suspension
from provenance.types import EntryKind
from tests.consent import broken
from tests.consent.house import KEYRING, PUBLIC, House, entries_of, offer
from tests.consent.stores import CURRENT
from tests.consent.test_documents import codes
from tests.consent.values import RELEASE


def amended(house: House, old: ConsentRecord, **changes: Any) -> ConsentRecord:
    """A version signed and verified, which waits for approval."""
    row = services.amend(old, offer=offer(**changes), by=house.petra)
    assert isinstance(row, ConsentRecord), row
    row = services.offer_draft(row, by=house.petra)
    assert isinstance(row, ConsentRecord), row
    answer = house.upload(row)
    assert isinstance(answer, ConsentRecord), answer
    return answer


def approved(house: House, row: ConsentRecord) -> ConsentRecord:
    answer = services.approve(row, by=house.lena)
    assert isinstance(answer, ConsentRecord), answer
    return answer


def test_an_approved_version_takes_the_place_of_the_one_before(house: House) -> None:
    old = house.active(house.idris)
    new = amended(house, old, max_runs=20)
    assert record.from_json(new.terms).amends == str(old.pk)
    assert ConsentRecord.objects.get(pk=old.pk).state == ConsentState.ACTIVE  # until the new one is approved
    approved(house, new)
    old.refresh_from_db()
    assert (old.state, old.ended_at is None) == (ConsentState.AMENDED, False)
    said = entries_of(old.pk)[-1]
    assert (said.kind, said.body["by"]) == (EntryKind.CONSENT_AMENDED, str(new.pk))
    assert entries_of(new.pk)[-1].body["amends"] == str(old.pk)


def test_the_document_says_what_it_replaces_and_that_budgets_go_on(house: House) -> None:
    old = house.active(house.idris)
    view = str(_view(record.from_json(amended(house, old).terms)))
    assert str(old.pk) in view
    assert "counting what was used under the one before" in view
    assert "counting what was used" not in str(_view(record.from_json(old.terms)))


def test_what_was_used_under_the_one_before_counts(house: House) -> None:
    house.active(house.anselm, max_runs=9)
    old = house.active(house.idris, max_runs=5)
    for _ in range(2):
        assert isinstance(house.ask(), str)
    new = approved(house, amended(house, old, max_runs=3))
    assert isinstance(house.ask(), str)  # the third in all
    assert codes(house.ask()) == [ReasonCode.RUNS_SPENT]
    newest = approved(house, amended(house, new, max_runs=4))
    assert isinstance(house.ask(), str)  # the fourth in all, over three versions
    assert codes(house.ask()) == [ReasonCode.RUNS_SPENT]
    assert newest.amends == new


def test_a_grant_under_the_one_before_falls_and_says_so(house: House) -> None:
    house.active(house.anselm)
    old = house.active(house.idris)
    token, now = house.ask(), datetime.now(UTC)
    assert isinstance(token, str)
    approved(house, amended(house, old))
    answer = services.standing(seal.open(token, PUBLIC, now), now=now)
    assert codes(answer) == [ReasonCode.CONSENT_AMENDED]
    assert isinstance(answer, Refusal)
    assert "ask again" in answer.reasons[0].sentence


def test_the_key_goes_to_the_version_that_still_allows_training(house: House) -> None:
    old = house.active(house.idris)
    sealed = KEYRING.key(old.pk).encrypt(b"a model", b"context")
    new = approved(house, amended(house, old))
    assert KEYRING.key(new.pk).decrypt(sealed, b"context") == b"a model"
    assert entries_of(old.pk)[-1].body["key"] == "moved"
    services.withdraw(new, by=house.lena, reason="")
    assert services.owed() == [new.pk]
    assert services.shred(new.pk, store=CURRENT)
    assert not CURRENT.holds(f"consent-{old.pk}")


def test_the_key_is_destroyed_where_training_is_allowed_no_more(house: House) -> None:
    old = house.active(house.idris)
    KEYRING.key(old.pk)
    approved(house, amended(house, old, training_allowed=False))
    assert VaultKey.objects.get(consent=old).destroyed_at is not None
    assert [entry.kind for entry in entries_of(old.pk)][-2:] == [EntryKind.CONSENT_AMENDED, EntryKind.KEY_DESTROYED]


def test_a_face_measured_under_a_release_stays_measured_under_its_newer_version(house: House) -> None:
    old = house.released(house.idris)
    house.enrolled(house.idris)
    new = approved(house, amended(house, old, **RELEASE))
    key = Performer.objects.get(pk=house.idris.pk).template_key
    assert key is not None
    assert key.consent == new


@pytest.mark.parametrize("state", [ConsentState.SUSPENDED, ConsentState.WITHDRAWN, ConsentState.EXPIRED])
def test_one_that_no_longer_stands_is_not_amended(house: House, state: ConsentState) -> None:
    old = house.active(house.idris)
    waiting = amended(house, old)
    if state is ConsentState.SUSPENDED:
        services.suspend(old, by=house.lena, why=Suspension.DISPUTE)
    elif state is ConsentState.WITHDRAWN:
        services.withdraw(old, by=house.lena, reason="")
    else:
        services.end_early(old, by=house.lena, why="death")
    assert codes(services.amend(old, offer=offer(), by=house.petra)) == [ReasonCode.AMENDMENT_NOT_OPEN]
    assert codes(services.approve(waiting, by=house.lena)) == [ReasonCode.AMENDMENT_NOT_OPEN]
    assert ConsentRecord.objects.get(pk=old.pk).state == state


def test_a_release_is_no_version_of_a_replicas_consent(house: House) -> None:
    old = house.active(house.idris)
    assert codes(services.amend(old, offer=offer(**RELEASE), by=house.petra)) == [ReasonCode.AMENDMENT_NOT_OPEN]


def test_the_column_does_not_say_what_the_signed_terms_do_not(house: House) -> None:
    """A row pointed at another consent: at one of another performer, at one that the terms do not name, at none."""
    old, other, anselms = house.active(house.idris), house.active(house.idris), house.active(house.anselm)
    plain = house.verified(house.idris)
    for target in (other, anselms):
        ConsentRecord.objects.filter(pk=plain.pk).update(amends=target)
        assert codes(services.approve(plain, by=house.lena)) == [ReasonCode.AMENDMENT_NOT_OPEN]
    new = amended(house, old)
    ConsentRecord.objects.filter(pk=new.pk).update(amends=None)
    assert codes(services.approve(new, by=house.lena)) == [ReasonCode.AMENDMENT_NOT_OPEN]
    assert ConsentRecord.objects.filter(state=ConsentState.AMENDED).count() == 0


def test_an_amendment_signed_for_another_version_is_refused_at_the_door(house: House) -> None:
    one, other = house.active(house.idris), house.active(house.idris)
    first, second = (services.amend(old, offer=offer(), by=house.petra) for old in (one, other))
    assert isinstance(first, ConsentRecord)
    assert isinstance(second, ConsentRecord)
    for row in (first, second):
        services.offer_draft(row, by=house.petra)
    pdf = broken.signed(bytes(first.offered_pdf), house.registry.idris)
    assert ReasonCode.DOCUMENT_CHANGED in codes(house.upload(second, pdf))


def test_of_two_versions_one_wins(house: House) -> None:
    old = house.active(house.idris)
    one, other = amended(house, old), amended(house, old, max_runs=7)
    approved(house, one)
    assert codes(services.approve(other, by=house.lena)) == [ReasonCode.AMENDMENT_NOT_OPEN]
    with pytest.raises(IntegrityError, match="one_takes_its_place"), transaction.atomic():
        ConsentRecord.objects.filter(pk=other.pk).update(approved_by=house.lena)
