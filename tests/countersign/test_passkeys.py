"""Passkeys of people: adding them is for whoever just signed in, and each question to one counts once."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from knox.models import AuthToken

from consent.assertion import Purpose
from consent.types import Reason, ReasonCode
from countersign.accounts import ceremonies, keyring, signing_in
from countersign.accounts.ceremonies import About
from countersign.accounts.models import Ceremony, Passkey, Person
from countersign.demo.authenticator import HONEST, Authenticator, Lies
from provenance import ledger
from provenance.models import LedgerEntry
from tests import passkeys, people as setup
from tests.people import People
from tests.refused import only


def entries(person: Person) -> list[tuple[str, Any]]:
    ledger.sequence()
    rows = LedgerEntry.objects.filter(subject=f"person:{person.pk}").order_by("index")
    return [(row.kind, json.loads(row.canonical)["body"]) for row in rows]


def sign_in(client: Client, device: Authenticator, *, email: str = "", lies: Lies = HONEST) -> int:
    asked = client.post("/sign-in/passkey/options", {"email": email}).json()
    answer = {"ceremony": asked["ceremony"], "credential": device.get(asked["options"], lies)}
    return client.post("/sign-in/passkey", answer).status_code


def test_added_passkey_signs_its_owner_in_and_stands_in_the_ledger(people: People, client: Client) -> None:
    device = passkeys.given(people.legal)
    assert sign_in(client, device) == 302
    assert client.session["_auth_user_id"] == str(people.legal.pk)
    digest = Passkey.objects.get().sha256
    assert entries(people.legal) == [
        ("person:passkey-added", {"passkey_sha256": digest}),
        ("person:signed-in", {"way": "passkey"}),
    ]


def test_passkey_is_found_by_the_address_too(people: People, client: Client) -> None:
    device = passkeys.given(people.idris_person, ed25519=True)
    asked = client.post("/sign-in/passkey/options", {"email": "IDRIS@example.org"}).json()
    assert len(asked["options"]["allowCredentials"]) == 1
    assert sign_in(client, device, email=people.idris_person.email) == 302


def test_nobody_learns_who_is_known_here(people: People, client: Client) -> None:
    passkeys.given(people.legal)
    for email in (people.legal.email, people.producer.email, "nobody@example.org"):
        first, again = (client.post("/sign-in/passkey/options", {"email": email}).json() for _ in range(2))
        (known,) = first["options"]["allowCredentials"]
        assert [known] == again["options"]["allowCredentials"]


def test_question_counts_once(people: People, client: Client) -> None:
    device = passkeys.given(people.legal)
    asked = client.post("/sign-in/passkey/options").json()
    answer = {"ceremony": asked["ceremony"], "credential": device.get(asked["options"])}
    assert client.post("/sign-in/passkey", answer).status_code == 302
    client.logout()
    again = client.post("/sign-in/passkey", answer)
    assert again.status_code == 401
    assert b"each question counts once" in again.content


def test_wrong_answer_spends_the_question(people: People, client: Client) -> None:
    device = passkeys.given(people.legal)
    asked = client.post("/sign-in/passkey/options").json()
    for lies, status in ((Lies(verified=False), 401), (Lies(), 401)):
        answer = {"ceremony": asked["ceremony"], "credential": device.get(asked["options"], lies)}
        assert client.post("/sign-in/passkey", answer).status_code == status


def test_question_expires(people: People) -> None:
    device = passkeys.device()
    asked = keyring.ask_new(people.legal, fresh=True)
    assert isinstance(asked, ceremonies.Asked)
    Ceremony.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    found = keyring.add(people.legal, asked.ceremony, response=device.create(asked.options), label="")
    assert only(found) is ReasonCode.CHALLENGE_EXPIRED


def test_question_to_one_person_is_not_answered_by_another(people: People) -> None:
    device = passkeys.device()
    asked = keyring.ask_new(people.legal, fresh=True)
    assert isinstance(asked, ceremonies.Asked)
    found = keyring.add(people.producer, asked.ceremony, response=device.create(asked.options), label="")
    assert only(found) is ReasonCode.CHALLENGE_UNKNOWN
    assert not Passkey.objects.exists()


def test_passkey_belongs_to_one_person(people: People) -> None:
    device = passkeys.given(people.legal)
    assert only(passkeys.added(people.producer, device)) is ReasonCode.PASSKEY_KNOWN_ALREADY
    assert entries(people.producer) == [("person:passkey-refused", {"reasons": ["passkey-known-already"]})]


@pytest.mark.parametrize(
    ("lies", "code"),
    [
        (Lies(verified=False), ReasonCode.NOT_USER_VERIFIED),
        (Lies(origin="https://countersign.evil.example"), ReasonCode.WRONG_ORIGIN),
        (Lies(challenge="AAAA"), ReasonCode.OTHER_SHOWN),
    ],
)
def test_dishonest_device_is_not_added(people: People, lies: Lies, code: ReasonCode) -> None:
    assert only(passkeys.added(people.legal, passkeys.device(), lies=lies)) is code
    assert entries(people.legal) == [("person:passkey-refused", {"reasons": [code.value]})]


def test_copy_of_a_passkey_is_noticed(people: People, client: Client) -> None:
    device = passkeys.given(people.legal)
    assert sign_in(client, device) == 302
    assert sign_in(Client(), device, lies=Lies(sign_count=1)) == 401


def test_removed_passkey_opens_nothing(people: People, client: Client) -> None:
    setup.give_password(people.legal)
    people.legal.refresh_from_db()
    device = passkeys.given(people.legal)
    keyring.remove(Passkey.objects.get())
    assert sign_in(client, device) == 401
    assert [kind for kind, _ in entries(people.legal)] == ["person:passkey-added", "person:passkey-removed"]


def test_last_way_in_stays(people: People) -> None:
    passkeys.given(people.idris_person)
    assert only(keyring.remove(Passkey.objects.get())) is ReasonCode.LAST_PASSKEY
    passkeys.given(people.idris_person)
    assert isinstance(keyring.remove(Passkey.objects.first() or Passkey()), Passkey)


def test_closed_account_stays_closed(people: People, client: Client) -> None:
    device = passkeys.given(people.legal)
    Person.objects.filter(pk=people.legal.pk).update(is_active=False)
    assert sign_in(client, device) == 401


def test_open_session_left_alone_adds_no_passkey(people: People, client: Client) -> None:
    setup.give_password(people.legal)
    client.post("/sign-in", {"email": people.legal.email, "password": setup.PASSWORD})
    assert client.post("/passkeys/options").status_code == 200
    session = client.session
    session["signed-in-at"] -= signing_in.FRESH.total_seconds() + 1
    session.save()
    refused = client.post("/passkeys/options")
    assert refused.status_code == 409
    assert "Sign in again" in refused.json()["detail"]


def test_passkey_is_added_and_used_by_the_api(people: People, client: Client) -> None:
    device, mine = passkeys.device(), {"Authorization": f"Token {AuthToken.objects.create(user=people.legal)[1]}"}
    asked = client.post("/api/passkeys/options", headers=mine).json()
    answer = {"ceremony": asked["ceremony"], "credential": device.create(asked["options"]), "label": "A laptop"}
    added = client.post("/api/passkeys", answer, headers=mine)
    assert added.status_code == 201
    assert [one["label"] for one in client.get("/api/passkeys", headers=mine).json()] == ["A laptop"]
    asked = client.post("/api/tokens/passkey/options").json()
    answer = {"ceremony": asked["ceremony"], "credential": device.get(asked["options"])}
    token = client.post("/api/tokens/passkey", answer)
    assert token.status_code == 201
    headers = {"Authorization": f"Token {token.json()['token']}"}
    one = f"/api/passkeys/{added.json()['id']}"
    renamed = client.patch(one, {"label": "Old laptop"}, content_type="application/json", headers=headers)
    assert renamed.json()["label"] == "Old laptop"
    assert client.delete(one, headers=headers).json()["reasons"][0]["code"] == "last-passkey"


def test_old_token_adds_no_passkey(people: People, client: Client) -> None:
    row, text = AuthToken.objects.create(user=people.legal)
    AuthToken.objects.filter(pk=row.pk).update(created=timezone.now() - timedelta(hours=1))
    refused = client.post("/api/passkeys/options", headers={"Authorization": f"Token {text}"})
    assert refused.json()["reasons"][0]["code"] == "sign-in-too-old"


def test_questions_to_strangers_are_counted(client: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing_in, "QUESTIONS", 2)
    statuses = [client.post("/sign-in/passkey/options").status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    assert client.post("/api/tokens/passkey/options").status_code == 429


def test_two_answers_with_one_count_are_one_too_many(people: People) -> None:
    device = passkeys.given(people.legal)
    asked = ceremonies.put(About(purpose=Purpose.SIGN_IN, digest=lambda nonce: nonce), to=None, known=[])
    response, row = device.get(asked.options), Ceremony.objects.get(pk=asked.ceremony)
    assert not isinstance(ceremonies.answer(row, response), Reason)
    again = ceremonies.answer(row, response)
    assert isinstance(again, Reason)
    assert again.code is ReasonCode.COUNTER_WENT_BACK
