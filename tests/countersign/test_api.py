"""Everything up to a granted or refused run, over HTTP alone, with documents signed by real keys."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from consent import pades, pki
from consent.types import ConsentState, ReasonCode
from countersign.accounts import signing_in
from countersign.accounts.models import Person
from countersign.runs.models import Footage, FootageState
from tests import people as setup
from tests.countersign.conftest import Things
from tests.people import People

NOW = datetime.now(UTC).replace(microsecond=0)


class Program:
    """A program that signed in for somebody and speaks JSON."""

    def __init__(self, person: Person) -> None:
        setup.give_password(person)
        self.client = Client()
        body = {"email": person.email, "password": setup.PASSWORD}
        answer = self.client.post("/api/tokens", body, content_type="application/json")
        assert answer.status_code == 201, answer.content
        self.headers = {"Authorization": f"Token {answer.json()['token']}"}

    def get(self, path: str) -> Any:
        return self.client.get(f"/api/{path}", headers=self.headers)

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return self.client.post(f"/api/{path}", body or {}, content_type="application/json", headers=self.headers)

    def upload(self, path: str, **fields: Any) -> Any:
        return self.client.post(f"/api/{path}", fields, headers=self.headers)

    def put(self, path: str, **fields: Any) -> Any:
        """Multipart, which Django's test client only makes for POST."""
        return self.client.post(f"/api/{path}", fields, headers=self.headers, REQUEST_METHOD="PUT")


def file(name: str, content: bytes, kind: str = "application/octet-stream") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, kind)


def offer(performer: str, **changes: Any) -> dict[str, Any]:
    return {
        "performer": performer,
        "parts": ["likeness"],
        "description": "The face of the performer is shown on the stunt double in the quay scene.",
        "scenes": ["Scene 12"],
        "territories": ["GB"],
        "media": ["cinema"],
        "valid_from": NOW.isoformat(),
        "valid_until": (NOW + timedelta(days=90)).isoformat(),
        "max_runs": 3,
        "max_screen_seconds": 60,
        "training_allowed": True,
        "biometric_release": True,
        **changes,
    }


def order(people: People, things: Things, **changes: Any) -> dict[str, Any]:
    return {
        "title": "Quay, take 4",
        "likeness": str(people.idris.pk),
        "plate_performer": str(people.anselm.pk),
        "footage": str(things.footage.pk),
        "plate": str(things.plate.pk),
        "scene": "Scene 12",
        "medium": "cinema",
        "territories": ["GB"],
        **changes,
    }


@pytest.mark.child
def test_consent_is_drafted_signed_uploaded_approved_and_withdrawn(people: People, keys_folder: Path) -> None:
    registry = pki.Authority.make("Performers' Registry", now=NOW)
    (keys_folder / "consent-roots.pem").write_bytes(registry.trust(now=NOW))
    mara = registry.issue("Mara Quist", now=NOW)
    producer, legal = Program(people.producer), Program(people.legal)
    base = f"productions/{people.production.pk}"

    performer = producer.post(f"{base}/performers", {"name": "Mara Quist"}).json()
    bound = legal.put(f"{base}/performers/{performer['id']}/certificate", certificate=file("m.pem", mara.certificate))
    assert bound.json()["certificate_bound"] is True

    consent = producer.post(f"{base}/consents", offer(performer["id"])).json()
    assert consent["state"] == ConsentState.OFFERED
    document = producer.get(f"consents/{consent['id']}/document")
    assert document["Content-Type"] == "application/pdf"

    signed = pades.sign(document.content, key=mara.key, certificate=mara.certificate, chain=registry.root)
    verified = producer.put(f"consents/{consent['id']}/document", document=file("signed.pdf", signed))
    assert (verified.status_code, verified.json()["state"]) == (200, ConsentState.VERIFIED)
    assert legal.post(f"consents/{consent['id']}/approve").json()["state"] == ConsentState.ACTIVE
    assert legal.get(f"consents/{consent['id']}/document").content == signed

    withdrawn = legal.post(f"consents/{consent['id']}/withdraw", {"reason": "She rang us."})
    assert (withdrawn.status_code, withdrawn.json()["state"]) == (200, ConsentState.WITHDRAWN)


