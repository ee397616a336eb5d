"""The life of a consent, from the offer to the withdrawal; each step real, each refusal in the ledger."""

from hashlib import sha256
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from consent import record, services
from consent.errors import ConsentError, TermsError, TypesetError
from consent.models import ConsentRecord, Performer, VaultKey
from consent.pins import Pins
from consent.types import ConsentState, ReasonCode, Refusal
from countersign.accounts.models import Organisation
from provenance import ledger
from provenance.types import EntryKind
from tests.consent import broken
from tests.consent.house import PUBLIC, House, entries_of, offer, person
from tests.consent.offices import office
from tests.refused import codes


def kinds(subject: Any) -> list[EntryKind]:
    return [entry.kind for entry in entries_of(subject)]


def test_a_consent_is_drafted_signed_verified_and_approved(house: House) -> None:
    row = house.drafted(house.idris)
    assert row.state == ConsentState.OFFERED
    assert record.digest(record.from_json(row.terms)) == row.terms_sha256
    pdf = house.signed(row)
    answer = house.upload(row, pdf)
    assert isinstance(answer, ConsentRecord)
    assert (answer.state, answer.document_sha256) == (ConsentState.VERIFIED, sha256(pdf).hexdigest())
    assert (answer.signer, bytes(answer.signed_pdf)) == ("Idris Vane", pdf)
    answer = services.approve(row, by=house.lena)
    assert isinstance(answer, ConsentRecord)
    assert (answer.state, answer.approved_by) == (ConsentState.ACTIVE, house.lena)
    assert kinds(row.pk) == [EntryKind.CONSENT_DRAFTED, EntryKind.CONSENT_VERIFIED, EntryKind.CONSENT_APPROVED]
    assert entries_of(row.pk)[2].actor == f"person:{house.lena.pk}"


def test_the_terms_bind_production_performer_and_a_number_of_their_own(house: House) -> None:
    one, other = (record.from_json(house.drafted(house.idris).terms) for _ in range(2))
    assert (one.production_id, one.performer_id) == (house.production.pk, house.idris.pk)
    assert one.nonce != other.nonce
    assert one.consent_id != other.consent_id


