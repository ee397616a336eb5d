"""Performers: bound to one certificate, enrolled only under a release, forgotten with it."""

from datetime import timedelta
from hashlib import sha256

import pytest
from django.db import IntegrityError, transaction

from consent import services
from consent.errors import ConsentError, KeyDestroyedError, VaultError
from consent.models import Performer
from consent.types import Reading, Reason, ReasonCode, Refusal
from countersign.accounts.models import Organisation, Production
from provenance.types import EntryKind
from tests import honest
from tests.consent import stores
from tests.consent.house import KEYRING, House, entries_of

pytestmark = pytest.mark.usefixtures("each_store")
READING = Reading(by="worker:examine", purpose="examine", of="footage:1")


def enrol(house: House, performer: Performer, template: bytes = b"a face") -> Performer | Refusal:
    """Measured for Petra, confirmed by Lena."""
    proposed = house.propose(performer, template)
    return proposed if isinstance(proposed, Refusal) else services.confirm_face(proposed, by=house.lena)


def code(answer: object) -> ReasonCode:
    assert isinstance(answer, Refusal)
    (reason,) = answer.reasons
    return reason.code


def test_a_certificate_is_bound_once(house: House) -> None:
    own, other = house.registry.idris, house.registry.authority.issue("Idris Vane", now=house.registry.now)
    assert house.idris.certificate_sha256 == own.sha256
    assert isinstance(
        services.bind_certificate(house.idris, certificate_pem=own.certificate, by=house.petra), Performer
    )
    answer = services.bind_certificate(house.idris, certificate_pem=other.certificate, by=house.petra)
    assert code(answer) is ReasonCode.WRONG_SIGNER
    house.idris.refresh_from_db()
    assert house.idris.certificate_sha256 == own.sha256
    assert [entry.kind for entry in entries_of(house.idris.pk)] == [
        EntryKind.PERFORMER_ADDED,
        EntryKind.PERFORMER_BOUND,
        EntryKind.PERFORMER_BINDING_REFUSED,
    ]


def test_one_certificate_is_one_performer(house: House) -> None:
    mara = services.add_performer(house.production.organisation, name="Mara", by=house.petra)
    answer = services.bind_certificate(mara, certificate_pem=house.registry.idris.certificate, by=house.petra)
    assert code(answer) is ReasonCode.WRONG_SIGNER
    with pytest.raises(IntegrityError, match="one_performer_per_certificate"), transaction.atomic():
        Performer.objects.filter(pk=mara.pk).update(certificate_sha256=house.idris.certificate_sha256)


def test_what_is_no_certificate_binds_nobody(house: House) -> None:
    mara = services.add_performer(house.production.organisation, name="Mara", by=house.petra)
    with pytest.raises(ConsentError):
        services.bind_certificate(mara, certificate_pem=b"rubbish", by=house.petra)


def test_no_face_is_kept_without_a_release(house: House) -> None:
    house.verified(house.idris)  # not approved
    house.active(house.idris, release=False)
    past = house.registry.now.replace(microsecond=0) - timedelta(days=5)
    house.released(house.idris, valid_from=past, valid_until=past + timedelta(days=1))
    services.withdraw(house.released(house.idris), by=house.lena, reason="")
    assert not services.has_biometric_release(house.idris)
    assert code(enrol(house, house.idris)) is ReasonCode.NO_BIOMETRIC_RELEASE
    assert entries_of(house.idris.pk)[-1].kind is EntryKind.PERFORMER_ENROLMENT_REFUSED
    house.idris.refresh_from_db()
    assert bytes(house.idris.template) == b""


def test_a_template_is_kept_encrypted_and_found_again(house: House) -> None:
    house.active(house.idris)
    answer = enrol(house, house.idris)
    assert isinstance(answer, Performer)
    assert b"a face" not in bytes(answer.template)
    assert (answer.template_stills, answer.template_recogniser) == (5, "sface/0ba9")
    assert services.templates(house.production, keyring=KEYRING, reading=READING) == [(answer, b"a face")]
    assert [entry.kind for entry in entries_of(house.idris.pk)[-3:]] == [
        EntryKind.PERFORMER_ENROLLED,
        EntryKind.PERFORMER_ENROLMENT_CONFIRMED,
        EntryKind.TEMPLATE_READ,
    ]


def test_each_opening_of_a_template_says_what_for(house: House) -> None:
    house.active(house.idris)
    enrol(house, house.idris)
    services.templates(house.production, keyring=KEYRING, reading=READING)
    (read,) = [entry for entry in entries_of(house.idris.pk) if entry.kind is EntryKind.TEMPLATE_READ]
    assert (read.actor, read.body) == ("worker:examine", {"purpose": "examine", "of": "footage:1"})


