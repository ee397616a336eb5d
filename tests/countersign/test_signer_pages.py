"""Who signs for a performer, on one page: named and uploaded by the producer, judged by legal, gone with an erasure."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from consent import services as consents
from consent.models import ConsentRecord, Performer, Proof, Signatory
from consent.types import Capacity, ConsentState, ProofKind, ProofState
from countersign.accounts.models import Person
from countersign.keeping import erasing, plans
from provenance.models import Opening
from tests import people as setup
from tests.countersign.test_pages import as_
from tests.people import People

pytestmark = pytest.mark.django_db
TODAY = datetime.now(UTC).date()


def at(people: People, rest: str = "signers") -> str:
    return f"/productions/{people.production.pk}/performers/{people.idris.pk}/{rest}"


def post(people: People, person: Person, rest: str, **said: Any) -> int:
    return int(as_(person).post(at(people, rest), said).status_code)


def page(people: People, person: Person) -> str:
    return str(as_(person).get(at(people)).content.decode())


def upload(people: People, by: Person, kind: ProofKind, **more: Any) -> Proof:
    document = SimpleUploadedFile("order.pdf", b"%PDF-1.7 an order")
    assert post(people, by, "proofs/new", kind=kind.value, document=document, **more) == 302
    return Proof.objects.latest("uploaded_at")


def test_a_guardian_is_named_and_shown_by_two_people(people: People) -> None:
    assert post(people, people.producer, "signers/new", name="Greta Vane", capacity="guardian") == 302
    greta = Signatory.objects.get(name="Greta Vane")
    ends = TODAY + timedelta(days=30)
    order = upload(
        people, people.producer, ProofKind.GUARDIANSHIP_ORDER, signatory=greta.pk, valid_until=ends.isoformat()
    )
    assert order.valid_until == datetime(ends.year, ends.month, ends.day, tzinfo=UTC) + timedelta(days=1)
    assert "It counts" not in page(people, people.producer)
    assert "It counts" in page(people, people.legal)
    assert as_(people.legal).get(at(people, f"proofs/{order.pk}/document")).content == b"%PDF-1.7 an order"
    assert post(people, people.legal, f"proofs/{order.pk}/review", word="approved") == 302
    order.refresh_from_db()
    assert (order.state, order.reviewed_by) == (ProofState.APPROVED, people.legal)
    assert "Greta Vane" in page(people, people.producer)


def test_who_uploaded_a_proof_does_not_review_it(people: People) -> None:
    order = upload(people, people.legal, ProofKind.PROBATE)
    assert "somebody else has to review it" in page(people, people.legal)
    assert post(people, people.legal, f"proofs/{order.pk}/review", word="approved") == 409


def test_what_makes_no_sense_says_why_on_the_same_page(people: People) -> None:
    answer = as_(people.legal).post(at(people, "signers/new"), {"name": "Equity", "capacity": "union"})
    assert "name both" in answer.content.decode()
    assert not Signatory.objects.exists()
    assert "This field is required" in as_(people.legal).post(at(people, "death")).content.decode()
    assert "This field is required" in as_(people.legal).post(at(people, "birth")).content.decode()


def test_a_birth_date_is_kept_and_a_death_ends_consents(people: People) -> None:
    row = setup.consent(people, people.idris)
    assert post(people, people.legal, "birth", born="1980-02-29") == 302
    assert post(people, people.legal, "death", sure="on") == 409  # nothing shows it yet
    found = upload(people, people.producer, ProofKind.DEATH_CERTIFICATE)
    assert post(people, people.legal, f"proofs/{found.pk}/review", word="approved") == 302
    assert post(people, people.legal, "death", sure="on") == 302
    idris = Performer.objects.get(pk=people.idris.pk)
    assert (idris.born, idris.deceased_at is None) == (date(1980, 2, 29), False)
    assert ConsentRecord.objects.get(pk=row.pk).state == ConsentState.EXPIRED
    assert "death was recorded" in page(people, people.legal)
    said = as_(people.legal).get(f"/consents/{row.pk}").content.decode()
    assert "it was not to outlive them" in said


def test_what_belongs_to_another_performer_is_not_found_here(people: People) -> None:
    anselms = consents.add_proof(people.anselm, kind=ProofKind.PROBATE, document=b"x", by=people.producer)
    named = consents.add_signatory(people.anselm, name="A", capacity=Capacity.ESTATE, by=people.producer)
    for rest in (f"proofs/{anselms.pk}/document", f"signers/{named.pk}/certificate"):
        assert as_(people.legal).get(at(people, rest)).status_code == 404


def test_an_erasure_takes_signers_proofs_and_dates(people: People) -> None:
    post(people, people.producer, "signers/new", name="Greta Vane", capacity="guardian")
    upload(people, people.producer, ProofKind.BIRTH_CERTIFICATE, signatory=Signatory.objects.get().pk)
    consents.record_birth(people.idris, born=date(2014, 3, 9), by=people.legal)
    assert Opening.objects.filter(of=f"performer:{people.idris.pk}").exists()
    plan = plans.plan(people.idris)
    erasing.erase(people.idris, by=people.legal, confirmed=plan.digest)
    idris = Performer.objects.get(pk=people.idris.pk)
    assert (idris.born, idris.deceased_at, idris.key_bound_by) == (None, None, None)
    assert not Signatory.objects.exists()
    assert not Proof.objects.exists()
    assert not Opening.objects.filter(of=f"performer:{people.idris.pk}").exists()
