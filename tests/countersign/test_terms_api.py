"""Programs are told what the law demands of a consent, before they offer it and when they forgot."""

import json
from typing import Any

import jsonschema
import pytest
from django.test import Client

from consent.models import ConsentRecord
from consent.types import ReasonCode
from provenance import ledger
from provenance.models import LedgerEntry
from provenance.types import EntryKind
from tests.countersign.test_api import Program, offer
from tests.people import People


def offered(people: People, **changes: Any) -> Any:
    path = f"productions/{people.production.pk}/consents"
    return Program(people.producer).post(path, offer(str(people.idris.pk), **changes))


@pytest.mark.parametrize("path", ["/consents/schema.json", "/api/consents/schema"])
def test_anybody_may_read_what_a_consent_is(db: None, path: str) -> None:
    answer = Client().get(path)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/schema+json")
    jsonschema.Draft202012Validator.check_schema(answer.json())


def test_what_is_offered_keeps_to_the_published_schema(people: People) -> None:
    terms = offered(people).json()["terms"]
    published = jsonschema.Draft202012Validator(Client().get("/consents/schema.json").json())
    assert published.is_valid(terms)
    assert not published.is_valid({**terms, "territories": ["FR"], "disclosure": ""})


def test_every_field_that_the_law_lacks_is_answered_at_once_with_why_and_what_to_write(people: People) -> None:
    answer = offered(people, territories=["worldwide"], union="SAG-AFTRA", disclosure="")
    assert answer.status_code == 422
    problem = answer.json()
    assert set(problem["fields"]) == {
        "disclosure", "notice_hours", "agreement", "script_sha256", "script_date", "business_reason",
    }  # fmt: skip
    assert len(problem["fields"]["disclosure"]) == 3  # the EU, India and China each ask
    assert "48 hours" in problem["fields"]["notice_hours"][0]
    assert "TV/Theatrical 2023" in problem["fields"]["notice_hours"][0]
    assert {reason["code"] for reason in problem["reasons"]} == {ReasonCode.LAW_DEMANDS}
    assert not ConsentRecord.objects.exists()


def test_terms_without_sense_name_their_field(people: People) -> None:
    answer = offered(people, scenes=["*", "Scene 12"])
    assert answer.status_code == 422
    assert list(answer.json()["fields"]) == ["scenes"]


def test_every_term_can_be_offered_and_what_was_not_said_asks_for_little(people: People) -> None:
    told = {
        "union": "SAG-AFTRA", "agreement": "TV/Theatrical 2023", "notice_hours": 48, "languages": ["de"],
        "script_sha256": "a" * 64, "script_date": "2026-11-02", "approval_per_shot": True, "alterations": ["age"],
        "business_reason": "The fall cannot be performed safely.", "prohibited_contexts": ["tobacco"],
    }  # fmt: skip
    terms = offered(people, **told).json()["terms"]
    assert told.items() <= terms.items()
    assert (terms["retention_days"], terms["reuse_allowed"], terms["performer_born"]) == (0, False, "")


def test_the_ledger_says_under_which_law_it_was_offered(people: People) -> None:
    assert offered(people).status_code == 201
    ledger.sequence()
    entry = LedgerEntry.objects.filter(kind=EntryKind.CONSENT_DRAFTED).first()
    assert entry
    assert len(json.loads(entry.canonical)["body"]["law_sha256"]) == 64
