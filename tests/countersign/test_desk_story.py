"""A run's whole story: in order, with reasons and pictures, folded where it repeats, and no more than one may see."""

from typing import Any

import pytest
from django.test import Client

from countersign.desk import story
from countersign.desk.story import Step
from countersign.runs.models import LikenessModel, Run
from provenance.types import EntryKind as K
from tests import honest, people as setup
from tests.countersign.conftest import Things
from tests.countersign.test_desk_index import note
from tests.countersign.test_pages import as_, text
from tests.e2e.browsing import REFUSED
from tests.people import People


@pytest.fixture
def told(people: People, things: Things) -> None:
    """Everything that happens to a run, from the consent's draft to the download."""
    petra, lena = f"person:{people.producer.pk}", f"person:{people.legal.pk}"
    consent, run, output = f"consent:{things.consent.pk}", f"run:{things.run.pk}", f"output:{things.output.pk}"
    model = LikenessModel.objects.create(
        run=things.run, performer=people.idris, consent=things.consent, sha256="0" * 64, trained_at=setup.NOW
    )
    note(K.CONSENT_DRAFTED, consent, petra, terms_sha256="ab" * 32)
    note(K.CONSENT_VERIFIED, consent, petra, document_sha256="cd" * 32)
    note(K.PERFORMER_ENROLLED, f"performer:{people.idris.pk}", "worker:enrol")
    note(K.FOOTAGE_ADDED, f"footage:{things.footage.pk}", petra, sha256="ef" * 32)
    note(
        K.FOOTAGE_EXAMINED, f"footage:{things.footage.pk}", "worker:examine", faces=[honest.face(str(people.idris.pk))]
    )
    note(K.FOOTAGE_VIEWED, f"footage:{things.footage.pk}", lena)
    note(K.RUN_GRANTED, run, petra, consents=[honest.binding(str(things.consent.pk))], screen_seconds=5.0)
    note(K.GRANT_REDEEMED, run, "worker:train", step="train")
    note(K.MODEL_TRAINED, f"model:{model.pk}", "worker:train", sha256="0" * 64)
    note(K.RUN_ADVANCED, run, "worker:train", to="trained")
    note(K.OUTPUT_SIGNED, output, "worker:sign", sha256="01" * 32)
    note(K.OUTPUT_PUBLISHED, output, "worker:publish")
    for _ in range(3):
        note(K.OUTPUT_DOWNLOADED, output, petra)
    note(K.CONSENT_WITHDRAWN, consent, f"person:{people.idris_person.pk}")
    note(K.OUTPUT_FLAGGED, output, f"person:{people.idris_person.pk}", to="flagged")


def steps(person: Any, run: Run) -> list[Step]:
    return list(story.tell(person, run).steps)


def kinds(person: Any, run: Run) -> list[str]:
    return [step.told.line.kind for step in steps(person, run)]


def test_story_runs_from_the_draft_to_the_withdrawal_in_order(people: People, things: Things, told: None) -> None:
    found = kinds(people.legal, things.run)
    assert found == [
        "consent:approved", "consent:approved", "footage:examined", "footage:examined", "certificate:issued",
        "consent:drafted", "consent:verified", "performer:enrolled", "footage:added", "footage:examined", "run:granted",
        "grant:redeemed", "model:trained", "run:advanced",
        "output:signed", "output:published", "output:downloaded", "consent:withdrawn", "output:flagged",
    ]  # fmt: skip


def test_downloads_are_told_once_for_each_person_with_how_often(people: People, things: Things, told: None) -> None:
    (downloads,) = (step for step in steps(people.legal, things.run) if step.told.line.kind == "output:downloaded")
    assert downloads.times == 3
    assert downloads.last_at > downloads.told.line.recorded_at
    assert "They did so 3 times." in text(as_(people.legal).get(f"/runs/{things.run.pk}/story"))


def test_steps_have_the_pictures_that_belong_to_them(people: People, things: Things, told: None) -> None:
    pictures = {
        s.told.line.kind: [p.address for p in s.pictures] for s in steps(people.legal, things.run) if s.pictures
    }
    assert pictures.keys() == {"performer:enrolled", "footage:added", "footage:examined", "output:published"}
    client = as_(people.legal)
    for addresses in pictures.values():
        for address in addresses:
            assert client.get(address)["Content-Type"] == "image/jpeg"


def test_performer_reads_the_story_without_clips_or_the_others_consent(
    people: People, things: Things, told: None
) -> None:
    mine = steps(people.idris_person, things.run)
    seen = {step.told.line.kind for step in mine}
    assert seen >= {"run:granted", "output:published", "consent:drafted", "performer:enrolled"}
    assert not any(kind.startswith("footage:") for kind in seen)
    theirs = kinds(people.anselm_person, things.run)
    assert "consent:drafted" not in theirs
    assert "consent:approved" in theirs, "his own"
    client = as_(people.idris_person)
    for step in mine:
        for picture in step.pictures:
            assert client.get(picture.address).status_code == 200


def test_refused_run_tells_every_reason_in_full(people: People, things: Things) -> None:
    refused = setup.run(
        people, things.footage, things.plate, title="Café, take 1", state="refused", sealed_grant="", reasons=REFUSED
    )
    note(K.RUN_REFUSED, f"run:{refused.pk}", f"person:{people.producer.pk}", reasons=["scene-not-allowed"])
    page = text(as_(people.legal).get(f"/runs/{refused.pk}/story"))
    for words in ("Idris Vane has not consented to Scene 30.", "Scene 12 and Scene 14", "What to do", "refused it"):
        assert words in page
    assert kinds(people.legal, refused)[0] == "consent:approved", "the consents that there were to ask of"


def test_time_between_steps_is_shown(people: People, things: Things, told: None) -> None:
    hour = setup.timedelta(hours=1)
    assert story._gap(None, setup.NOW) == ""
    assert story._gap(setup.NOW, setup.NOW + hour / 10) == ""
    assert story._gap(setup.NOW, setup.NOW + hour / 2) == "30 minutes later"
    assert story._gap(setup.NOW, setup.NOW + hour) == "1 hour later"
    assert story._gap(setup.NOW, setup.NOW + 80 * hour) == "3 days later"


def test_a_long_story_is_cut_and_says_so(
    people: People, things: Things, told: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(story, "MOST", 4)
    page = text(as_(people.legal).get(f"/runs/{things.run.pk}/story"))
    assert "Only the first 4 steps are shown." in page
    assert len(steps(people.legal, things.run)) == 4


def test_run_leads_to_its_story(people: People, things: Things) -> None:
    page = as_(people.legal).get(f"/runs/{things.run.pk}").content.decode()
    assert f'href="/runs/{things.run.pk}/story"' in page


def test_api_tells_the_same_story(people: People, things: Things, told: None) -> None:
    from knox.models import AuthToken

    token = AuthToken.objects.create(user=people.legal)[1]
    answer = Client().get(f"/api/runs/{things.run.pk}/story", headers={"Authorization": f"Token {token}"}).json()
    assert [step["kind"] for step in answer["steps"]] == kinds(people.legal, things.run)
    assert answer["steps"][10]["sentence"] == "Petra Producer asked for Quay, take 3, and the gate granted it."
    assert answer["cut"] is False
