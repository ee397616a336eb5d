"""The life of a consent as people see and move it: a line of stations, and only the buttons that do something."""

import pytest

from consent.models import ConsentRecord
from consent.types import ConsentState
from countersign.accounts.models import Person
from countersign.runs.models import RunState
from tests import people as setup
from tests.countersign.test_pages import as_
from tests.people import People


def page(person: Person, record: ConsentRecord) -> str:
    response = as_(person).get(f"/consents/{record.pk}")
    assert response.status_code == 200, response.status_code
    return str(response.content.decode())


@pytest.mark.parametrize("state", [state for state in ConsentState if state is not ConsentState.DRAFT])
def test_every_state_has_a_page_for_everybody(people: People, state: ConsentState) -> None:
    record = setup.consent(people, people.idris, state)
    for person in (people.producer, people.legal, people.idris_person):
        shown = page(person, record)
        assert "Its life so far" in shown
        assert ("Lift the suspension" in shown) == (
            state is ConsentState.SUSPENDED and person in (people.legal, people.idris_person)
        )
        assert ("Draft a newer version" in shown) == (state is ConsentState.ACTIVE and person == people.producer)


def test_a_draft_is_changed_with_what_it_says_already_counted(people: People) -> None:
    record = setup.consent(people, people.idris, ConsentState.DRAFT)
    opened = as_(people.producer).get(f"/consents/{record.pk}/edit")
    assert "Change the draft" in opened.content.decode()
    met = {(need.field, need.law): need.met for need in opened.context["needs"]}
    assert met["description", "Every consent"]
    assert not met["disclosure", "EU AI Act Art. 50"], "it is shown in Ireland, and says of no disclosure"


@pytest.mark.parametrize("state", [ConsentState.DECLINED, ConsentState.TAKEN_BACK, ConsentState.EXPIRED])
def test_a_performers_place_offers_to_withdraw_what_can_be_withdrawn(people: People, state: ConsentState) -> None:
    record = setup.consent(people, people.idris, state)
    place = as_(people.idris_person).get("/me").content.decode()
    assert (f"/consents/{record.pk}/withdraw" in place) == (state is ConsentState.EXPIRED)


def test_a_draft_is_the_crews_alone(people: People) -> None:
    record = setup.consent(people, people.idris, ConsentState.DRAFT)
    assert "Offer it to be signed" in page(people.producer, record)
    assert as_(people.idris_person).get(f"/consents/{record.pk}").status_code == 404


def test_a_draft_is_offered_and_thrown_away_by_the_producer(people: People) -> None:
    told = {"disclosure": "A line in the closing credits says so."}
    first, second = (setup.consent(people, people.idris, ConsentState.DRAFT, **told) for _ in range(2))
    producer = as_(people.producer)
    answer = producer.post(f"/consents/{first.pk}/offer")
    assert answer.status_code == 302, answer.content.decode()
    assert ConsentRecord.objects.get(pk=first.pk).state == ConsentState.OFFERED
    assert producer.post(f"/consents/{second.pk}/discard").status_code == 302
    assert not ConsentRecord.objects.filter(pk=second.pk).exists()


def test_an_offer_is_declined_by_the_performer_and_taken_back_by_the_producer(people: People) -> None:
    first, second = (setup.consent(people, people.idris, ConsentState.OFFERED) for _ in range(2))
    assert as_(people.idris_person).post(f"/consents/{first.pk}/decline", {"words": "No."}).status_code == 302
    assert as_(people.producer).post(f"/consents/{second.pk}/take-back").status_code == 302
    states = [ConsentRecord.objects.get(pk=record.pk).state for record in (first, second)]
    assert states == [ConsentState.DECLINED, ConsentState.TAKEN_BACK]


def test_a_suspension_stops_work_and_another_person_lifts_it(people: People) -> None:
    record = setup.consent(people, people.idris)
    clips = [setup.clip(people, people.idris, "idris", title=title) for title in ("Reel", "Plate")]
    run = setup.run(people, *clips, state=RunState.TRAINING)
    setup.ConsentUse.objects.create(consent=record, run_id=run.pk, part="likeness", screen_seconds=5.0, at=setup.NOW)
    said = {"why": "legal-hold", "words": "A claim came in."}
    assert as_(people.legal).post(f"/consents/{record.pk}/suspend", said).status_code == 302
    run.refresh_from_db()
    assert (run.state, run.reasons[0]["code"]) == (RunState.STOPPED, "consent-suspended")
    assert "a legal hold on its use" in page(people.idris_person, record)
    assert as_(people.legal).post(f"/consents/{record.pk}/lift").status_code == 409
    other = setup.member("Lorna Legal", people.production, setup.Role.LEGAL)
    assert as_(other).post(f"/consents/{record.pk}/lift").status_code == 302
    assert ConsentRecord.objects.get(pk=record.pk).state == ConsentState.ACTIVE


def test_a_newer_version_is_drafted_from_the_one_that_stands(people: People) -> None:
    record = setup.consent(people, people.idris)
    producer = as_(people.producer)
    form = producer.get(f"/consents/{record.pk}/amend")
    assert form.status_code == 200
    assert str(record.terms["max_runs"]) in form.content.decode()
