"""What people read, and what their forms do; how it looks and moves is tested in a browser (tests/e2e)."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from consent.models import ConsentRecord
from consent.types import ConsentState, Matter
from countersign.accounts import signing_in
from countersign.accounts.models import Person
from countersign.pages import words
from countersign.runs.models import Footage, FootageState, Run, RunState
from provenance import ledger
from provenance.models import LedgerEntry
from provenance.types import EntryKind
from tests import people as setup
from tests.countersign.conftest import Things
from tests.people import People

REFUSED = [
    {
        "code": "scene-not-allowed",
        "sentence": "Idris Vane has not consented to Scene 30.",
        "asked": "Scene 30",
        "allowed": "Scene 12",
        "remedy": "Offer a consent that names Scene 30.",
    },
    {"code": "no-consent", "sentence": "Nobody asked Anselm Orr.", "asked": "", "allowed": "", "remedy": ""},
]


def as_(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def text(response: Any) -> str:
    """What is read on a page: no tags, single spaces."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_every_kind_of_entry_and_every_state_has_words() -> None:
    assert {kind.value for kind in EntryKind} == set(words.ENTRIES)
    assert {state.value for state in ConsentState} == set(words.CONSENT_STATES)


def test_signing_in_leads_where_one_was_going_and_never_off_the_site(people: People) -> None:
    setup.give_password(people.producer)
    form = {"email": people.producer.email, "password": setup.PASSWORD}
    assert Client().post("/sign-in", {**form, "next": "/ledger"}).headers["Location"] == "/ledger"
    assert Client().post("/sign-in", {**form, "next": "https://evil.example"}).headers["Location"] == "/home"
    ledger.sequence()
    assert LedgerEntry.objects.filter(kind=EntryKind.PERSON_SIGNED_IN, subject=f"person:{people.producer.pk}").exists()


def test_wrong_password_is_told_without_telling_who_exists(people: People) -> None:
    setup.give_password(people.producer)
    known = Client().post("/sign-in", {"email": people.producer.email, "password": "wrong"})
    unknown = Client().post("/sign-in", {"email": "nobody@example.org", "password": "wrong"})
    sentence = "The e-mail address and the password do not match."
    assert sentence in text(known)
    assert sentence in text(unknown)


def test_sixth_try_is_refused_even_with_the_right_password(people: People) -> None:
    setup.give_password(people.producer)
    for _ in range(signing_in.TRIES):
        Client().post("/sign-in", {"email": people.producer.email, "password": "wrong"})
    answer = Client().post("/sign-in", {"email": people.producer.email, "password": setup.PASSWORD})
    assert answer.status_code == 429
    assert "wait 15 minutes" in text(answer)


