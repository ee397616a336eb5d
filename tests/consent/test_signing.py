"""Signing with a passkey: the performer, in person, what was shown, once; every other way has its own refusal."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest

from consent import pki, plain, sealing, services
from consent.assertion import Purpose, place
from consent.models import Assertion, ConsentRecord
from consent.sealing import Sealer, Stamper
from consent.services import identity, seals, signing
from consent.services.seals import Sealing
from consent.types import Assurance, Capacity, ConsentState, Matter, ReasonCode, Refusal, Way
from countersign.accounts.models import Organisation, Production
from countersign.demo.authenticator import Authenticator, Lies
from countersign.tsa import reply
from countersign.tsa.authority import Authority
from provenance.types import EntryKind
from tests import passkeys
from tests.consent import values
from tests.consent.house import House, entries_of
from tests.consent.values import RELEASE
from tests.refused import codes

NOW = datetime.now(UTC)


OFFICE = pki.Authority.make("Countersign documents", now=NOW)


LEAF = OFFICE.issue("Countersign", now=NOW)


SEALER = Sealer(key=LEAF.key, certificate=LEAF.certificate, chain=LEAF.chain)


TSA = Authority.make(now=NOW)


STAMPER = Stamper(ask=lambda der: reply.answer(der, by=TSA, now=datetime.now(UTC)), roots=TSA.root_pem)


SEALING = Sealing(sealer=SEALER, root=OFFICE.root, stamper=STAMPER)


def kinds(row: ConsentRecord) -> list[str]:
    return [entry.kind.value for entry in entries_of(row.pk)]


def sign(house: House, phone: Authenticator, *rows: ConsentRecord, **other: Any) -> Any:
    return signing.sign(rows, proof=passkeys.proof(rows, phone, **other), by=house.idris.person)


def test_signed_consent_is_sealed_then_approved(house: House, phone: Authenticator) -> None:
    row = house.drafted(house.idris)
    signed = sign(house, phone, row)
    assert not isinstance(signed, Refusal)
    row.refresh_from_db()
    assert (row.state, row.way, row.level) == (ConsentState.SIGNED, Way.PASSKEY, Assurance.UNSIGNED)
    assert isinstance(services.approve(row, by=house.lena), Refusal)  # nothing stands before the seal
    assert seals.seal(row.pk, by=SEALING)
    row.refresh_from_db()
    assert (row.state, row.level) == (ConsentState.VERIFIED, Assurance.PERSONAL)
    pdf = bytes(row.signed_pdf)
    assert pdf.startswith(bytes(row.offered_pdf))
    assert sha256(pdf).hexdigest() == row.document_sha256
    seal = sealing.read(pdf, root=OFFICE.root, stamp_roots=TSA.root_pem, now=datetime.now(UTC))
    assert seal.stamped_at
    assert isinstance(services.approve(row, by=house.lena), ConsentRecord)
    made = ["consent:drafted", "consent:signed", "consent:approval-refused", "consent:verified", "consent:approved"]
    assert kinds(row) == made


def test_ledger_names_what_was_shown(house: House, phone: Authenticator) -> None:
    row = house.drafted(house.idris)
    sign(house, phone, row)
    (entry,) = [entry for entry in entries_of(row.pk) if entry.kind is EntryKind.CONSENT_SIGNED]
    kept = Assertion.objects.get(consent=row)
    terms = values.record.from_json(row.terms)
    assert entry.body == {
        "document_sha256": sha256(bytes(row.offered_pdf)).hexdigest(),
        "terms_sha256": row.terms_sha256,
        "summary_sha256": plain.digest(plain.summary(terms)),
        "passkey_sha256": next(iter(identity.confirmed(house.idris))),
        "assertion_sha256": kept.sha256,
    }
    assert kept.summary[0]["title"] == "What may be made"


def test_two_consents_are_signed_by_one_answer(house: House, phone: Authenticator) -> None:
    rows = [house.drafted(house.idris), house.drafted(house.idris, **RELEASE)]
    assert not isinstance(sign(house, phone, *rows), Refusal)
    for row in rows:
        assert seals.seal(row.pk, by=SEALING)
        row.refresh_from_db()
        assert row.state == ConsentState.VERIFIED
    assert {row.matter for row in rows} == {Matter.REPLICA, Matter.BIOMETRIC_RELEASE}


# Each of these is a way to sign for a performer, or to have them sign something else, and none works.


def test_producer_does_not_sign(house: House, phone: Authenticator) -> None:
    row = house.drafted(house.idris)
    theirs = passkeys.given(house.petra)
    found = signing.sign([row], proof=passkeys.proof([row], theirs), by=house.petra)
    assert codes(found) == [ReasonCode.WRONG_SIGNER]
    row.refresh_from_db()
    assert row.state == ConsentState.OFFERED
    assert kinds(row)[-1] == "consent:signing-refused"


def test_passkey_of_another_performer_does_not_sign(house: House, phone: Authenticator) -> None:
    row = house.drafted(house.idris)
    assert house.anselm.person
    other = passkeys.given(house.anselm.person)
    found = signing.sign([row], proof=passkeys.proof([row], other), by=house.idris.person)
    assert codes(found) == [ReasonCode.PASSKEY_OF_ANOTHER]


def test_passkey_that_only_a_row_knows_does_not_sign(house: House, phone: Authenticator) -> None:
    """Whoever writes rows made the passkey the performer's; the ledger does not know of it."""
    row, other = house.drafted(house.idris), passkeys.given(house.petra)
    found = signing.sign([row], proof=passkeys.proof([row], other), by=house.idris.person)
    assert codes(found) == [ReasonCode.PASSKEY_OF_ANOTHER]


