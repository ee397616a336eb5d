"""Exports: the ledger knows each one, with its digest, before its first byte leaves; spreadsheets run nothing in it."""

import csv
import hashlib
import io
import json
from typing import Any

import pytest
from django.http import HttpResponseBase
from django.test import Client

from consent.models import Performer
from countersign.desk import export
from countersign.mailing import Mail, read
from provenance import ledger
from provenance.errors import LedgerError
from provenance.models import LedgerEntry, Opening
from provenance.types import EntryKind
from tests import people as setup
from tests.countersign.conftest import Things
from tests.countersign.test_desk_index import note
from tests.countersign.test_pages import as_
from tests.people import People


@pytest.fixture
def busy(people: People, things: Things) -> Client:
    for kind in (EntryKind.RUN_GRANTED, EntryKind.RUN_ADVANCED, EntryKind.RUN_STOPPED):
        note(kind, f"run:{things.run.pk}", f"person:{people.producer.pk}")
    return as_(people.legal)


def content(answer: HttpResponseBase) -> bytes:
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def entries() -> list[dict[str, Any]]:
    ledger.sequence()
    rows = LedgerEntry.objects.filter(kind=EntryKind.LEDGER_EXPORTED.value).order_by("index")
    return [json.loads(row.canonical) for row in rows]


@pytest.mark.parametrize("form", ["csv", "json"])
def test_digest_in_the_ledger_is_that_of_the_bytes_that_left(busy: Client, people: People, form: str) -> None:
    sent = content(busy.get(f"/ledger/export.{form}?kind=work"))
    (entry,) = entries()
    assert entry["body"] == {
        "count": 2,
        "cut": False,
        "filters": {"kind": "work"},
        "form": form,
        "sha256": hashlib.sha256(sent).hexdigest(),
    }
    assert entry["subject"] == f"production:{people.production.pk}"
    assert entry["actor"] == f"person:{people.legal.pk}"


def test_entry_is_written_before_the_first_byte_leaves(busy: Client) -> None:
    answer = busy.get("/ledger/export.csv")
    assert len(entries()) == 1, "nothing of the answer was read yet"
    content(answer)