@pytest.mark.parametrize("path", ["/sign-out", "/sign-in", "/verify"])
def test_forms_without_their_token_are_not_taken(people: People, path: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(people.producer)
    assert client.post(path, {"email": "a@b.c", "password": "x"}).status_code == 403


def test_upload_without_its_token_is_not_taken(people: People) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(people.producer)
    path = f"/productions/{people.production.pk}/footage/new"
    answer = client.post(path, {"title": "x", "file": SimpleUploadedFile("x.mp4", b"1")})
    assert answer.status_code == 403
    assert not Footage.objects.exists()


def test_producer_offers_a_consent_from_the_form(people: People) -> None:
    producer, path = as_(people.producer), f"/productions/{people.production.pk}/consents/new"
    form = producer.get(path).context["form"]
    fields = {name: form[name].value() for name in form.fields}
    filled = {
        **{name: value for name, value in fields.items() if value is not None},
        "performer": str(people.idris.pk),
        "parts": ["likeness"],
        "description": "My face is shown on the stunt double in the quay scene.",
        "scenes": "Scene 12\n\nScene 14\nScene 12",
        "territories": ["GB"],
    }
    answer = producer.post(path, filled)
    assert answer.status_code == 302, text(answer)
    record = ConsentRecord.objects.get(matter=Matter.REPLICA)
    beside = ConsentRecord.objects.get(matter=Matter.BIOMETRIC_RELEASE)
    assert (beside.performer, beside.state) == (record.performer, ConsentState.OFFERED)
    assert record.terms["scenes"] == ["Scene 12", "Scene 14"]
    assert record.state == ConsentState.OFFERED
    document = producer.get(f"/consents/{record.pk}/offered.pdf")
    assert document.content.startswith(b"%PDF-")
    assert document["X-Content-Type-Options"] == "nosniff"


def test_consent_that_ends_before_it_begins_is_sent_back(people: People) -> None:
    path = f"/productions/{people.production.pk}/consents/new"
    answer = as_(people.producer).post(path, {"valid_from": "2027-01-02", "valid_until": "2027-01-01"})
    assert "must end after it begins" in text(answer)


def test_legal_sees_what_was_verified_and_approves(people: People) -> None:
    record = setup.consent(people, people.idris, ConsentState.VERIFIED)
    legal = as_(people.legal)
    assert "Idris Vane" in text(legal.get("/legal"))
    page = text(legal.get(f"/consents/{record.pk}"))
    assert "covers the whole document" in page
    assert "Approve this consent" in page
    legal.post(f"/consents/{record.pk}/approve")
    record.refresh_from_db()
    assert record.state == ConsentState.ACTIVE


def test_producer_is_told_in_words_that_approval_is_legals(people: People) -> None:
    record = setup.consent(people, people.idris, ConsentState.VERIFIED)
    answer = as_(people.producer).post(f"/consents/{record.pk}/approve")
    assert answer.status_code == 403
    assert "This is for the legal of The Long Harbour; you are its producer." in text(answer)


def test_document_that_is_not_signed_is_refused_on_a_page(people: People) -> None:
    record = setup.consent(people, people.idris, ConsentState.OFFERED)
    sent = {"document": SimpleUploadedFile("consent.pdf", b"not a pdf")}
    answer = as_(people.producer).post(f"/consents/{record.pk}/signed-document", sent)
    assert answer.status_code == 422
    assert "What to do" in text(answer)


def test_refused_run_says_what_was_asked_what_is_allowed_and_what_to_do(people: People, things: Things) -> None:
    run = setup.run(
        people, things.footage, things.plate, state=RunState.REFUSED, sealed_grant="", reasons=REFUSED, title="Refused"
    )
    page = text(as_(people.producer).get(f"/runs/{run.pk}"))
    for part in ("Idris Vane has not consented to Scene 30.", "Scene 12", "Offer a consent that names Scene 30."):
        assert part in page
    assert "scene-not-allowed" not in page, "never a code alone"


def test_producer_starts_a_run_from_the_form(people: People, things: Things) -> None:
    for performer in (people.idris, people.anselm):
        setup.release(people, performer)
    path = f"/productions/{people.production.pk}/runs/new"
    filled = {
        "title": "Quay, take 4",
        "likeness": people.idris.pk,
        "footage": things.footage.pk,
        "plate_performer": people.anselm.pk,
        "plate": things.plate.pk,
        "scene": "Scene 12",
        "medium": "cinema",
        "territories": ["GB"],
        "output_class": "feature",
        "languages": "en, en",
        "contexts": ["weapons"],
        "seconds": 30,
    }
    answer = as_(people.producer).post(path, filled)
    run = Run.objects.get(title="Quay, take 4")
    assert answer.headers["Location"] == f"/runs/{run.pk}"
    assert run.state == RunState.GRANTED
    assert run.parameters["seconds"] == 30
    assert (run.output_class, run.languages, run.contexts) == ("feature", ["en"], ["weapons"])
    assert run.parameters["declared"]["contexts"] == ["weapons"], "the grant names what was declared"


def test_running_line_is_polled_and_a_finished_one_reloads_its_page(people: People, things: Things) -> None:
    going = setup.run(people, things.footage, things.plate, state=RunState.TRAINING, stage="train", progress=0.4)
    producer = as_(people.producer)
    answer = producer.get(f"/runs/{going.pk}/progress")
    assert "hx-trigger" in answer.content.decode()
    assert "40 %" in text(answer)
    finished = producer.get(f"/runs/{things.run.pk}/progress")
    assert "hx-trigger" not in finished.content.decode()
    assert finished["HX-Refresh"] == "true"


def test_stop_ends_a_run(people: People, things: Things) -> None:
    going = setup.run(people, things.footage, things.plate, state=RunState.TRAINING, stage="train")
    as_(people.producer).post(f"/runs/{going.pk}/stop")
    going.refresh_from_db()
    assert going.state == RunState.STOPPED


def test_empty_clip_is_refused_and_kept_in_words(people: People) -> None:
    artist = as_(people.artist)
    sent = {"title": "Nothing", "file": SimpleUploadedFile("e.mp4", b"", "video/mp4")}
    answer = artist.post(f"/productions/{people.production.pk}/footage/new", sent, follow=True)
    assert "This clip was refused" in text(answer)
    assert Footage.objects.get().state == FootageState.REFUSED


def test_too_large_a_clip_gets_a_page_in_words(people: People, settings: Any) -> None:
    settings.FOOTAGE_MAX_BYTES = 1000
    sent = {"title": "Long", "file": SimpleUploadedFile("l.mp4", b"0" * 200_000, "video/mp4")}
    answer = as_(people.artist).post(f"/productions/{people.production.pk}/footage/new", sent)
    assert answer.status_code == 413
    assert "the limit here is" in text(answer)


def test_performer_sees_uses_and_withdraws_in_two_clicks(people: People, things: Things) -> None:
    idris = as_(people.idris_person)
    page = text(idris.get("/me"))
    assert "Quay, take 3" in page
    assert "The Long Harbour" in page
    asked = text(idris.get(f"/consents/{things.consent.pk}/withdraw"))
    assert "What will happen" in asked
    idris.post(f"/consents/{things.consent.pk}/withdraw", {"reason": ""})
    things.consent.refresh_from_db()
    assert things.consent.state == ConsentState.WITHDRAWN
    assert "Published; consent since withdrawn" in text(idris.get("/me"))


def test_public_status_says_whether_consent_stands_and_names_nobody(people: People, things: Things) -> None:
    address = f"/outputs/{things.output.pk}/status"
    before = Client().get(address).json()
    assert before["stands"] is True
    as_(people.idris_person).post(f"/consents/{things.consent.pk}/withdraw", {"reason": ""})
    after = Client().get(address)
    assert after.json()["stands"] is False
    assert Client().get(f"/status/{things.consent.pk}").json()["stands"] is False
    for name in ("Idris", "Anselm", "Harbour", "Quay"):
        assert name not in after.content.decode()


def test_ledger_tells_refusals_in_words_and_finds_by_name(people: People, things: Things) -> None:
    setup.entry(EntryKind.RUN_REFUSED, f"run:{things.run.pk}", f"person:{people.producer.pk}", reasons=["no-consent"])
    setup.entry(EntryKind.FOOTAGE_ADDED, f"footage:{things.plate.pk}", "worker:examine")
    legal = as_(people.legal)
    page = text(legal.get("/ledger"))
    assert "Run refused" in page
    assert "No consent" in page
    assert "Petra Producer" in page
    found = legal.get("/ledger?text=quay").context["lines"]
    assert {told.what for told in found} == {"Run refused", "Footage added", "Footage examined for faces"}
    only = legal.get("/ledger?kind=run:refused").context["lines"]
    assert [told.refused for told in only] == [True]
    assert "Verified just now." in text(legal.get("/ledger/verification"))