def test_passkey_that_nobody_confirmed_does_not_sign(house: House) -> None:
    assert house.idris.person
    device, row = passkeys.given(house.idris.person), house.drafted(house.idris)
    found = signing.sign([row], proof=passkeys.proof([row], device), by=house.idris.person)
    assert codes(found) == [ReasonCode.IDENTITY_NOT_CONFIRMED]


def test_answer_about_another_document_signs_nothing(house: House, phone: Authenticator) -> None:
    one, other = house.drafted(house.idris), house.drafted(house.idris)
    found = signing.sign([other], proof=passkeys.proof([one], phone), by=house.idris.person)
    assert codes(found) == [ReasonCode.OTHER_SHOWN]


def test_answer_about_one_consent_does_not_sign_two(house: House, phone: Authenticator) -> None:
    one, other = house.drafted(house.idris), house.drafted(house.idris)
    found = signing.sign([one, other], proof=passkeys.proof([one], phone), by=house.idris.person)
    assert codes(found) == [ReasonCode.OTHER_SHOWN]


def test_answer_given_in_another_production_signs_nothing(house: House, phone: Authenticator) -> None:
    organisation = Organisation.objects.get(pk=house.production.organisation_id)
    elsewhere = Production.objects.create(organisation=organisation, title="Another Film")
    row = house.drafted(house.idris)
    assert codes(sign(house, phone, row, production=elsewhere.pk)) == [ReasonCode.OTHER_SHOWN]


@pytest.mark.parametrize("purpose", [Purpose.APPROVE, Purpose.WITHDRAW, Purpose.CONFIRM, Purpose.SIGN_IN])
def test_answer_for_another_purpose_signs_nothing(house: House, phone: Authenticator, purpose: Purpose) -> None:
    row = house.drafted(house.idris)
    found = signing.sign([row], proof=passkeys.proof([row], phone, purpose=purpose), by=house.idris.person)
    assert codes(found) == [ReasonCode.OTHER_SHOWN]


def test_answer_counts_once(house: House, phone: Authenticator) -> None:
    row = house.drafted(house.idris)
    proof = passkeys.proof([row], phone)
    assert not isinstance(signing.sign([row], proof=proof, by=house.idris.person), Refusal)
    ConsentRecord.objects.filter(pk=row.pk).update(state=ConsentState.OFFERED, way="")
    assert codes(signing.sign([row], proof=proof, by=house.idris.person)) == [ReasonCode.CHALLENGE_SPENT]


