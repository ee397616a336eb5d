"""Consents that stop standing while work is under way: amended, after a death, or when a proof runs out."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from consent import age, services as consents
from consent.destruction import Why
from consent.models import ConsentRecord, Destruction, Performer, Proof, Signatory, VaultKey
from consent.types import Capacity, ConsentState, ProofKind, ReasonCode, Refusal, Suspension
from countersign.accounts.models import Person
from countersign.runs import clock, standing, status, storage
from countersign.runs.models import LikenessModel, Output, OutputState, Run, RunState
from provenance import ledger
from provenance.types import EntryKind
from tests import people as setup
from tests.countersign.conftest import WEIGHTS, Things
from tests.countersign.test_ending import certificate_of, kinds, settle
from tests.people import People

pytestmark = pytest.mark.django_db

GUARDIAN: dict[str, Any] = {"signer_capacity": Capacity.GUARDIAN, "signer_name": "Greta Vane"}


def under_way(things: Things) -> Run:
    Run.objects.filter(pk=things.run.pk).update(state=RunState.TRAINING, finished_at=None)
    return things.run


def newer(people: People, old: ConsentRecord, **changes: Any) -> ConsentRecord:
    """A version that names the old one, verified."""
    row = setup.consent(people, people.idris, ConsentState.VERIFIED, amends=str(old.pk), **changes)
    ConsentRecord.objects.filter(pk=row.pk).update(amends=old)
    row.refresh_from_db()
    return row


Commits = Any  # the fixture that carries out what waits for the commit


def approved(people: People, row: ConsentRecord) -> ConsentRecord:
    answer = standing.approve(row, by=people.legal)
    assert isinstance(answer, ConsentRecord), answer
    return answer


def stopped(run: Run) -> str:
    run.refresh_from_db()
    assert run.state == RunState.STOPPED
    return str(run.reasons[0]["code"])


def proof(people: People, kind: ProofKind, *, of: Signatory | None = None, **more: Any) -> Proof:
    """Uploaded by the producer, approved by legal."""
    made = consents.add_proof(people.idris, kind=kind, document=b"%PDF", signatory=of, by=people.producer, **more)
    answer = consents.review_proof(made, approved=True, by=people.legal)
    assert isinstance(answer, Proof), answer
    return answer


def another_of_legal(people: People) -> Person:
    return setup.member("Lorna Legal", people.production, setup.Role.LEGAL)


def test_work_under_the_older_version_stops_and_its_models_go_on(people: People, at_work: Things) -> None:
    run, old = under_way(at_work), at_work.consent
    new = approved(people, newer(people, old))
    assert stopped(run) == ReasonCode.CONSENT_AMENDED
    model = LikenessModel.objects.get(sha256=WEIGHTS)
    assert (model.consent, model.destroyed_at) == (new, None)
    assert VaultKey.objects.get(consent=new).destroyed_at is None
    settle()
    assert storage.model(WEIGHTS).exists()
    assert not Destruction.objects.filter(consent=old).exists()
    assert Output.objects.get(pk=at_work.output.pk).state == OutputState.PUBLISHED
    said = status.of_consent(old.pk)
    assert said.stands, said.sentence


def test_a_version_without_training_ends_models_with_key_and_certificate(
    people: People, at_work: Things, django_capture_on_commit_callbacks: Commits
) -> None:
    run, old = under_way(at_work), at_work.consent
    with django_capture_on_commit_callbacks(execute=True):
        approved(people, newer(people, old, training_allowed=False))
    assert stopped(run) == ReasonCode.CONSENT_AMENDED
    assert LikenessModel.objects.get(sha256=WEIGHTS).destroyed_at is not None
    settle()
    assert not storage.model(WEIGHTS).exists()
    assert VaultKey.objects.get(consent=old).shredded_at is not None
    found = certificate_of(f"consent:{old.pk}")
    assert found.destroyed.models == (WEIGHTS,)
    told = {entry.kind for entry in found.entries}
    assert {"consent:amended", "key:destroyed", "key:shredded", "model:destroyed"} <= told
    assert Output.objects.get(pk=at_work.output.pk).state == OutputState.PUBLISHED


def test_a_refused_version_leaves_the_work_alone(people: People, at_work: Things) -> None:
    run = under_way(at_work)
    answer = standing.approve(newer(people, at_work.consent), by=people.producer)
    assert isinstance(answer, Refusal)
    run.refresh_from_db()
    assert run.state == RunState.TRAINING
    assert ConsentRecord.objects.get(pk=at_work.consent.pk).state == ConsentState.ACTIVE


def test_a_death_ends_what_does_not_outlive_it(
    people: People, at_work: Things, django_capture_on_commit_callbacks: Commits
) -> None:
    run = under_way(at_work)
    proof(people, ProofKind.DEATH_CERTIFICATE)
    with django_capture_on_commit_callbacks(execute=True):
        assert isinstance(standing.record_death(people.idris, by=people.legal), Performer)
    assert stopped(run) == ReasonCode.CONSENT_NOT_ACTIVE
    row = ConsentRecord.objects.get(pk=at_work.consent.pk)
    assert (row.state, row.ended_for) == (ConsentState.EXPIRED, "death")
    assert LikenessModel.objects.get(sha256=WEIGHTS).destroyed_at is not None
    settle()
    assert not storage.model(WEIGHTS).exists()
    assert VaultKey.objects.get(consent=row).shredded_at is not None
    assert certificate_of(f"consent:{row.pk}").why is Why.EXPIRY
    assert Output.objects.get(pk=at_work.output.pk).state == OutputState.ENDED
    assert kinds(f"output:{at_work.output.pk}")[-1] == EntryKind.OUTPUT_FLAGGED
    assert f"ended on {timezone.now():%-d %B %Y}" in status.of_consent(row.pk).sentence


def test_what_outlives_a_death_waits_for_the_estate_with_its_key(people: People, at_work: Things) -> None:
    run, row = under_way(at_work), at_work.consent
    ConsentRecord.objects.filter(pk=row.pk).update(terms={**row.terms, "survives_death": True})
    proof(people, ProofKind.DEATH_CERTIFICATE)
    standing.record_death(people.idris, by=people.legal)
    assert stopped(run) == ReasonCode.CONSENT_NOT_ACTIVE
    row.refresh_from_db()
    assert (row.state, row.suspended_for) == (ConsentState.SUSPENDED, Suspension.DEATH)
    settle()
    assert storage.model(WEIGHTS).exists()
    assert VaultKey.objects.get(consent=row).destroyed_at is None
    assert Output.objects.get(pk=at_work.output.pk).state == OutputState.PUBLISHED


def test_nothing_happens_without_a_death_certificate(people: People, at_work: Things) -> None:
    run = under_way(at_work)
    assert isinstance(standing.record_death(people.idris, by=people.legal), Refusal)
    run.refresh_from_db()
    assert run.state == RunState.TRAINING


def signed_by_a_guardian(people: People, row: ConsentRecord, **more: Any) -> Proof:
    """The consent of `row`, as if Greta had signed it for Idris by an order that a court may end."""
    greta = consents.add_signatory(people.idris, name="Greta Vane", capacity=Capacity.GUARDIAN, by=people.producer)
    ConsentRecord.objects.filter(pk=row.pk).update(terms={**row.terms, **GUARDIAN})
    return proof(people, ProofKind.GUARDIANSHIP_ORDER, of=greta, **more)


def test_a_proof_that_runs_out_suspends_by_the_clock(people: People, at_work: Things) -> None:
    run, row = under_way(at_work), at_work.consent
    order = signed_by_a_guardian(people, row, valid_until=timezone.now() + timedelta(days=1))
    clock.look()
    row.refresh_from_db()
    assert row.state == ConsentState.ACTIVE
    Proof.objects.filter(pk=order.pk).update(valid_until=timezone.now())
    assert [standing.suspend_unproven() for _ in range(2)] == [1, 0]
    row.refresh_from_db()
    assert (row.state, row.suspended_for, row.suspended_by) == (ConsentState.SUSPENDED, Suspension.PROOF_LAPSED, None)
    assert stopped(run) == ReasonCode.CONSENT_SUSPENDED
    *_, entry = ledger.about((f"consent:{row.pk}",), kinds=(EntryKind.CONSENT_SUSPENDED,))
    assert (entry.actor, entry.body) == ("system:clock", {"why": "proof-lapsed"})
    assert VaultKey.objects.get(consent=row).destroyed_at is None
    assert [one.code for one in refused(consents.lift(row, by=people.legal))] == [ReasonCode.PROOF_MISSING]
    signed_by_a_guardian(people, row, valid_until=timezone.now() + timedelta(days=9))
    assert isinstance(consents.lift(row, by=people.legal), ConsentRecord)
    assert standing.suspend_unproven() == 0


def test_an_estate_whose_probate_runs_out_has_to_confirm_again(people: People, things: Things) -> None:
    row = things.consent
    ConsentRecord.objects.filter(pk=row.pk).update(terms={**row.terms, "survives_death": True})
    proof(people, ProofKind.DEATH_CERTIFICATE)
    standing.record_death(people.idris, by=people.legal)
    estate = consents.add_signatory(people.idris, name="Vane Estate", capacity=Capacity.ESTATE, by=people.producer)
    probate = proof(people, ProofKind.PROBATE, of=estate, valid_until=timezone.now() + timedelta(days=9))
    other = another_of_legal(people)
    assert isinstance(consents.lift(row, by=other), ConsentRecord)
    assert standing.suspend_unproven() == 0
    Proof.objects.filter(pk=probate.pk).update(valid_until=timezone.now())
    assert standing.suspend_unproven() == 1
    row.refresh_from_db()
    assert (row.state, row.suspended_for) == (ConsentState.SUSPENDED, Suspension.DEATH)
    proof(people, ProofKind.PROBATE, of=estate)
    assert isinstance(consents.lift(row, by=other), ConsentRecord)


def test_what_a_guardian_signed_ends_when_the_performer_comes_of_age_and_says_so(
    people: People,
    at_work: Things,
) -> None:
    run, row = under_way(at_work), at_work.consent
    today = timezone.now().date()
    born = date(today.year - age.OF_AGE, today.month, min(today.day, 28))
    signed_by_a_guardian(people, row)
    consents.record_birth(people.idris, born=born, by=people.legal)
    ConsentRecord.objects.filter(pk=row.pk).update(valid_until=age.comes_of_age(born))
    clock.look()
    row.refresh_from_db()
    assert (row.state, row.ended_for) == (ConsentState.EXPIRED, "of-age")
    run.refresh_from_db()
    assert "came of age" in run.reasons[0]["sentence"]
    *_, entry = ledger.about((f"consent:{row.pk}",), kinds=(EntryKind.CONSENT_EXPIRED,))
    assert entry.body["why"] == "of-age"
    assert "consent:suspended" not in kinds(f"consent:{row.pk}")


def refused(answer: object) -> Any:
    assert isinstance(answer, Refusal), answer
    return answer.reasons
