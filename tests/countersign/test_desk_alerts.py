"""Alerts: told once, to those who may still see, by mail and by a webhook that a program can check."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from countersign.accounts.models import Membership
from countersign.desk import alerts, letters, telling
from countersign.desk.models import Message, SavedSearch
from provenance import ledger
from provenance.models import LedgerEntry
from provenance.types import EntryKind
from tests import people as setup
from tests.countersign.conftest import Things
from tests.countersign.strangers_desk import answer, saying
from tests.countersign.test_desk_index import note
from tests.countersign.test_pages import as_, text
from tests.people import People


@pytest.fixture
def search(people: People, things: Things) -> SavedSearch:
    alerts.tell(things.search, by_email=True, webhook="")
    things.search.refresh_from_db()
    return things.search


class Heard:
    """What a program heard at its address."""

    def __init__(self) -> None:
        self.messages: list[tuple[dict[str, str], bytes]] = []

    def says(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        self.messages.append((dict(handler.headers), body))
        answer(b"thanks")(handler, body)


@pytest.fixture
def heard(settings: Any) -> Iterator[tuple[Heard, str]]:
    program = Heard()
    with saying(program.says) as address:
        settings.WEBHOOK_HOSTS = frozenset({address.removeprefix("http://")})
        yield program, f"{address}/hook"


def refuse(people: People, things: Things, times: int = 1) -> None:
    for _ in range(times):
        note(EntryKind.RUN_REFUSED, f"run:{things.run.pk}", f"person:{people.producer.pk}", reasons=["no-consent"])


def round_of_telling(later: timedelta = timedelta(0)) -> None:
    now = timezone.now() + later
    ledger.sequence()
    from countersign import log

    log.settle()
    telling.gather(now=now)
    telling.send(now=now)


def test_new_entry_is_told_by_mail_once_and_names_nobody(people: People, things: Things, search: SavedSearch) -> None:
    refuse(people, things)
    round_of_telling()
    round_of_telling(timedelta(minutes=5))
    (letter,) = mail.outbox
    assert letter.to == [people.legal.email]
    assert letter.subject == "Countersign: 1 new entry for “Refused runs”"
    assert "Run refused" in letter.body
    assert "/ledger?kind=run%3Arefused" in letter.body
    for name in ("Idris", "Petra", "Quay", "Harbour"):
        assert name not in letter.body


def test_what_was_there_before_the_alert_is_not_told(people: People, things: Things) -> None:
    refuse(people, things)
    alerts.tell(things.search, by_email=True, webhook="")
    round_of_telling()
    assert mail.outbox == []


def test_what_does_not_match_is_not_told(people: People, things: Things, search: SavedSearch) -> None:
    note(EntryKind.RUN_GRANTED, f"run:{things.run.pk}", f"person:{people.producer.pk}")
    round_of_telling()
    assert mail.outbox == []


def test_many_at_once_are_one_message_and_the_next_waits_a_minute(
    people: People, things: Things, search: SavedSearch
) -> None:
    refuse(people, things, 25)
    round_of_telling()
    (first,) = mail.outbox
    assert first.subject.startswith("Countersign: 20+ new entries")
    assert "There are more." in first.body
    refuse(people, things, 2)
    round_of_telling(timedelta(seconds=30))
    assert len(mail.outbox) == 1
    round_of_telling(timedelta(seconds=61))
    assert len(mail.outbox) == 2
    assert mail.outbox[1].subject.startswith("Countersign: 2 new entries")


def test_who_left_the_production_hears_nothing_of_it(people: People, things: Things, search: SavedSearch) -> None:
    refuse(people, things)
    Membership.objects.filter(person=people.legal).delete()
    round_of_telling()
    assert mail.outbox == []


def test_who_leaves_between_finding_and_sending_hears_nothing(
    people: People, things: Things, search: SavedSearch
) -> None:
    refuse(people, things)
    ledger.sequence()
    from countersign import log

    log.settle()
    assert telling.gather(now=timezone.now()) == 1
    Membership.objects.filter(person=people.legal).delete()
    telling.send(now=timezone.now())
    assert mail.outbox == []
    assert Message.objects.get().gave_up_at


def test_account_that_was_closed_hears_nothing(people: People, things: Things, search: SavedSearch) -> None:
    refuse(people, things)
    type(people.legal).objects.filter(pk=people.legal.pk).update(is_active=False)
    round_of_telling()
    assert mail.outbox == []


def test_program_hears_a_message_it_can_check(people: People, things: Things, heard: tuple[Heard, str]) -> None:
    program, address = heard
    secret = alerts.tell(things.search, by_email=False, webhook=address)
    refuse(people, things)
    round_of_telling()
    ((headers, body),) = program.messages
    moment, _, digest = headers["Countersign-Signature"].removeprefix("t=").partition(",v1=")
    assert digest == hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    said = json.loads(body)
    assert said["search"] == str(things.search.pk)
    assert [entry["kind"] for entry in said["entries"]] == ["run:refused"]
    assert said["entries"][0]["subject"] == f"run:{things.run.pk}"
    assert headers["Countersign-Message"] == str(Message.objects.get().pk)
    for name in ("Idris", "Petra", "Quay", "Harbour"):
        assert name not in body.decode()


def test_message_nobody_takes_is_tried_again_ever_later_and_then_given_up(
    people: People, things: Things, settings: Any
) -> None:
    with saying(answer(b"no", status=500)) as address:
        settings.WEBHOOK_HOSTS = frozenset({address.removeprefix("http://")})
        alerts.tell(things.search, by_email=False, webhook=address)
        refuse(people, things)
        round_of_telling()
        message = Message.objects.get()
        assert (message.tries, message.sent_at, message.gave_up_at) == (1, None, None)
        assert "It answered 500" in message.trouble
        telling.send(now=timezone.now() + timedelta(seconds=5))
        assert Message.objects.get().tries == 1, "it is not due yet"
        waits = []
        while not Message.objects.get().gave_up_at:
            due = Message.objects.get().due_at
            telling.send(now=due)
            waits.append(Message.objects.get().due_at - due)
    assert Message.objects.get().tries == telling.MOST_TRIES
    assert waits == sorted(waits)
    assert waits[-1] > 10 * waits[0]


def test_message_is_the_same_for_every_try_and_taken_once(people: People, things: Things, settings: Any) -> None:
    seen: list[tuple[str, bytes]] = []

    def second_time(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        seen.append((handler.headers["Countersign-Message"], body))
        answer(b"", status=200 if len(seen) > 1 else 503)(handler, body)

    with saying(second_time) as address:
        settings.WEBHOOK_HOSTS = frozenset({address.removeprefix("http://")})
        alerts.tell(things.search, by_email=False, webhook=address)
        refuse(people, things)
        round_of_telling()
        for minutes in (2, 10, 60):
            telling.send(now=timezone.now() + timedelta(minutes=minutes))
    assert len(seen) == 2
    assert seen[0] == seen[1]
    assert Message.objects.get().sent_at


def test_two_who_sweep_at_once_tell_once(people: People, things: Things, search: SavedSearch) -> None:
    refuse(people, things)
    ledger.sequence()
    from countersign import log

    log.settle()
    stale = SavedSearch.objects.get(pk=search.pk)
    now = timezone.now()
    assert telling.gather(now=now) == 1
    entries = SavedSearch.objects.get(pk=search.pk).next
    assert telling._gather(stale, entries, now=now) == 0, "the other's compare-and-set went first"
    message = Message.objects.get()
    assert telling._claim(message, now)
    assert not telling._claim(message, now)


def test_alert_and_its_end_are_in_the_ledger_without_name_or_address(
    people: People, things: Things, heard: tuple[Heard, str]
) -> None:
    _, address = heard
    alerts.tell(things.search, by_email=True, webhook=address)
    alerts.tell(things.search, by_email=False, webhook="")
    alerts.tell(things.search, by_email=True, webhook="")
    alerts.remove(SavedSearch.objects.get(pk=things.search.pk))
    ledger.sequence()
    rows = LedgerEntry.objects.filter(kind__startswith="alert:").order_by("index")
    assert [row.kind for row in rows] == ["alert:set", "alert:removed", "alert:set", "alert:removed"]
    assert json.loads(rows[0].canonical)["body"] == {"search": str(things.search.pk), "ways": ["email", "webhook"]}
    assert all("Refused runs" not in row.canonical and address not in row.canonical for row in rows)


def test_letter_cannot_be_forged_by_the_name_of_a_search(people: People, things: Things, search: SavedSearch) -> None:
    SavedSearch.objects.filter(pk=search.pk).update(name="x\nBcc: everybody@example.org")
    refuse(people, things)
    round_of_telling()
    (letter,) = mail.outbox
    assert letter.recipients() == [people.legal.email]
    assert "\n" not in letter.subject


def test_search_is_saved_under_a_name_from_the_ledgers_page(people: People, things: Things) -> None:
    legal = as_(people.legal)
    page = legal.get("/ledger?outcome=refused").content.decode()
    assert 'action="/ledger/searches?outcome=refused"' in page
    made = legal.post("/ledger/searches?outcome=refused&text=quay", {"name": "Quay"}, follow=True)
    assert "“Quay” is kept" in text(made)
    assert SavedSearch.objects.get(name="Quay").filters == {"outcome": "refused", "text": "quay"}
    assert "Quay" in text(legal.get("/ledger/searches"))
    assert "Quay" not in text(as_(people.producer).get("/ledger/searches"))


def test_secret_is_shown_once(people: People, things: Things, heard: tuple[Heard, str]) -> None:
    _, address = heard
    legal, page = as_(people.legal), f"/ledger/searches/{things.search.pk}"
    shown = legal.post(page, {"webhook": address})
    secret = SavedSearch.objects.get(pk=things.search.pk).webhook_secret
    assert len(secret) == 64
    assert secret in shown.content.decode()
    assert secret not in legal.get(page).content.decode()
    assert secret not in legal.post(page, {"webhook": address}, follow=True).content.decode()
    assert SavedSearch.objects.get(pk=things.search.pk).webhook_secret == secret


def test_address_inside_the_house_is_refused_on_the_page_and_nothing_is_kept(people: People, things: Things) -> None:
    page = f"/ledger/searches/{things.search.pk}"
    for inside in ("https://169.254.169.254/", "http://127.0.0.1:5432/", "https://[::1]/", "file:///etc/passwd"):
        assert as_(people.legal).post(page, {"webhook": inside}).context["form"].errors["webhook"], inside
    assert SavedSearch.objects.get(pk=things.search.pk).webhook == ""


def test_address_that_turns_inside_later_is_refused_when_it_is_sent(people: People, things: Things) -> None:
    alert = {"webhook": "https://127.0.0.1/", "webhook_secret": "0" * 64}
    SavedSearch.objects.filter(pk=things.search.pk).update(**alert)
    refuse(people, things)
    round_of_telling()
    assert "inside a private network" in Message.objects.get().trouble


def test_page_says_that_mail_goes_into_a_folder_while_there_is_no_server(
    people: People, things: Things, settings: Any
) -> None:
    page = f"/ledger/searches/{things.search.pk}"
    assert "This site has no mail server" in text(as_(people.legal).get(page))
    settings.EMAIL_FILE_PATH = ""
    assert f"To {people.legal.email}." in text(as_(people.legal).get(page))


def test_removing_a_search_takes_its_messages_along(people: People, things: Things, search: SavedSearch) -> None:
    refuse(people, things)
    round_of_telling()
    as_(people.legal).post(f"/ledger/searches/{search.pk}/remove")
    assert not SavedSearch.objects.filter(pk=search.pk).exists()
    assert not Message.objects.exists()


def test_one_round_reads_tells_and_says_what_stood_in_the_way(
    people: People, things: Things, search: SavedSearch, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(people, things)
    assert telling.swept() == ""
    assert len(mail.outbox) == 1

    def away(**_: object) -> None:
        raise telling.DatabaseError("the server is away")

    monkeypatch.setattr(telling, "gather", away)
    assert telling.swept() == "nobody could be told of new entries: the server is away"


def test_letters_address_is_the_searchs_own(people: People, things: Things) -> None:
    message = Message(search=things.search)
    page = Client()
    page.force_login(people.legal)
    path = letters.address(message).partition("8000")[2]
    assert page.get(path).context["form"].filters() == things.search.filters
    assert setup.PASSWORD not in path
