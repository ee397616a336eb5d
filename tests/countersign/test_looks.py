"""Looking at footage, outputs and consents is an entry, once a quarter of an hour; without it nothing goes out."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from knox.models import AuthToken

from consent.models import ConsentRecord
from consent.types import ConsentState
from countersign.accounts.models import Person
from countersign.keeping import looks
from countersign.keeping.models import Look
from countersign.runs.models import FaceTrack
from provenance import ledger
from provenance.types import EntryKind
from tests import people as setup
from tests.countersign.conftest import Things
from tests.countersign.test_pages import as_
from tests.people import People

QUARTER = timedelta(seconds=looks.QUARTER_S)


def read(client: Client, path: str, **headers: str) -> int:
    response = client.get(path, headers=headers)
    if response.streaming:
        b"".join(response.streaming_content)
    return int(response.status_code)


def said(kind: EntryKind, subject: str) -> list[Any]:
    return ledger.about((subject,), kinds=(kind,))


def doors(things: Things) -> list[tuple[str, str, EntryKind, str]]:
    consent, plate, output = things.consent.pk, things.plate.pk, things.output.pk
    return [
        (f"/footage/{plate}/video", "producer", EntryKind.FOOTAGE_VIEWED, f"footage:{plate}"),
        (f"/outputs/{output}/video", "idris_person", EntryKind.OUTPUT_VIEWED, f"output:{output}"),
        (f"/consents/{consent}/signed.pdf", "legal", EntryKind.CONSENT_READ, f"consent:{consent}"),
    ]


@contextmanager
def unwritable_ledger() -> Iterator[None]:
    """As it is when the right to append was taken away. Undone with the test's transaction."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("REVOKE EXECUTE ON FUNCTION ledger_append(text, text, text, text) FROM countersign_app")
        cursor.execute("SET ROLE countersign_app")
    yield


def test_every_look_says_who_looked_at_what(people: People, things: Things) -> None:
    for path, who, kind, subject in doors(things):
        person: Person = getattr(people, who)
        assert read(as_(person), path) == 200
        (entry,) = said(kind, subject)
        assert entry.actor == f"person:{person.pk}", path
        assert "sha256" in entry.body, path


def test_a_player_that_asks_for_many_ranges_makes_one_entry(people: People, things: Things) -> None:
    path, _, kind, subject = doors(things)[0]
    client = as_(people.producer)
    statuses = {read(client, path, Range=f"bytes={start}-{start + 9}") for start in range(0, 100, 10)}
    assert statuses == {206}
    assert len(said(kind, subject)) == 1


def test_each_person_and_each_quarter_of_an_hour_has_its_entry(
    people: People, things: Things, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, _, kind, subject = doors(things)[0]
    now = timezone.now()
    clock = [datetime.fromtimestamp(now.timestamp() // looks.QUARTER_S * looks.QUARTER_S, tz=now.tzinfo)]
    monkeypatch.setattr(looks.timezone, "now", lambda: clock[0])
    for moment in (clock[0], clock[0] + QUARTER - timedelta(seconds=1), clock[0] + QUARTER):
        clock[0] = moment
        assert read(as_(people.producer), path) == 200
    assert len(said(kind, subject)) == 2
    assert read(as_(people.artist), path) == 200
    assert len(said(kind, subject)) == 3


def test_the_signed_and_the_offered_document_are_two_looks(people: People, things: Things) -> None:
    client, consent = as_(people.legal), things.consent.pk
    for version in ("signed", "offered", "signed"):
        assert read(client, f"/consents/{consent}/{version}.pdf") == 200
    assert [e.body["version"] for e in said(EntryKind.CONSENT_READ, f"consent:{consent}")] == ["signed", "offered"]


def test_nothing_is_served_when_the_ledger_cannot_be_written(people: People, things: Things) -> None:
    clients = [(as_(getattr(people, who)), path) for path, who, _, _ in doors(things)]
    with unwritable_ledger():
        for client, path in clients:
            response = client.get(path)
            assert response.status_code == 503, path
            assert b"nothing may proceed" in response.content
    assert not Look.objects.exists()


def test_a_stranger_leaves_no_entry(people: People, things: Things) -> None:
    for path, _, kind, subject in doors(things):
        assert read(as_(people.stranger), path) == 404
        assert said(kind, subject) == []


def test_old_looks_are_forgotten_and_their_entries_stay(people: People, things: Things) -> None:
    path, _, kind, subject = doors(things)[0]
    read(as_(people.producer), path)
    quarter = int(timezone.now().timestamp()) // looks.QUARTER_S
    assert looks.forget(before=quarter) == 0
    assert looks.forget(before=quarter + 2) == 1
    assert len(said(kind, subject)) == 1


def test_a_token_is_an_entry_with_the_sign_in(people: People, db: Any) -> None:
    setup.give_password(people.legal)
    ask = {"email": people.legal.email, "password": setup.PASSWORD}
    response = Client().post("/api/tokens", ask, content_type="application/json")
    assert response.status_code == 201
    kinds = (EntryKind.PERSON_SIGNED_IN, EntryKind.PERSON_TOKEN_MADE)
    assert [e.kind for e in ledger.about((f"person:{people.legal.pk}",), kinds=kinds)] == list(kinds)
    token = response.json()["token"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM provenance_ledgerentry WHERE canonical LIKE %s", [f"%{token[:15]}%"])
        assert cursor.fetchone() == (0,)


def test_a_wrong_password_of_the_crew_is_an_entry_and_nobody_elses(people: People) -> None:
    for email in (people.legal.email, people.idris_person.email, "nobody@example.org"):
        Client().post("/sign-in", {"email": email, "password": "wrong"})
    kinds = (EntryKind.PERSON_SIGN_IN_REFUSED,)
    subjects = [f"person:{p.pk}" for p in (people.legal, people.idris_person)]
    (entry,) = ledger.about(subjects, kinds=kinds)
    assert (entry.subject, entry.body) == (subjects[0], {"reasons": ["wrong-password"]})


def test_a_face_is_not_shown_after_its_owner_withdrew(people: People, things: Things) -> None:
    track = FaceTrack.objects.get(footage=things.footage)
    client = as_(people.producer)
    assert client.get(f"/faces/{track.pk}/face.jpg")["Content-Type"] == "image/jpeg"
    ConsentRecord.objects.filter(pk=things.consent.pk).update(state=ConsentState.WITHDRAWN, withdrawn_at=setup.NOW)
    assert client.get(f"/faces/{track.pk}/face.jpg")["Location"] == "/static/pages/nobody.svg"
    setup.consent(people, people.idris)  # a new one stands
    assert client.get(f"/faces/{track.pk}/face.jpg")["Content-Type"] == "image/jpeg"


def test_programs_leave_the_same_entry(people: People, things: Things) -> None:
    _, token = AuthToken.objects.create(user=people.producer)
    client = Client(headers={"Authorization": f"Token {token}"})
    assert read(client, f"/api/consents/{things.consent.pk}/document?version=signed") == 200
    (entry,) = said(EntryKind.CONSENT_READ, f"consent:{things.consent.pk}")
    assert (entry.actor, entry.body["version"]) == (f"person:{people.producer.pk}", "signed")
