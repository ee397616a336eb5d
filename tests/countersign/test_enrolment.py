"""An enrolment from the pages and the API through the worker to a second person who confirms it."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.utils import timezone
from knox.models import AuthToken

from consent import services as consents
from consent.enrolment import ProposedFace
from consent.models import Performer
from consent.types import ReasonCode, Refusal
from countersign.accounts.models import Person
from countersign.runs import enrolling, examination, keyring, tasks
from countersign.runs.enrolling import Pictures
from countersign.runs.models import Enrolment, EnrolmentState, Footage, FootageState, Still
from provenance.types import EntryKind
from synthesis import recognisers
from tests import honest, people as setup
from tests.countersign.test_pages import as_
from tests.people import People


@pytest.fixture
def released(people: People) -> People:
    """Idris and Anselm have released their faces; nobody has measured them."""
    for performer in (people.idris, people.anselm):
        setup.consent(people, performer, released=True)
        unmeasured = {"template": b"", "template_recogniser": "", "enrolled_at": None, "template_stills": 0}
        Performer.objects.filter(pk=performer.pk).update(**unmeasured, portrait=b"")
        performer.refresh_from_db()
    return people


def pictures(name: str) -> list[bytes]:
    return [setup.still(name, number) for number in range(1, 6)]


def sent(people: People, performer: Performer, name: str, *, by: Person | None = None, **how: Any) -> Enrolment:
    """Pictures of `name`, sent as those of the performer and measured."""
    asked = enrolling.enrol(performer, Pictures(stills=pictures(name), **how), by=by or people.producer)
    return measured(asked)


def measured(asked: Enrolment) -> Enrolment:
    tasks.enrol(str(asked.pk))
    asked.refresh_from_db()
    return asked


def confirmed(people: People, performer: Performer, name: str) -> Enrolment:
    done = enrolling.confirm(sent(people, performer, name), by=people.legal)
    assert isinstance(done, Enrolment), done
    return done


def codes(row: Enrolment | Refusal) -> list[str]:
    if isinstance(row, Refusal):
        return [reason.code.value for reason in row.reasons]
    return [reason["code"] for reason in row.refusal]


def test_pictures_that_bring_the_worker_down_are_given_up(people: People) -> None:
    pk = Enrolment.objects.create(performer=people.idris, asked_by=people.producer).pk
    for _ in range(examination.MOST_ATTEMPTS):
        assert examination.claim_enrolment(pk) is not None
        Enrolment.objects.filter(pk=pk).update(lease_until=timezone.now())  # the worker was heard of no more
    assert examination.claim_enrolment(pk) is None
    given_up = Enrolment.objects.get(pk=pk)
    assert (given_up.state, codes(given_up)) == (EnrolmentState.REFUSED, [ReasonCode.WORKER_FAILED])
    assert given_up.refusal[0]["sentence"] == "These pictures could not be measured."


def test_a_clip_that_brings_the_worker_down_is_given_up(people: People) -> None:
    pk = setup.clip(people, None, "idris", title="Idris, training reel").pk
    Footage.objects.filter(pk=pk).update(state=FootageState.RECEIVED)
    for _ in range(examination.MOST_ATTEMPTS):
        assert examination.claim(pk) is not None
        Footage.objects.filter(pk=pk).update(lease_until=timezone.now())
    assert examination.claim(pk) is None
    given_up = Footage.objects.get(pk=pk)
    assert given_up.state == FootageState.REFUSED
    assert [reason["code"] for reason in given_up.refusal] == [ReasonCode.WORKER_FAILED]


def test_a_measured_face_waits_with_its_pictures_until_a_second_person_confirms_it(released: People) -> None:
    setup.clip(released, None, "idris", title="Idris, training reel")
    enrolment = sent(released, released.idris, "idris")
    assert (enrolment.state, enrolment.stills.count()) == (EnrolmentState.MEASURED, 5)
    assert not Performer.objects.get(pk=released.idris.pk).template
    assert codes(enrolling.confirm(enrolment, by=released.producer)) == ["same-person"]
    done = enrolling.confirm(enrolment, by=released.legal)
    assert isinstance(done, Enrolment)
    assert (done.state, done.confirmed_by, done.stills.count()) == (EnrolmentState.DONE, released.legal, 0)
    assert Performer.objects.get(pk=released.idris.pk).template_recogniser == recognisers.configured().label
    assert Footage.objects.get().state == FootageState.RECEIVED  # looked at again


def test_rejected_pictures_leave_nothing(released: People) -> None:
    enrolment = sent(released, released.idris, "idris")
    answer = enrolling.reject(enrolment, by=released.legal)
    assert isinstance(answer, Enrolment)
    assert (answer.state, codes(answer)) == (EnrolmentState.REFUSED, ["enrolment-rejected"])
    assert not Still.objects.exists()
    assert not ProposedFace.objects.exists()


def test_four_pictures_are_too_few(released: People) -> None:
    asked = enrolling.enrol(released.idris, Pictures(stills=pictures("idris")[:4]), by=released.producer)
    assert codes(asked) == ["stills-too-few"]


def test_a_face_agrees_with_the_one_confirmed_before_or_is_refused(released: People) -> None:
    confirmed(released, released.idris, "idris")
    assert codes(sent(released, released.idris, "mara")) == ["stills-disagree"]
    assert sent(released, released.idris, "idris").state == EnrolmentState.MEASURED


def test_a_face_that_looks_like_another_performers_says_whose(released: People) -> None:
    confirmed(released, released.anselm, "anselm")
    enrolment = sent(released, released.idris, "anselm")
    assert ProposedFace.objects.get(pk=enrolment.pk).looks_like == [str(released.anselm.pk)]
    assert codes(enrolling.confirm(enrolment, by=released.idris_person)) == ["looks-like-another"]
    page = as_(released.legal).get(f"/enrolments/{enrolment.pk}").content.decode()
    assert "Looks like another performer" in page
    assert "Anselm Orr" in page


def test_a_clip_becomes_its_sharpest_frames(released: People, performers: Path) -> None:
    clip = (performers / "idris_training.mp4").read_bytes()
    enrolment = measured(enrolling.enrol(released.idris, Pictures(clip=clip), by=released.producer))
    assert (enrolment.state, enrolment.way, enrolment.stills.count()) == (EnrolmentState.MEASURED, "clip", 6)
    assert all(bytes(still.picture).startswith(b"\xff\xd8") for still in enrolment.stills.all())


@pytest.mark.parametrize(
    ("clip", "code", "says"),
    [
        ("anselm_plate", "poses-missing", "turn your head to the left"),
        ("two_shot_plate", "several-faces", "2 faces"),
        (None, "not-a-video", ""),
    ],
)
def test_a_clip_that_does_not_do_says_why(
    released: People, performers: Path, clip: str | None, code: str, says: str
) -> None:
    data = (performers / f"{clip}.mp4").read_bytes() if clip else b"no film"
    enrolment = measured(enrolling.enrol(released.anselm, Pictures(clip=data), by=released.producer))
    assert codes(enrolment) == [code]
    assert says in enrolment.refusal[0]["asked"]
    assert enrolment.stills.count() == 0


def test_an_unreadable_picture_is_refused(released: People) -> None:
    stills = [*pictures("idris"), b"no picture"]
    enrolment = measured(enrolling.enrol(released.idris, Pictures(stills=stills), by=released.producer))
    assert codes(enrolment) == ["still-unreadable"]


def test_performers_need_the_passcode_of_the_day_and_may_then_confirm_themselves(released: People) -> None:
    me = released.idris_person
    assert codes(sent(released, released.idris, "idris", by=me)) == ["passcode-stale"]
    passcode = consents.make_passcode(released.idris, by=me, now=timezone.now())
    wrong = "000 000" if passcode != "000 000" else "111 111"
    assert codes(sent(released, released.idris, "idris", by=me, passcode=wrong)) == ["passcode-wrong"]
    enrolment = sent(released, released.idris, "idris", by=me, passcode=passcode)
    assert (enrolment.state, enrolment.own) == (EnrolmentState.MEASURED, True)
    assert isinstance(enrolling.confirm(enrolment, by=me), Enrolment)
    assert codes(sent(released, released.idris, "idris", by=me, passcode=passcode)) == ["passcode-stale"]


def test_whoever_came_in_by_an_invitation_sends_no_pictures_as_the_performer(released: People) -> None:
    """Before a second person has looked at who they are; what the crew sends is as it was."""
    with transaction.atomic():
        subject = f"performer:{released.idris.pk}"
        honest.append(EntryKind.PERFORMER_INVITED, subject=subject, actor=f"person:{released.producer.pk}")
    passcode = consents.make_passcode(released.idris, by=released.idris_person, now=timezone.now())
    refused = sent(released, released.idris, "idris", by=released.idris_person, passcode=passcode)
    assert codes(refused) == ["identity-not-confirmed"]
    assert sent(released, released.idris, "idris").state == EnrolmentState.MEASURED


def test_a_producers_upload_takes_no_passcode_and_proves_nothing_by_one(released: People) -> None:
    passcode = consents.make_passcode(released.idris, by=released.idris_person, now=timezone.now())
    enrolment = sent(released, released.idris, "idris", passcode=passcode)
    assert (enrolment.state, enrolment.own) == (EnrolmentState.MEASURED, False)
    assert codes(enrolling.confirm(enrolment, by=released.producer)) == ["same-person"]


def test_a_face_of_another_recogniser_is_compared_with_nothing_and_legal_is_told(
    released: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    confirmed(released, released.idris, "idris")
    monkeypatch.setenv(recognisers.VARIABLE, "sface-2021dec-int8-mirrored")
    page = as_(released.legal).get("/legal").content.decode()
    assert "Enrol again:" in page
    assert "Idris Vane" in page
    confirmed(released, released.idris, "idris")
    assert "Enrol again:" not in as_(released.legal).get("/legal").content.decode()


def api(who: Person, path: str, **data: Any) -> Any:
    headers = {"Authorization": f"Token {AuthToken.objects.create(user=who)[1]}"}
    return Client().post(path, data, headers=headers)


def files(name: str) -> list[SimpleUploadedFile]:
    return [SimpleUploadedFile(f"{n}.jpg", data, "image/jpeg") for n, data in enumerate(pictures(name))]


def test_api_enrols_and_confirms_by_two_people(released: People) -> None:
    base = f"/api/productions/{released.production.pk}/performers/{released.idris.pk}/enrolments"
    asked = api(released.producer, base, stills=files("idris"))
    assert (asked.status_code, asked.json()["state"], asked.json()["own"]) == (202, "waiting", False)
    pk = asked.json()["id"]
    tasks.enrol(pk)
    assert api(released.producer, f"/api/enrolments/{pk}/confirm").status_code == 403
    assert api(released.legal, f"/api/enrolments/{pk}/confirm").json()["state"] == "done"
    again = api(released.legal, f"/api/enrolments/{pk}/confirm")
    assert (again.status_code, again.json()["reasons"][0]["code"]) == (409, ReasonCode.WRONG_STATE)


def test_api_of_the_performer_tells_a_passcode_and_takes_it(released: People) -> None:
    me = released.idris_person
    told = api(me, "/api/me/passcode")
    assert told.status_code == 201
    assert api(released.producer, "/api/me/passcode").status_code == 404
    refused = api(me, "/api/me/enrolments", stills=files("idris"), passcode="no digits")
    assert (refused.status_code, refused.json()["reasons"][0]["code"]) == (409, ReasonCode.PASSCODE_WRONG)
    asked = api(me, "/api/me/enrolments", stills=files("idris"), passcode=told.json()["passcode"])
    assert (asked.status_code, asked.json()["own"]) == (202, True)


def test_api_takes_pictures_or_a_clip_and_not_both(released: People) -> None:
    base = f"/api/productions/{released.production.pk}/performers/{released.idris.pk}/enrolments"
    clip = SimpleUploadedFile("clip.mp4", b"film", "video/mp4")
    assert api(released.producer, base).status_code == 400
    assert api(released.producer, base, stills=files("idris"), clip=clip).status_code == 400


def test_pages_lead_from_pictures_to_confirmation(released: People) -> None:
    page = as_(released.producer)
    where = f"/productions/{released.production.pk}/performers/{released.idris.pk}/stills"
    assert page.post(where, {"stills": files("idris")}).status_code == 302
    enrolment = measured(Enrolment.objects.get())
    legal = as_(released.legal)
    assert f"/enrolments/{enrolment.pk}" in legal.get("/legal").content.decode()
    assert legal.get(f"/enrolments/{enrolment.pk}/stills/1.jpg")["Content-Type"] == "image/jpeg"
    assert legal.get(f"/enrolments/{enrolment.pk}/stills/9.jpg").status_code == 404
    assert legal.post(f"/enrolments/{enrolment.pk}/confirm").status_code == 302
    assert "Confirmed by Lena Legal" in legal.get(f"/enrolments/{enrolment.pk}").content.decode()
    assert legal.get(f"/enrolments/{enrolment.pk}/stills/1.jpg").status_code == 404
    assert legal.post(f"/enrolments/{enrolment.pk}/reject").status_code == 409


def test_performers_page_shows_the_passcode_once(released: People) -> None:
    me = as_(released.idris_person)
    told = me.post("/me/face/passcode").content.decode()
    assert "Your passcode is" in told
    assert "Your passcode is" not in me.get("/me/face").content.decode()
    assert as_(released.producer).post("/me/face/passcode").status_code == 404


def test_the_ledger_names_nobody_by_name_in_an_enrolment(released: People) -> None:
    confirmed(released, released.idris, "idris")
    from provenance import ledger

    ledger.sequence()
    assert not [entry for entry in ledger.entries() if "Idris" in entry.canonical]


def test_templates_of_the_house_are_opened_for_the_comparison_alone(released: People) -> None:
    confirmed(released, released.anselm, "anselm")
    enrolment = enrolling.enrol(released.idris, Pictures(stills=pictures("idris")), by=released.producer)
    claimed = examination.claim_enrolment(enrolment.pk)
    assert claimed is not None
    with keyring.reading(f"enrolment:{claimed.pk}", task="enrol", attempt=claimed.attempt):
        before, others = examination.faces_known(claimed)
    assert (before, list(others)) == (None, [str(released.anselm.pk)])