@pytest.mark.parametrize(
    ("content", "code"), [(b"", "file-empty"), (b"hello", "not-a-pdf"), (None, "not-signed")], ids=str
)
def test_document_that_is_no_signed_consent_is_refused_with_reasons(
    people: People, keys_folder: Path, content: bytes | None, code: str
) -> None:
    producer = Program(people.producer)
    made = producer.post(f"productions/{people.production.pk}/consents", offer(str(people.idris.pk))).json()
    offered = producer.get(f"consents/{made['id']}/document").content
    sent = file("c.pdf", offered if content is None else content)
    answer = producer.put(f"consents/{made['id']}/document", document=sent)
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    assert code in [reason["code"] for reason in answer.json()["reasons"]]
    assert all(reason["sentence"] for reason in answer.json()["reasons"])


def test_approving_too_early_is_refused_as_a_conflict(people: People) -> None:
    consent = setup.consent(people, people.idris, ConsentState.OFFERED)
    answer = Program(people.legal).post(f"consents/{consent.pk}/approve")
    assert (answer.status_code, answer.json()["reasons"][0]["code"]) == (409, "wrong-state")


def test_run_is_granted_under_two_consents(people: People, things: Things) -> None:
    for performer in (people.idris, people.anselm):
        setup.release(people, performer)
    producer = Program(people.producer)
    answer = producer.post(f"productions/{people.production.pk}/runs", order(people, things))
    assert answer.status_code == 201, answer.content
    run = answer.json()
    assert run["open"] is True
    assert run["output"] is None
    stopped = producer.post(f"runs/{run['id']}/stop").json()
    assert (stopped["state"], stopped["open"]) == ("stopped", False)
    assert [reason["code"] for reason in stopped["reasons"]] == [ReasonCode.STOPPED_BY_PERSON]


def test_refused_run_lists_every_failing_term_and_stays(people: People, things: Things) -> None:
    producer = Program(people.producer)
    asked = order(people, things, scene="Scene 30", territories=["US"], medium="television")
    answer = producer.post(f"productions/{people.production.pk}/runs", asked)
    assert answer.status_code == 409
    problem = answer.json()
    codes = {reason["code"] for reason in problem["reasons"]}
    assert codes >= {"scene-not-allowed", "territory-not-allowed", "medium-not-allowed"}
    assert problem["run"]["state"] == "refused"
    assert producer.get(f"runs/{problem['run']['id']}").json()["reasons"] == problem["reasons"]


def test_same_clip_as_footage_and_plate_names_the_field(people: People, things: Things) -> None:
    asked = order(people, things, plate=str(things.footage.pk))
    answer = Program(people.producer).post(f"productions/{people.production.pk}/runs", asked)
    assert answer.status_code == 400
    assert "plate" in answer.json()["fields"]


def test_another_productions_clip_does_not_exist(people: People, things: Things) -> None:
    foreign = Footage.objects.create(
        production=people.stranger.memberships.get().production,
        title="Theirs",
        sha256="f" * 64,
        size=1,
        uploaded_by=people.stranger,
    )
    asked = order(people, things, plate=str(foreign.pk))
    answer = Program(people.producer).post(f"productions/{people.production.pk}/runs", asked)
    assert answer.status_code == 404


def test_footage_is_received_and_an_empty_one_is_refused(people: People, performers: Path) -> None:
    artist, base = Program(people.artist), f"productions/{people.production.pk}/footage"
    film = (performers / "mara_plate.mp4").read_bytes()
    received = artist.upload(base, title="Café", file=file("cafe.mp4", film, "video/mp4"))
    assert (received.status_code, received.json()["state"]) == (201, FootageState.RECEIVED)
    empty = artist.upload(base, title="Nothing", file=file("empty.mp4", b"", "video/mp4"))
    assert empty.status_code == 422
    assert empty.json()["footage"]["state"] == FootageState.REFUSED