def test_document_changed_after_it_was_shown_is_not_signed(house: House, phone: Authenticator) -> None:
    row = house.drafted(house.idris)
    proof = passkeys.proof([row], phone)
    ConsentRecord.objects.filter(pk=row.pk).update(offered_pdf=bytes(row.offered_pdf) + b"\n% more")
    assert codes(signing.sign([row], proof=proof, by=house.idris.person)) == [ReasonCode.OTHER_SHOWN]


def test_terms_changed_after_they_were_shown_are_not_signed(house: House, phone: Authenticator) -> None:
    row = house.drafted(house.idris)
    proof = passkeys.proof([row], phone)
    ConsentRecord.objects.filter(pk=row.pk).update(terms={**row.terms, "max_runs": 1000})
    assert codes(signing.sign([row], proof=proof, by=house.idris.person)) == [ReasonCode.OTHER_SHOWN]


def test_words_changed_after_they_were_shown_are_not_signed(
    house: House, phone: Authenticator, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = house.drafted(house.idris)
    proof = passkeys.proof([row], phone)
    monkeypatch.setattr(plain, "_much", lambda terms: iter(("As much as we like.",)))
    assert codes(signing.sign([row], proof=proof, by=house.idris.person)) == [ReasonCode.OTHER_SHOWN]


DISHONEST = {
    "nobody was verified": (Lies(verified=False), ReasonCode.NOT_USER_VERIFIED),
    "another site": (Lies(origin="https://countersign.evil.example"), ReasonCode.WRONG_ORIGIN),
    "another challenge": (Lies(challenge="AAAA"), ReasonCode.OTHER_SHOWN),
}


@pytest.mark.parametrize(("lies", "code"), DISHONEST.values(), ids=DISHONEST)
def test_dishonest_answer_signs_nothing(house: House, phone: Authenticator, lies: Lies, code: ReasonCode) -> None:
    assert codes(sign(house, phone, house.drafted(house.idris), lies=lies)) == [code]


def test_answer_signed_by_another_device_signs_nothing(house: House, phone: Authenticator) -> None:
    lies = Lies(signed_by=passkeys.device())
    assert codes(sign(house, phone, house.drafted(house.idris), lies=lies)) == [ReasonCode.PASSKEY_SIGNATURE_BROKEN]


def test_answer_for_another_site_signs_nothing(house: House, phone: Authenticator) -> None:
    row = house.drafted(house.idris)
    proof = replace(passkeys.proof([row], phone), site=place("https://other.example"))
    assert codes(signing.sign([row], proof=proof, by=house.idris.person)) == [ReasonCode.WRONG_ORIGIN]


def test_consent_that_is_no_longer_offered_is_not_signed(house: House, phone: Authenticator) -> None:
    row = house.drafted(house.idris)
    proof = passkeys.proof([row], phone)
    services.withdraw(row, by=house.petra, reason="")
    assert codes(signing.sign([row], proof=proof, by=house.idris.person)) == [ReasonCode.WRONG_STATE]


def test_consent_whose_time_is_over_is_not_signed(house: House, phone: Authenticator) -> None:
    row = house.drafted(house.idris)
    ConsentRecord.objects.filter(pk=row.pk).update(valid_until=NOW - timedelta(seconds=1))
    assert codes(sign(house, phone, row)) == [ReasonCode.CONSENT_EXPIRED]


def test_guardians_consent_is_not_signed_by_the_performer(house: House, phone: Authenticator) -> None:
    row = house.drafted(house.idris, signer_capacity=Capacity.UNION, union="Equity", agreement="Equity 2026")
    assert codes(sign(house, phone, row)) == [ReasonCode.WRONG_SIGNER]


def test_nothing_is_signed_where_nothing_is_named(house: House, phone: Authenticator) -> None:
    row = house.drafted(house.idris)
    proof = passkeys.proof([row], phone)
    assert ReasonCode.WRONG_STATE in codes(signing.sign([], proof=proof, by=house.idris.person))


def scanned(house: House, way: Way = Way.SCAN) -> ConsentRecord:
    """A consent that came as a scan and waits for the performer."""
    row = house.drafted(house.idris)
    pdf = bytes(row.offered_pdf) + b"\n% ink"
    ConsentRecord.objects.filter(pk=row.pk).update(
        state=ConsentState.SIGNED,
        way=way,
        signed_pdf=pdf,
        document_sha256=sha256(pdf).hexdigest(),
        uploaded_by=house.petra,
        reviewed_by=house.lena if way is Way.SCAN else None,
    )
    row.refresh_from_db()
    return row


def test_performer_confirms_no_scan_that_nobody_compared(house: House, phone: Authenticator) -> None:
    row = house.drafted(house.idris)
    services.register_scan(row, scan=b"%PDF-1.7 ink", by=house.petra)
    row.refresh_from_db()
    proof = passkeys.proof([row], phone, purpose=Purpose.CONFIRM)
    assert codes(signing.confirm([row], proof=proof, by=house.idris.person)) == [ReasonCode.WRONG_STATE]
    services.review(row, fits=True, by=house.lena)
    row.refresh_from_db()
    proof = passkeys.proof([row], phone, purpose=Purpose.CONFIRM)
    assert isinstance(signing.confirm([row], proof=proof, by=house.idris.person), list)
    assert isinstance(services.approve(row, by=house.lena), ConsentRecord)


@pytest.mark.parametrize("way", [Way.SCAN, Way.PLATFORM_SEAL])
def test_performer_confirms_what_came_on_paper(house: House, phone: Authenticator, way: Way) -> None:
    row = scanned(house, way)
    proof = passkeys.proof([row], phone, purpose=Purpose.CONFIRM)
    assert not isinstance(signing.confirm([row], proof=proof, by=house.idris.person), Refusal)
    row.refresh_from_db()
    assert (row.state, row.level) == (ConsentState.VERIFIED, Assurance.SEALED_BY_PLATFORM)
    assert kinds(row)[-1] == "consent:confirmed"
    assert isinstance(services.approve(row, by=house.lena), ConsentRecord)


def test_confirmation_is_of_this_scan(house: House, phone: Authenticator) -> None:
    row = scanned(house)
    proof = passkeys.proof([row], phone, purpose=Purpose.CONFIRM)
    ConsentRecord.objects.filter(pk=row.pk).update(signed_pdf=b"%PDF another scan")
    assert codes(signing.confirm([row], proof=proof, by=house.idris.person)) == [ReasonCode.OTHER_SHOWN]


def test_signature_here_is_not_confirmed_but_sealed(house: House, phone: Authenticator) -> None:
    row = house.drafted(house.idris)
    sign(house, phone, row)
    proof = passkeys.proof([row], phone, purpose=Purpose.CONFIRM)
    assert codes(signing.confirm([row], proof=proof, by=house.idris.person)) == [ReasonCode.WRONG_STATE]


def test_withdrawal_is_signed_and_needs_no_confirmation(house: House) -> None:
    row = house.active(house.idris)
    assert house.idris.person
    device = passkeys.given(house.idris.person)
    proof = passkeys.proof([row], device, purpose=Purpose.WITHDRAW)
    assert signing.sign_withdrawal(row, proof=proof, by=house.idris.person) is None
    assert Assertion.objects.get(consent=row).purpose == "withdraw"
    assert kinds(row)[-1] == EntryKind.CONSENT_WITHDRAWAL_SIGNED
    again = signing.sign_withdrawal(row, proof=proof, by=house.idris.person)
    assert codes(again) == [ReasonCode.CHALLENGE_SPENT]


def test_destroyed_documents_take_the_evidence_along(house: House, phone: Authenticator) -> None:
    row = house.drafted(house.idris)
    sign(house, phone, row)
    services.withdraw(row, by=house.idris.person, reason="")
    assert services.destroy_documents(row, by="system:retention", why={"erasure": True})
    assert not Assertion.objects.exists()


def test_summary_says_what_stands_in_the_terms() -> None:
    told = plain.summary(values.terms(max_runs=7, training_allowed=False, scenes=("*",)))
    text = " ".join(sentence for section in told for sentence in section.sentences)
    assert "At most 7 clips" in text
    assert "No computer model may be trained" in text
    assert "In every scene" in text
    assert plain.digest(told) != plain.digest(plain.summary(values.terms(max_runs=8)))
