"""Who signs for a minor, for who has died, for the members of a union: named, bound, proven, and for how long."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from consent import age, services
from consent.errors import TermsError
from consent.models import ConsentRecord, Performer, Proof, Signatory
from consent.pki import Identity
from consent.types import Capacity, ConsentState, ProofKind, ProofState, ReasonCode, Refusal, Suspension, Way
from provenance import ledger
from provenance.types import EntryKind
from tests.consent import broken
from tests.consent.house import House, entries_of, person
from tests.consent.test_documents import codes

TODAY = datetime.now(UTC)
CHILD = (TODAY - timedelta(days=365 * 12)).date()
GRETA = {"signer_capacity": Capacity.GUARDIAN, "signer_name": "Greta Vane"}


def signatory(
    house: House, who: Performer, capacity: Capacity, name: str = "Greta Vane", **more: str
) -> tuple[Signatory, Identity]:
    """Somebody who signs, with a certificate of their own."""
    found = services.add_signatory(who, name=name, capacity=capacity, by=house.petra, **more)
    own = house.registry.authority.issue(name, now=house.registry.now)
    bound = services.bind_signatory(found, certificate_pem=own.certificate, by=house.lena)
    assert isinstance(bound, Signatory), bound
    return bound, own


def proof(
    house: House, who: Performer, kind: ProofKind, *, of: Signatory | None = None, approved: bool = True, **more: Any
) -> Proof:
    found = services.add_proof(who, kind=kind, document=b"%PDF a proof", signatory=of, by=house.petra, **more)
    if approved:
        answer = services.review_proof(found, approved=True, by=house.lena)
        assert isinstance(answer, Proof), answer
    return found


def signed_by(house: House, own: Identity, who: Performer, **changes: Any) -> ConsentRecord:
    row = house.drafted(who, **changes)
    answer = house.upload(row, broken.signed(bytes(row.offered_pdf), own))
    assert isinstance(answer, ConsentRecord), answer
    return answer


def child(house: House, born: date = CHILD) -> Performer:
    return services.record_birth(house.idris, born=born, by=house.lena)


@pytest.mark.parametrize("kind", [ProofKind.GUARDIANSHIP_ORDER, ProofKind.BIRTH_CERTIFICATE])
def test_a_guardian_signs_for_a_minor_with_a_proof(house: House, kind: ProofKind) -> None:
    greta, own = signatory(house, child(house), Capacity.GUARDIAN)
    row = signed_by(house, own, house.idris, **GRETA)
    assert codes(services.approve(row, by=house.lena)) == [ReasonCode.PROOF_MISSING]
    waiting = proof(house, house.idris, kind, of=greta, approved=False)
    assert codes(services.approve(row, by=house.lena)) == [ReasonCode.PROOF_MISSING]
    services.review_proof(waiting, approved=True, by=house.pavel)
    assert isinstance(services.approve(row, by=house.lena), ConsentRecord)


def test_the_performers_own_certificate_signs_nothing_in_a_guardians_name(house: House) -> None:
    signatory(house, child(house), Capacity.GUARDIAN)
    row = house.drafted(house.idris, **GRETA)
    assert codes(house.upload(row)) == [ReasonCode.WRONG_SIGNER]


def test_a_performers_own_key_does_not_stand_for_a_guardians_signature(house: House) -> None:
    greta, own = signatory(house, child(house), Capacity.GUARDIAN)
    proof(house, house.idris, ProofKind.BIRTH_CERTIFICATE, of=greta)
    row = signed_by(house, own, house.idris, **GRETA)
    ConsentRecord.objects.filter(pk=row.pk).update(way=Way.JWS)
    assert codes(services.approve(row, by=house.lena)) == [ReasonCode.WRONG_SIGNER]


def test_nobody_signs_as_a_guardian_who_was_not_named(house: House) -> None:
    child(house)
    row = house.drafted(house.idris, **GRETA)
    assert codes(house.upload(row)) == [ReasonCode.WRONG_SIGNER]


def test_who_binds_a_signatorys_certificate_hands_in_nothing_signed_with_it(house: House) -> None:
    found = services.add_signatory(child(house), name="Greta Vane", capacity=Capacity.GUARDIAN, by=house.petra)
    own = house.registry.authority.issue("Greta Vane", now=house.registry.now)
    services.bind_signatory(found, certificate_pem=own.certificate, by=house.petra)
    row = house.drafted(house.idris, **GRETA)
    assert codes(house.upload(row, broken.signed(bytes(row.offered_pdf), own))) == [ReasonCode.SAME_PERSON]


@pytest.mark.parametrize(
    ("kind", "expires"),
    [(ProofKind.PROBATE, None), (ProofKind.BIRTH_CERTIFICATE, timedelta(days=-1))],
    ids=["another kind", "expired"],
)
def test_a_proof_of_another_kind_or_past_its_day_shows_nothing(
    house: House, kind: ProofKind, expires: timedelta | None
) -> None:
    greta, own = signatory(house, child(house), Capacity.GUARDIAN)
    row = signed_by(house, own, house.idris, **GRETA)
    proof(house, house.idris, kind, of=greta, valid_until=TODAY + expires if expires else None)
    assert codes(services.approve(row, by=house.lena)) == [ReasonCode.PROOF_MISSING]


def test_a_proof_that_names_nobody_or_somebody_else_shows_nothing(house: House) -> None:
    _, own = signatory(house, child(house), Capacity.GUARDIAN)
    other, _ = signatory(house, house.idris, Capacity.GUARDIAN, "Gregor Vane")
    row = signed_by(house, own, house.idris, **GRETA)
    for of in (None, other):
        proof(house, house.idris, ProofKind.BIRTH_CERTIFICATE, of=of)
    assert codes(services.approve(row, by=house.lena)) == [ReasonCode.PROOF_MISSING]


def test_a_birth_certificate_makes_nobody_a_guardian_of_an_adult(house: House) -> None:
    greta, own = signatory(house, house.idris, Capacity.GUARDIAN)
    proof(house, house.idris, ProofKind.BIRTH_CERTIFICATE, of=greta)
    row = signed_by(house, own, house.idris, **GRETA, performer_born="1980-01-01")
    assert codes(services.approve(row, by=house.lena)) == [ReasonCode.PROOF_MISSING]
    proof(house, house.idris, ProofKind.GUARDIANSHIP_ORDER, of=greta)
    assert isinstance(services.approve(row, by=house.lena), ConsentRecord)


@pytest.mark.parametrize("capacity", [Capacity.SELF, Capacity.ESTATE, Capacity.UNION])
def test_a_minor_is_offered_nothing_to_sign_themselves(house: House, capacity: Capacity) -> None:
    child(house)
    with pytest.raises(TermsError, match="guardian"):
        house.drafted(house.idris, signer_capacity=capacity)


def test_a_minor_who_signed_before_their_birth_date_was_known_is_not_approved(house: House) -> None:
    row = house.verified(house.idris)
    child(house)
    assert ReasonCode.MINOR_SIGNS in codes(services.approve(row, by=house.lena))


def test_a_minors_consent_ends_when_they_come_of_age(house: House) -> None:
    eighteen = (TODAY + timedelta(days=40)).date()
    born = eighteen.replace(year=eighteen.year - 18)
    row = house.drafted(child(house, born), **GRETA)
    assert row.valid_until == age.comes_of_age(born)
    assert row.terms["performer_born"] == born.isoformat()


def test_a_consent_that_outlasts_childhood_is_not_approved(house: House) -> None:
    """The birth date that the terms state was another than what was recorded later."""
    eighteen = (TODAY + timedelta(days=40)).date()
    greta, own = signatory(house, house.idris, Capacity.GUARDIAN)
    proof(house, house.idris, ProofKind.GUARDIANSHIP_ORDER, of=greta)
    row = signed_by(house, own, house.idris, **GRETA, performer_born=CHILD.isoformat())
    child(house, eighteen.replace(year=eighteen.year - 18))
    assert codes(services.approve(row, by=house.lena)) == [ReasonCode.OUTLASTS_CHILDHOOD]


@pytest.mark.parametrize(
    ("born", "day"), [(date(2008, 2, 29), date(2026, 3, 1)), (date(2008, 11, 24), date(2026, 11, 24))]
)
def test_coming_of_age_is_the_first_moment_of_a_day(born: date, day: date) -> None:
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
    assert age.comes_of_age(born) == moment
    assert age.is_minor(born, moment - timedelta(microseconds=1))
    assert not age.is_minor(born, moment)
    assert not age.is_minor(None, moment)


def dead(house: House) -> Performer:
    proof(house, house.idris, ProofKind.DEATH_CERTIFICATE)
    answer = services.record_death(house.idris, by=house.lena)
    assert isinstance(answer, Performer), answer
    return answer


def test_a_death_is_recorded_with_a_certificate_only(house: House) -> None:
    assert codes(services.record_death(house.idris, by=house.lena)) == [ReasonCode.PROOF_MISSING]
    assert entries_of(house.idris.pk)[-1].kind == EntryKind.PERFORMER_DEATH_REFUSED
    proof(house, house.idris, ProofKind.DEATH_CERTIFICATE, approved=False)
    assert codes(services.record_death(house.idris, by=house.lena)) == [ReasonCode.PROOF_MISSING]
    assert dead(house).deceased_at is not None


def test_after_a_death_consents_end_or_wait_for_the_estate(house: House) -> None:
    ends, goes_on, offered = (
        house.active(house.idris, release=False),
        house.active(house.idris, release=False, survives_death=True),
        house.drafted(house.idris),
    )
    dead(house)
    for row in (ends, goes_on, offered):
        row.refresh_from_db()
    assert (ends.state, ends.ended_for) == (ConsentState.EXPIRED, "death")
    assert offered.state == ConsentState.EXPIRED
    assert (goes_on.state, goes_on.suspended_for) == (ConsentState.SUSPENDED, Suspension.DEATH)
    assert codes(services.lift(goes_on, by=house.pavel)) == [ReasonCode.PROOF_MISSING]
    estate, _ = signatory(house, house.idris, Capacity.ESTATE, "The estate of Idris Vane")
    proof(house, house.idris, ProofKind.PROBATE, of=estate)
    assert codes(services.lift(goes_on, by=house.lena)) == [ReasonCode.SAME_PERSON]
    assert isinstance(services.lift(goes_on, by=house.pavel), ConsentRecord)


def test_after_a_death_the_estate_signs_and_nobody_else(house: House) -> None:
    waiting = house.verified(house.idris, survives_death=True)
    estate, own = signatory(house, house.idris, Capacity.ESTATE, "Vane Estate")
    terms = {"signer_capacity": Capacity.ESTATE, "signer_name": "Vane Estate", "performer_deceased": True}
    early = signed_by(house, own, house.idris, **terms)
    proof(house, house.idris, ProofKind.CHAIN_OF_TITLE, of=estate)
    assert codes(services.approve(early, by=house.lena)) == [ReasonCode.PROOF_MISSING]  # nobody knows of a death
    Performer.objects.filter(pk=house.idris.pk).update(deceased_at=TODAY)
    assert codes(services.approve(waiting, by=house.lena)) == [ReasonCode.DECEASED_SIGNS]
    with pytest.raises(TermsError, match="estate"):
        house.drafted(house.idris)
    assert isinstance(services.approve(early, by=house.lena), ConsentRecord)


def test_a_union_signs_for_its_members_under_the_agreement_it_names(house: House) -> None:
    named = {"union": "Guild of Doubles", "agreement": "Films 2023"}
    union, own = signatory(house, house.idris, Capacity.UNION, "Guild of Doubles", **named)
    proof(house, house.idris, ProofKind.UNION_AGREEMENT, of=union)
    signer = {"signer_capacity": Capacity.UNION, "signer_name": "Guild of Doubles"}
    other = house.drafted(house.idris, **signer, **{**named, "agreement": "Commercials 2025"})
    assert codes(house.upload(other, broken.signed(bytes(other.offered_pdf), own))) == [ReasonCode.WRONG_SIGNER]
    anselms = house.drafted(house.anselm, **signer, **named)
    assert codes(house.upload(anselms, broken.signed(bytes(anselms.offered_pdf), own))) == [ReasonCode.WRONG_SIGNER]
    row = signed_by(house, own, house.idris, **signer, **named)
    assert isinstance(services.approve(row, by=house.lena), ConsentRecord)


def test_who_signs_does_not_approve(house: House) -> None:
    greta, own = signatory(house, child(house), Capacity.GUARDIAN)
    proof(house, house.idris, ProofKind.BIRTH_CERTIFICATE, of=greta)
    account = person("Greta")
    Signatory.objects.filter(pk=greta.pk).update(person=account)
    row = signed_by(house, own, house.idris, **GRETA)
    assert codes(services.approve(row, by=account)) == [ReasonCode.SAME_PERSON]
    about_them = proof(house, house.idris, ProofKind.PROBATE, of=greta, approved=False)
    assert codes(services.review_proof(about_them, approved=True, by=account)) == [ReasonCode.SAME_PERSON]


def test_it_takes_a_second_person_to_approve_a_proof_and_once(house: House) -> None:
    found = proof(house, house.idris, ProofKind.PROBATE, approved=False)
    own = house.idris.person
    assert own is not None
    for by in (house.petra, own):
        assert codes(services.review_proof(found, approved=True, by=by)) == [ReasonCode.SAME_PERSON]
        assert entries_of(house.idris.pk)[-1].kind == EntryKind.PROOF_REVIEW_REFUSED
    refused = services.review_proof(found, approved=False, by=house.lena)
    assert isinstance(refused, Proof)
    assert refused.state == ProofState.REFUSED
    assert entries_of(house.idris.pk)[-1].kind == EntryKind.PROOF_REFUSED
    assert codes(services.review_proof(found, approved=True, by=house.pavel)) == [ReasonCode.PROOF_REVIEWED_ALREADY]
    with pytest.raises(IntegrityError, match="proof_reviewed_by_a_second_person"), transaction.atomic():
        Proof.objects.filter(pk=found.pk).update(reviewed_by=house.petra)


def test_a_signatory_is_bound_once_and_not_to_the_performers_certificate(house: House) -> None:
    greta, _ = signatory(house, house.idris, Capacity.GUARDIAN)
    other = house.registry.authority.issue("Greta Vane", now=house.registry.now)
    for certificate in (other.certificate, house.registry.idris.certificate):
        assert codes(services.bind_signatory(greta, certificate_pem=certificate, by=house.lena)) == [
            ReasonCode.WRONG_SIGNER
        ]
    again = services.add_signatory(house.idris, name="Greta Vane", capacity=Capacity.GUARDIAN, by=house.pavel)
    assert again == greta


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"capacity": "self"}, "signatory_is_another"),
        ({"capacity": "union", "union": ""}, "union_names_its_agreement"),
    ],
)
def test_the_database_holds_what_a_signatory_is(house: House, values: dict[str, str], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Signatory.objects.create(performer=house.idris, name="X", added_by=house.petra, **values)


def test_the_ledger_holds_births_signers_and_proofs_without_saying_whose(house: House) -> None:
    greta, _ = signatory(house, child(house), Capacity.GUARDIAN)
    proof(house, house.idris, ProofKind.BIRTH_CERTIFICATE, of=greta)
    dead(house)
    ledger.sequence()
    text = "".join(entry.canonical for entry in ledger.entries())
    for word in ("Greta", "Vane", CHILD.isoformat()):
        assert word not in text
    said = {entry.kind for entry in entries_of(house.idris.pk)}
    assert said >= {
        EntryKind.PERFORMER_BORN,
        EntryKind.PERFORMER_DIED,
        EntryKind.SIGNATORY_ADDED,
        EntryKind.SIGNATORY_BOUND,
        EntryKind.PROOF_ADDED,
        EntryKind.PROOF_APPROVED,
    }
    assert not isinstance(services.record_death(house.idris, by=house.lena), Refusal)  # once more changes nothing