def test_too_large_an_upload_is_refused_before_it_is_read(people: People, settings: Any) -> None:
    settings.FOOTAGE_MAX_BYTES = 1000
    answer = Program(people.artist).upload(
        f"productions/{people.production.pk}/footage", title="Long", file=file("long.mp4", b"0" * 200_000)
    )
    assert answer.status_code == 413
    assert "1000\xa0bytes" in answer.json()["detail"]


def test_stills_without_a_biometric_release_are_refused(people: People) -> None:
    mara = setup.performer(people.production.organisation, setup.person("Mara Quist"), "mara")
    stills = [file(f"{n}.jpg", setup.still("mara", n), "image/jpeg") for n in range(1, 6)]
    path = f"productions/{people.production.pk}/performers/{mara.pk}/enrolments"
    answer = Program(people.producer).upload(path, stills=stills)
    assert answer.status_code in (409, 422)
    assert answer.json()["reasons"][0]["code"] == "no-biometric-release"


def test_stills_under_a_release_wait_for_a_worker(people: People, things: Things) -> None:
    setup.release(people, people.idris)
    stills = [file(f"{n}.jpg", setup.still("idris", n), "image/jpeg") for n in range(1, 6)]
    producer, path = Program(people.producer), f"productions/{people.production.pk}/performers/{people.idris.pk}"
    answer = producer.upload(f"{path}/enrolments", stills=stills)
    assert (answer.status_code, answer.json()["state"]) == (202, "waiting")
    assert producer.get(f"{path}/enrolments/{answer.json()['id']}").json()["state"] == "waiting"


def test_fields_that_make_no_sense_are_named(people: People) -> None:
    wrong = offer(str(people.idris.pk), territories=["Atlantis"], valid_until=NOW.isoformat(), max_runs=0)
    answer = Program(people.producer).post(f"productions/{people.production.pk}/consents", wrong)
    assert answer.status_code == 400
    assert set(answer.json()["fields"]) >= {"territories", "max_runs"}


def test_a_performer_is_added_once(people: People) -> None:
    answer = Program(people.producer).post(f"productions/{people.production.pk}/performers", {"name": "Idris Vane"})
    assert answer.status_code == 400
    assert "name" in answer.json()["fields"]


def test_output_comes_whole_and_its_download_is_in_the_ledger(people: People, things: Things) -> None:
    idris = Program(people.idris_person)
    answer = idris.get(f"outputs/{things.output.pk}/content")
    assert b"".join(answer.streaming_content)[4:8] == b"ftyp"
    assert answer["Content-Disposition"].startswith("attachment")
    newest = idris.get("ledger").json()["entries"][0]
    assert (newest["kind"], newest["subject"]) == ("output:downloaded", f"output:{things.output.pk}")


def test_ledger_is_paged_filtered_and_verified(people: People, things: Things) -> None:
    producer = Program(people.producer)
    b"".join(producer.get(f"outputs/{things.output.pk}/content").streaming_content)
    everything = producer.get("ledger").json()["entries"]
    downloads = producer.get("ledger?kind=output:downloaded").json()["entries"]
    assert [entry["kind"] for entry in downloads] == ["output:downloaded"]
    assert producer.get(f"ledger?before={everything[0]['index']}").json()["entries"] == everything[1:]
    audit = producer.get("ledger/verification").json()
    assert audit["intact"] is True
    assert audit["head"] == everything[0]["chain"]


def test_token_dies_when_it_is_given_back(people: People) -> None:
    program = Program(people.producer)
    assert program.client.delete("/api/tokens", headers=program.headers).status_code == 204
    assert program.get("productions").status_code == 401


def test_guessing_passwords_is_slowed_down(people: People) -> None:
    setup.give_password(people.producer)
    guess = {"email": people.producer.email, "password": "wrong"}
    for _ in range(signing_in.TRIES):
        assert Client().post("/api/tokens", guess, content_type="application/json").status_code == 401
    right = {**guess, "password": setup.PASSWORD}
    assert Client().post("/api/tokens", right, content_type="application/json").status_code == 429


def test_schema_describes_every_address(db: None) -> None:
    schema = Client().get("/api/schema").json()
    assert {"/api/verify", "/api/productions/{id}/runs", "/api/tokens"} <= set(schema["paths"])
