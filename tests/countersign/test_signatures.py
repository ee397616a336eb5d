"""Signing on the platform, through its doors: read first, then the passkey, then the platform's seal."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from knox.models import AuthToken

from consent import sealing, services as consents
from consent.models import Assertion, ConsentRecord
from consent.types import ConsentState, Way
from countersign import documents
from countersign.accounts.models import Person
from countersign.demo.authenticator import Authenticator, Lies
from countersign.outgoing import Answer, OutgoingError
from countersign.runs import sealing as worker
from countersign.runs.models import Dispatch
from tests import passkeys, people as setup
from tests.people import People


@pytest.fixture(autouse=True)
def _sealing_key() -> None:
    documents.make(Path(settings.KEYS), now=datetime.now(UTC))


@pytest.fixture
def phone(people: People) -> Authenticator:
    device = passkeys.given(people.idris_person)
    passkeys.confirmed(people.idris, by=people.legal)
    return device


def offered(people: People, **changes: Any) -> ConsentRecord:
    """A real document, offered to Idris."""
    told = {"disclosure": "A line in the closing credits says so."}
    agreed = setup.terms(people.production, people.idris, **{**told, **changes})
    names = consents.Offer.__slots__
    proposal = consents.Offer(**{name: getattr(agreed, name) for name in names})
    return consents.draft(people.production, performer=people.idris, offer=proposal, by=people.producer)


def by(person: Person) -> dict[str, str]:
    return {"Authorization": f"Token {AuthToken.objects.create(user=person)[1]}"}


def read(row: ConsentRecord, headers: dict[str, str], version: str = "offered") -> None:
    assert Client().get(f"/api/consents/{row.pk}/document?version={version}", headers=headers).status_code == 200


def post(path: str, body: Any, headers: dict[str, str]) -> Any:
    return Client().post(f"/api/consents/{path}", body, content_type="application/json", headers=headers)


def signed(row: ConsentRecord, phone: Authenticator, headers: dict[str, str], *also: ConsentRecord) -> Any:
    """Read, ask, sign; the last answer."""
    with_ = {"also": [str(one.pk) for one in also]}
    for one in (row, *also):
        read(one, headers)
    shown = post(f"{row.pk}/shown", with_, headers).json()
    asked = post(f"{row.pk}/signature/options", {**with_, "shown_sha256": shown["shown_sha256"]}, headers).json()
    answer = {"ceremony": asked["ceremony"], "credential": phone.get(asked["options"]), **with_}
    return post(f"{row.pk}/signature", answer, headers)


def code(answer: Any) -> str:
    assert answer.status_code in (409, 422), answer.content
    return str(answer.json()["reasons"][0]["code"])


def test_signed_by_the_api_sealed_by_the_worker_approved_by_passkey(people: People, phone: Authenticator) -> None:
    row, idris, lena = offered(people), by(people.idris_person), by(people.legal)
    assert signed(row, phone, idris).json()[0]["state"] == "signed"
    assert Dispatch.objects.get(subject=row.pk).task == "seal"
    worker.seal(str(row.pk))
    row.refresh_from_db()
    assert (row.state, row.way) == (ConsentState.VERIFIED, Way.PASSKEY)
    assert Dispatch.objects.get(subject=row.pk).done_at
    root = documents.root(Path(settings.KEYS))
    sealing.read(bytes(row.signed_pdf), root=root, stamp_roots=b"", now=datetime.now(UTC))
    laptop = passkeys.given(people.legal)
    assert code(post(f"{row.pk}/approve", {}, lena)) == "passkey-needed"
    asked = post(f"{row.pk}/approve/options", {}, lena).json()
    answer = {"ceremony": asked["ceremony"], "credential": laptop.get(asked["options"])}
    assert post(f"{row.pk}/approve", answer, lena).json()["state"] == "active"


def test_what_was_not_opened_is_not_signed(people: People, phone: Authenticator) -> None:
    row, idris = offered(people), by(people.idris_person)
    shown = post(f"{row.pk}/shown", {}, idris).json()
    wish = {"shown_sha256": shown["shown_sha256"]}
    assert code(post(f"{row.pk}/signature/options", wish, idris)) == "document-not-opened"
    read(row, by(people.producer))  # another's reading is not the performer's
    assert code(post(f"{row.pk}/signature/options", wish, idris)) == "document-not-opened"


def test_page_that_shows_what_no_longer_is_gets_no_question(people: People, phone: Authenticator) -> None:
    row, idris = offered(people), by(people.idris_person)
    read(row, idris)
    assert code(post(f"{row.pk}/signature/options", {"shown_sha256": "0" * 64}, idris)) == "other-shown"


def test_document_changed_between_question_and_answer_is_not_signed(people: People, phone: Authenticator) -> None:
    row, idris = offered(people), by(people.idris_person)
    read(row, idris)
    shown = post(f"{row.pk}/shown", {}, idris).json()
    asked = post(f"{row.pk}/signature/options", {"shown_sha256": shown["shown_sha256"]}, idris).json()
    ConsentRecord.objects.filter(pk=row.pk).update(offered_pdf=bytes(row.offered_pdf) + b"\n%")
    answer = {"ceremony": asked["ceremony"], "credential": phone.get(asked["options"])}
    assert code(post(f"{row.pk}/signature", answer, idris)) == "other-shown"
    assert not Assertion.objects.exists()


def test_answer_counts_once_and_for_its_own_consent(people: People, phone: Authenticator) -> None:
    row, other, idris = offered(people), offered(people), by(people.idris_person)
    for one in (row, other):
        read(one, idris)
    shown = post(f"{row.pk}/shown", {}, idris).json()
    asked = post(f"{row.pk}/signature/options", {"shown_sha256": shown["shown_sha256"]}, idris).json()
    answer = {"ceremony": asked["ceremony"], "credential": phone.get(asked["options"])}
    assert code(post(f"{other.pk}/signature", answer, idris)) == "other-shown"
    assert code(post(f"{row.pk}/signature", answer, idris)) == "challenge-spent"


def test_passkey_without_user_verification_signs_nothing(people: People, phone: Authenticator) -> None:
    row, idris = offered(people), by(people.idris_person)
    read(row, idris)
    shown = post(f"{row.pk}/shown", {}, idris).json()
    asked = post(f"{row.pk}/signature/options", {"shown_sha256": shown["shown_sha256"]}, idris).json()
    answer = {"ceremony": asked["ceremony"], "credential": phone.get(asked["options"], Lies(verified=False))}
    assert code(post(f"{row.pk}/signature", answer, idris)) == "not-user-verified"


def test_two_are_signed_by_one_answer(people: People, phone: Authenticator) -> None:
    one, two = offered(people), offered(people)
    answer = signed(one, phone, by(people.idris_person), two)
    assert {row["id"] for row in answer.json()} == {str(one.pk), str(two.pk)}


def test_nobody_is_asked_whose_passkey_does_not_count(people: People) -> None:
    row, idris = offered(people), by(people.idris_person)
    read(row, idris)
    wish = {"shown_sha256": post(f"{row.pk}/shown", {}, idris).json()["shown_sha256"]}
    assert code(post(f"{row.pk}/signature/options", wish, idris)) == "passkey-unknown"
    passkeys.given(people.idris_person)
    assert code(post(f"{row.pk}/signature/options", wish, idris)) == "identity-not-confirmed"


def test_withdrawn_with_a_passkey_or_without(people: People, phone: Authenticator) -> None:
    with_, without, idris = offered(people), offered(people), by(people.idris_person)
    asked = post(f"{with_.pk}/withdraw/options", {}, idris).json()
    answer = {"ceremony": asked["ceremony"], "credential": phone.get(asked["options"]), "reason": ""}
    assert post(f"{with_.pk}/withdraw", answer, idris).json()["state"] == "withdrawn"
    assert Assertion.objects.get().purpose == "withdraw"
    assert post(f"{without.pk}/withdraw", {"reason": ""}, idris).json()["state"] == "withdrawn"


def test_authority_that_is_away_keeps_the_seal_waiting(
    people: People, phone: Authenticator, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    row = offered(people)
    signed(row, phone, by(people.idris_person))
    settings.TSA_URL = "http://tsa.invalid"

    def away(*_: Any, **__: Any) -> Answer:
        raise OutgoingError("tsa.invalid could not be asked")

    monkeypatch.setattr("countersign.outgoing.post", away)
    worker.seal(str(row.pk))
    row.refresh_from_db()
    assert row.state == ConsentState.SIGNED
    waiting = Dispatch.objects.get(subject=row.pk)
    assert waiting.done_at is None
    monkeypatch.setattr("countersign.outgoing.post", lambda *_, **__: Answer(status=500, body=b""))
    worker.seal(str(row.pk))
    settings.TSA_URL = ""
    worker.seal(str(row.pk))
    row.refresh_from_db()
    assert row.state == ConsentState.VERIFIED


def test_pages_from_reading_to_the_signature(people: People, phone: Authenticator, client: Client) -> None:
    row = offered(people)
    client.force_login(people.idris_person)
    page = client.get(f"/consents/{row.pk}/sign").content.decode()
    assert "What may be made" in page
    saw = re.search(r'name="saw" value="([0-9a-f]{64})"', page)
    assert saw
    wish = {"saw": saw[1]}
    early = client.post(f"/consents/{row.pk}/sign/options", wish)
    assert "Open the document, read it" in early.json()["detail"]
    assert client.get(f"/consents/{row.pk}/offered.pdf").status_code == 200
    asked = client.post(f"/consents/{row.pk}/sign/options", wish).json()
    answer = {"ceremony": asked["ceremony"], "credential": phone.get(asked["options"])}
    assert client.post(f"/consents/{row.pk}/sign", answer).status_code == 302
    again = client.post(f"/consents/{row.pk}/sign", answer)
    assert again.status_code == 409
    assert client.get(f"/consents/{row.pk}").status_code == 200


def test_approval_on_the_page_needs_the_passkey_where_there_is_one(people: People, client: Client) -> None:
    row = setup.consent(people, people.idris, ConsentState.VERIFIED)
    client.force_login(people.legal)
    assert "data-passkey" not in client.get(f"/consents/{row.pk}").content.decode()
    laptop = passkeys.given(people.legal)
    assert "data-passkey" in client.get(f"/consents/{row.pk}").content.decode()
    assert client.post(f"/consents/{row.pk}/approve").status_code == 409
    asked = client.post(f"/consents/{row.pk}/approve/options").json()
    answer = {"ceremony": asked["ceremony"], "credential": laptop.get(asked["options"])}
    assert client.post(f"/consents/{row.pk}/approve", answer).status_code == 302


def test_installation_may_demand_passkeys_of_all_who_approve(people: People, client: Client, settings: Any) -> None:
    settings.APPROVALS_NEED_PASSKEY = True
    row = setup.consent(people, people.idris, ConsentState.VERIFIED)
    client.force_login(people.legal)
    assert client.post(f"/consents/{row.pk}/approve").status_code == 409
    assert "own way in" not in client.post(f"/consents/{row.pk}/approve/options").json()["detail"]


def test_sealing_key_is_made_once_and_renewed_in_time(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    documents.make(tmp_path, now=now)
    first, root = documents.sealer(tmp_path), documents.root(tmp_path)
    documents.make(tmp_path, now=now)
    assert documents.sealer(tmp_path) == first
    documents.make(tmp_path, now=now + documents.RENEWED_AFTER)
    assert documents.sealer(tmp_path) != first
    assert documents.root(tmp_path) == root
    assert (tmp_path / "documents" / "signer.pem").stat().st_mode & 0o077 == 0