def test_when_the_ledger_cannot_be_written_nothing_leaves(busy: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise LedgerError("the ledger is away")

    monkeypatch.setattr(ledger, "append", away)
    answer = busy.get("/ledger/export.csv")
    assert answer.status_code == 503
    assert b"run:granted" not in answer.content


def test_csv_holds_what_the_page_shows(busy: Client) -> None:
    rows = list(csv.DictReader(io.StringIO(content(busy.get("/ledger/export.csv?kind=run:granted")).decode())))
    (row,) = rows
    assert (row["kind"], row["what"], row["who"], row["about"]) == (
        "run:granted",
        "Run granted",
        "Petra Producer",
        "Quay, take 3",
    )
    ledger.sequence()
    stored = LedgerEntry.objects.get(index=int(row["index"]))
    assert row["leaf"] == bytes(stored.leaf).hex()


def test_json_holds_every_entry_in_full_and_the_same_lines_as_csv(busy: Client) -> None:
    found = json.loads(content(busy.get("/ledger/export.json")))["entries"]
    listed = csv.DictReader(io.StringIO(content(busy.get("/ledger/export.csv")).decode()))
    indexes = [int(row["index"]) for row in listed]
    assert [entry["index"] for entry in found] == [index for index in indexes if index in {e["index"] for e in found}]
    one = LedgerEntry.objects.get(index=found[0]["index"])
    assert found[0]["body"] == json.loads(one.canonical)["body"]


@pytest.mark.parametrize(
    "name",
    [
        '=HYPERLINK("https://evil.example","click")', "+1+1", "-2+3", "@SUM(A1)", "\t=1+1", "  =1+1", "\r=1", "|cmd",
        "%0A=1", "＝1+1", "＋1", "－1", "＠SUM",
    ],
)  # fmt: skip
def test_no_cell_begins_like_a_formula(people: People, things: Things, name: str) -> None:
    Performer.objects.filter(pk=people.idris.pk).update(name=name)
    note(EntryKind.PERFORMER_ENROLLED, f"performer:{people.idris.pk}", "worker:enrol")
    sent = content(as_(people.legal).get("/ledger/export.csv?kind=faces")).decode()
    (row,) = csv.DictReader(io.StringIO(sent, newline=""))
    assert row["about"] == f"'{name}"


def test_harmless_cells_stay_as_they_are() -> None:
    for cell in ("", "Quay, take 3", "a=b", "1-2", "'=x", '{"a": 1}'):
        assert export._harmless(cell) == cell


def test_stranger_exports_nothing_and_their_entry_is_their_own(people: People, busy: Client) -> None:
    sent = json.loads(content(as_(people.stranger).get("/ledger/export.json")))
    assert sent["entries"] == []
    (entry,) = entries()
    assert entry["subject"] == f"person:{people.stranger.pk}"


def test_performers_export_is_about_themselves_and_holds_what_they_see(people: People, busy: Client) -> None:
    sent = json.loads(content(as_(people.idris_person).get("/ledger/export.json?kind=decisions")))
    assert [entry["kind"] for entry in sent["entries"]] == ["run:granted"]
    assert entries()[-1]["subject"] == f"person:{people.idris_person.pk}"


def test_what_was_searched_for_in_words_is_only_committed_to(busy: Client, people: People) -> None:
    content(busy.get("/ledger/export.json?text=Idris&title=quay&outcome=done"))
    (entry,) = entries()
    assert entry["body"]["filters"] == {"outcome": "done"}
    assert set(entry["body"]["sealed"]) == {"text", "title"}
    values = {row.field: json.loads(row.value) for row in Opening.objects.filter(of=f"person:{people.legal.pk}")}
    assert values == {"text": "Idris", "title": "quay"}


def test_export_of_two_productions_is_known_in_both(people: People, things: Things, busy: Client) -> None:
    from countersign.accounts.models import Membership, Production, Role

    elsewhere = Production.objects.get(title="Another Film")
    Membership.objects.create(person=people.legal, production=elsewhere, role=Role.LEGAL)
    note(EntryKind.PRODUCTION_OPENED, f"production:{elsewhere.pk}", "operator")
    sent = content(busy.get("/ledger/export.json"))
    found = entries()
    assert {entry["subject"] for entry in found} == {f"production:{p.pk}" for p in (people.production, elsewhere)}
    assert {entry["body"]["sha256"] for entry in found} == {hashlib.sha256(sent).hexdigest()}


def test_export_is_bounded_and_says_so(busy: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "MOST", 2)
    monkeypatch.setattr(export, "AT_ONCE", 1)
    answer = busy.get("/ledger/export.json")
    assert answer["Countersign-Cut"] == "true"
    assert len(json.loads(content(answer))["entries"]) == 2
    assert entries()[0]["body"]["cut"] is True


def test_search_that_makes_no_sense_exports_nothing(busy: Client) -> None:
    assert busy.get("/ledger/export.csv?kind=nonsense").status_code == 400
    assert entries() == []


def test_asking_for_the_headers_alone_exports_nothing(busy: Client) -> None:
    assert busy.head("/ledger/export.csv").status_code == 405
    assert entries() == []


def test_api_exports_under_the_same_rules(people: People, busy: Client) -> None:
    from knox.models import AuthToken

    headers = {"Authorization": f"Token {AuthToken.objects.create(user=people.legal)[1]}"}
    answer = Client().get("/api/ledger/export?kind=decisions&form=csv", headers=headers)
    sent = content(answer)
    assert answer["Content-Type"].startswith("text/csv")
    assert answer["Content-SHA256"] == hashlib.sha256(sent).hexdigest() == entries()[0]["body"]["sha256"]
    assert entries()[0]["body"]["filters"] == {"kind": "decisions"}
    assert Client().get("/api/ledger/export?form=xls", headers=headers).status_code == 400
    assert Client().get("/api/ledger/export").status_code == 401
    refused = Client().get("/api/ledger/refusals?since=2020-01-01", headers=headers).json()
    assert refused["patterns"] == []


@pytest.mark.parametrize(
    ("url", "read_as"),
    [
        ("smtp://mail.example", {"host": "mail.example", "port": 25, "tls": False, "ssl": False}),
        ("smtps://a%40b:p%2Fw@mail.example", {"port": 465, "ssl": True, "user": "a@b", "password": "p/w"}),
        ("smtp+starttls://mail.example:2525", {"port": 2525, "tls": True, "ssl": False}),
    ],
)
def test_mail_server_is_read_from_its_address(url: str, read_as: dict[str, Any], tmp_path: Any) -> None:
    found = read(url, folder=tmp_path)
    assert {name: getattr(found, name) for name in read_as} == read_as
    assert found.folder == ""


def test_without_a_mail_server_letters_go_into_a_folder(tmp_path: Any) -> None:
    assert isinstance(read(None, folder=tmp_path), Mail)
    assert read("", folder=tmp_path).folder == str(tmp_path)
    for wrong in ("mail.example", "http://mail.example", "smtp://"):
        with pytest.raises(ValueError, match="COUNTERSIGN_SMTP_URL"):
            read(wrong, folder=tmp_path)


def test_words_of_a_crew_reach_nobody_elses_export(people: People, busy: Client, things: Things) -> None:
    sent = content(as_(people.anselm_person).get("/ledger/export.csv")).decode()
    assert "Idris, training reel" not in sent
    assert str(things.footage.pk) not in sent
    assert setup.PASSWORD not in sent