def test_templates_are_those_of_performers_with_a_release_here(house: House) -> None:
    elsewhere = Production.objects.create(organisation=house.production.organisation, title="Another Film")
    row = house.released(house.idris)
    house.active(house.anselm, release=False)
    enrol(house, house.idris)
    enrol(house, house.anselm)
    assert [p.pk for p, _ in services.templates(house.production, keyring=KEYRING, reading=READING)] == [house.idris.pk]
    assert services.templates(elsewhere, keyring=KEYRING, reading=READING) == []
    services.withdraw(row, by=house.lena, reason="")
    assert services.templates(house.production, keyring=KEYRING, reading=READING) == []


def test_two_consents_make_one_template(house: House) -> None:
    house.active(house.idris)
    house.active(house.idris)
    enrol(house, house.idris)
    assert len(services.templates(house.production, keyring=KEYRING, reading=READING)) == 1


def test_another_key_opens_no_template(house: House) -> None:
    house.active(house.idris)
    enrol(house, house.idris)
    with pytest.raises(VaultError):
        services.templates(house.production, keyring=services.StoreKeyring(stores.new("file")), reading=READING)


def test_a_template_does_not_open_as_another_performers(house: House) -> None:
    house.active(house.idris)
    answer = enrol(house, house.idris)
    assert isinstance(answer, Performer)
    house.active(house.anselm)
    Performer.objects.filter(pk=house.anselm.pk).update(
        template=answer.template, template_key=answer.template_key, enrolled_at=answer.enrolled_at
    )
    assert [p for p, _ in services.templates(house.production, keyring=KEYRING, reading=READING)] == [house.idris]
    with transaction.atomic():  # not even where the ledger were made to say that it was confirmed
        moved = {"template_sha256": sha256(bytes(answer.template)).hexdigest()}
        subject = f"performer:{house.anselm.pk}"
        honest.append(EntryKind.PERFORMER_ENROLMENT_CONFIRMED, subject=subject, actor="person:1", **moved)
    with pytest.raises(VaultError):
        services.templates(house.production, keyring=KEYRING, reading=READING)


def test_what_a_sealer_encrypted_is_gone_with_the_consent(house: House) -> None:
    row = house.active(house.idris)
    encrypt, decrypt = services.sealer(row.pk, keyring=KEYRING, context=b"run 1")
    sealed = encrypt(b"weights")
    assert decrypt(sealed) == b"weights"
    assert services.sealer(row.pk, keyring=KEYRING, context=b"run 1")[1](sealed) == b"weights"
    with pytest.raises(VaultError):
        services.sealer(row.pk, keyring=KEYRING, context=b"run 2")[1](sealed)
    services.withdraw(row, by=house.lena, reason="")
    with pytest.raises(KeyDestroyedError):
        decrypt(sealed)
    with pytest.raises(KeyDestroyedError):
        encrypt(b"more")  # also for a worker that had it open
    with pytest.raises(KeyDestroyedError):
        services.sealer(row.pk, keyring=KEYRING, context=b"run 1")


def test_there_is_no_key_before_a_consent_is_active(house: House) -> None:
    with pytest.raises(KeyDestroyedError):
        services.sealer(house.verified(house.idris).pk, keyring=KEYRING, context=b"")


def test_a_refused_enrolment_is_written_down(house: House) -> None:
    reason = Reason(code=ReasonCode.STILLS_DISAGREE, sentence="Two people.")
    services.refuse_enrolment(house.idris, reasons=(reason,), by=house.petra)
    assert entries_of(house.idris.pk)[-1].body == {"reasons": ["stills-disagree"]}


def test_two_performers_of_a_house_have_two_names(house: House) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        services.add_performer(house.production.organisation, name="Idris Vane", by=house.petra)
    services.add_performer(Organisation.objects.create(name="Elsewhere"), name="Idris Vane", by=house.petra)


def test_the_template_that_stands_is_found_and_gone_with_the_consent(house: House) -> None:
    row = house.released(house.idris)
    assert services.template_of(house.idris, keyring=KEYRING, reading=READING) is None
    enrol(house, house.idris)
    assert services.template_of(house.idris, keyring=KEYRING, reading=READING) == b"a face"
    services.withdraw(row, by=house.lena, reason="")
    assert services.template_of(house.idris, keyring=KEYRING, reading=READING) is None