@pytest.mark.parametrize(
    ("changes", "error"),
    [({"media": ()}, TermsError), ({"credit": "Idris \u202e"}, TermsError), ({"credit": "李"}, TypesetError)],
)
def test_terms_that_no_document_can_hold_are_not_drafted(house: House, changes: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        house.drafted(house.idris, **changes)
    assert not ConsentRecord.objects.filter(performer=house.idris).exists()


def test_a_performer_of_another_house_is_not_drafted(house: House) -> None:
    elsewhere = services.add_performer(Organisation.objects.create(name="Elsewhere"), name="Mara", by=house.petra)
    with pytest.raises(ConsentError, match="another organisation"):
        house.drafted(elsewhere)


def uploads(house: House, row: ConsentRecord) -> dict[str, tuple[bytes, list[ReasonCode]]]:
    """Every way in which an upload is not the signed consent."""
    offered, idris = bytes(row.offered_pdf), house.registry.idris
    other = house.drafted(house.idris, max_runs=99)
    swapped = broken.updated(
        offered, broken.swap_terms(record.document(record.from_json({**row.terms, "max_runs": 99})))
    )
    return {
        "empty": (b"", [ReasonCode.FILE_EMPTY]),
        "no pdf": (b"\x00\x00\x00\x18ftypmp42", [ReasonCode.NOT_A_PDF]),
        "unsigned": (offered, [ReasonCode.NOT_SIGNED]),
        "another signer": (broken.signed(offered, house.registry.anselm), [ReasonCode.WRONG_SIGNER]),
        "look-alike": (broken.signed(offered, office(now=house.registry.now).idris), [ReasonCode.SIGNER_NOT_TRUSTED]),
        "appended": (broken.signed(offered, idris) + b"x", [ReasonCode.DOCUMENT_CHANGED]),
        "edited first": (broken.signed(swapped, idris), [ReasonCode.DOCUMENT_CHANGED]),
        "another consent": (broken.signed(bytes(other.offered_pdf), idris), [ReasonCode.DOCUMENT_CHANGED]),
    }


@pytest.mark.parametrize(
    "case",
    ["empty", "no pdf", "unsigned", "another signer", "look-alike", "appended", "edited first", "another consent"],
)
def test_whatever_is_not_the_signed_consent_is_refused_and_written_down(house: House, case: str) -> None:
    row = house.drafted(house.idris)
    pdf, expected = uploads(house, row)[case]
    assert codes(house.upload(row, pdf)) == expected
    row.refresh_from_db()
    assert (row.state, bytes(row.signed_pdf)) == (ConsentState.OFFERED, b"")
    last = entries_of(row.pk)[-1]
    assert last.kind is EntryKind.CONSENT_REFUSED
    assert last.body == {"upload_sha256": sha256(pdf).hexdigest(), "reasons": [code.value for code in expected]}
    assert isinstance(house.upload(row), ConsentRecord)  # and the right document is still welcome


def test_edited_terms_are_named(house: House) -> None:
    """Even where somebody changed the offered document in the database to match."""
    row = house.drafted(house.idris)
    wider = record.from_json({**row.terms, "max_runs": 99, "territories": ["worldwide"]})
    ConsentRecord.objects.filter(pk=row.pk).update(
        offered_pdf=broken.updated(bytes(row.offered_pdf), broken.swap_terms(record.document(wider)))
    )
    row.refresh_from_db()
    answer = house.upload(row)
    assert codes(answer) == [ReasonCode.TERMS_DIFFER]
    assert isinstance(answer, Refusal)
    assert answer.reasons[0].asked == "other max_runs, territories"


def test_nobody_signs_for_a_performer_who_is_bound_to_no_certificate(house: House) -> None:
    row = house.drafted(house.idris)
    Performer.objects.filter(pk=house.idris.pk).update(certificate_sha256="")
    assert codes(house.upload(row)) == [ReasonCode.WRONG_SIGNER]


def test_a_revoked_signer_is_refused(house: House) -> None:
    row = house.drafted(house.idris)
    pdf = house.signed(row)
    house.registry.authority.revoke(house.registry.idris, at=house.registry.now)
    assert codes(house.upload(row, pdf)) == [ReasonCode.SIGNER_REVOKED]


def test_a_consent_is_taken_in_once(house: House) -> None:
    row = house.verified(house.idris)
    assert codes(house.upload(row, house.signed(row))) == [ReasonCode.WRONG_STATE]


def test_it_takes_a_second_person(house: House) -> None:
    row = house.verified(house.idris)
    signer = house.idris.person
    assert signer is not None
    for by in (house.petra, signer):
        assert codes(services.approve(row, by=by)) == [ReasonCode.SAME_PERSON]
        assert entries_of(row.pk)[-1].kind is EntryKind.CONSENT_APPROVAL_REFUSED
    row.refresh_from_db()
    assert row.state == ConsentState.VERIFIED


def test_who_uploaded_does_not_approve(house: House) -> None:
    row = house.drafted(house.idris)
    services.register(row, pdf=house.signed(row), by=house.pavel, pins=Pins(roots=house.registry.trust))
    assert codes(services.approve(row, by=house.pavel)) == [ReasonCode.SAME_PERSON]
    assert isinstance(services.approve(row, by=house.lena), ConsentRecord)


def test_the_database_holds_the_two_person_rule_too(house: House) -> None:
    row = house.verified(house.idris)
    with pytest.raises(IntegrityError, match="approved_by_a_second_person"), transaction.atomic():
        ConsentRecord.objects.filter(pk=row.pk).update(approved_by=house.petra)
    with pytest.raises(IntegrityError, match="active_is_approved"), transaction.atomic():
        ConsentRecord.objects.filter(pk=row.pk).update(state=ConsentState.ACTIVE)


@pytest.mark.parametrize("state", [ConsentState.OFFERED, ConsentState.ACTIVE, ConsentState.WITHDRAWN])
def test_only_what_was_verified_is_approved(house: House, state: ConsentState) -> None:
    row = house.drafted(house.idris) if state is ConsentState.OFFERED else house.active(house.idris)
    if state is ConsentState.WITHDRAWN:
        services.withdraw(row, by=house.lena, reason="")
    before = ConsentRecord.objects.get(pk=row.pk).state
    assert codes(services.approve(row, by=house.pavel)) == [ReasonCode.WRONG_STATE]
    assert ConsentRecord.objects.get(pk=row.pk).state == before


def test_a_withdrawal_ends_the_consent_and_destroys_its_key(house: House) -> None:
    row = house.released(house.idris)
    answer = house.enrolled(house.idris)
    withdrawn = services.withdraw(row, by=house.idris.person or house.petra, reason="I changed my mind")
    assert (withdrawn.state, withdrawn.withdrawal_reason) == (ConsentState.WITHDRAWN, "I changed my mind")
    assert withdrawn.withdrawn_at is not None
    key = VaultKey.objects.get(consent=row)
    assert (bytes(key.wrapped), key.destroyed_at is None) == (b"", False)
    answer.refresh_from_db()
    assert (bytes(answer.template), answer.enrolled_at, answer.template_key) == (b"", None, None)
    assert kinds(row.pk)[-2:] == [EntryKind.CONSENT_WITHDRAWN, EntryKind.KEY_DESTROYED]


def test_a_second_withdrawal_changes_nothing(house: House) -> None:
    row = house.active(house.idris)
    first = services.withdraw(row, by=house.lena, reason="one").withdrawn_at
    before = len(entries_of(row.pk))
    again = services.withdraw(row, by=house.lena, reason="two")
    assert (again.withdrawn_at, again.withdrawal_reason) == (first, "one")
    assert len(entries_of(row.pk)) == before


def test_what_was_never_signed_can_be_withdrawn(house: House) -> None:
    assert services.withdraw(house.drafted(house.idris), by=house.lena, reason="").state == ConsentState.WITHDRAWN


def test_the_ledger_knows_nobody_by_name(house: House) -> None:
    row = house.active(house.idris)
    house.upload(house.drafted(house.anselm), b"")
    services.decide(house.request(), by=house.petra, sealing_key=_private())
    services.redeem("x", public_pem=PUBLIC, run_id=house.idris.pk, step="train", now=house.registry.now)
    services.withdraw(row, by=house.lena, reason="Idris Vane says no")
    assert ledger.sequence() > 0
    text = "".join(entry.canonical for entry in ledger.entries())
    for word in ("Idris", "Vane", "Anselm", "Orr", "Petra", "Lena", "example.org", "Long Harbour", "stairwell"):
        assert word not in text
    assert ledger.verify().faults == ()


def _private() -> bytes:
    from tests.consent.house import PRIVATE

    return PRIVATE


def test_an_offer_is_all_that_a_producer_says() -> None:
    assert not {"consent_id", "nonce", "performer_id", "production_id"} & set(type(offer()).__slots__)


def test_a_person_without_a_part_has_no_special_rights(house: House) -> None:
    """Who may call is the caller's to check; here anybody else can be the second person."""
    assert isinstance(services.approve(house.verified(house.idris), by=person("Sven")), ConsentRecord)


def test_who_binds_a_certificate_hands_in_nothing_signed_with_it(house: House) -> None:
    """Legal in one production, producer in another: one person must not play performer, producer and registrar."""
    mara = services.add_performer(house.production.organisation, name="Mara Quist", by=house.petra)
    own = house.registry.authority.issue("Mara Quist", now=house.registry.now)
    services.bind_certificate(mara, certificate_pem=own.certificate, by=house.petra)
    mara.refresh_from_db()
    row = house.drafted(mara)
    assert codes(house.upload(row, broken.signed(bytes(row.offered_pdf), own))) == [ReasonCode.SAME_PERSON]
