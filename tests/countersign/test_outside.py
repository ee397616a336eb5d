"""Consents signed elsewhere, by way of the pages and the API: scans, platform seals and wallets."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from consent.credentials import Agreement
from consent.models import ConsentRecord
from consent.types import ConsentState
from countersign.accounts.models import Person
from tests.consent import broken
from tests.consent.test_seals_and_scans import COMPLETION, JPEG, SEAL, issuers
from tests.consent.wallets import Own
from tests.countersign.test_api import Program, file, offer
from tests.people import People

NOW = datetime.now(UTC)


def page(who: Person) -> Client:
    client = Client()
    client.force_login(who)
    return client


def agreed(said: dict[str, Any]) -> Agreement:
    """As a wallet reads what it is asked."""
    return Agreement(**{name: value for name, value in said.items() if name != "aud"}, audience=said["aud"])


def drafted(people: People) -> ConsentRecord:
    made = Program(people.producer).post(f"productions/{people.production.pk}/consents", offer(str(people.idris.pk)))
    return ConsentRecord.objects.get(pk=made.json()["id"])


def test_a_scan_goes_from_the_producer_to_legal_and_waits(people: People) -> None:
    row = drafted(people)
    sent = page(people.producer).post(
        f"/consents/{row.pk}/scan", {"scan": file("ink.jpg", JPEG, "image/jpeg")}, follow=True
    )
    assert "permits nothing" in sent.content.decode()
    assert "Scans to compare" in page(people.legal).get("/legal").content.decode()
    shown = page(people.legal).get(f"/consents/{row.pk}").content.decode()
    assert "Compare the scan" in shown
    assert "How sure we are who signed" in shown
    compared = page(people.legal).post(f"/consents/{row.pk}/review", {"fits": "yes"}, follow=True).content.decode()
    assert "has to confirm it" in compared
    got = page(people.legal).get(f"/consents/{row.pk}/signed.pdf")
    assert (got["Content-Type"], got.content) == ("image/jpeg", JPEG)
    row.refresh_from_db()
    assert (row.state, row.level) == (ConsentState.SIGNED, 1)


def test_a_program_uploads_and_compares_a_scan(people: People) -> None:
    row, legal = drafted(people), Program(people.legal)
    sent = Program(people.producer).put(f"consents/{row.pk}/scan", scan=file("ink.jpg", JPEG, "image/jpeg")).json()
    assert (sent["state"], sent["way"], sent["assurance"]["level"]) == ("signed", "scan", 1)
    assert len(sent["assurance"]["waits_for"]) == 2
    back = legal.post(f"consents/{row.pk}/review", {"fits": False}).json()
    assert (back["state"], back["way"], back["assurance"]) == ("offered", "", None)
    again = legal.post(f"consents/{row.pk}/review", {"fits": True})
    assert (again.status_code, again.json()["reasons"][0]["code"]) == (409, "wrong-state")


@pytest.mark.parametrize(("path", "name"), [("scan", "scan"), ("credential", "credential")])
def test_no_file_is_said_so(people: People, path: str, name: str) -> None:
    row = drafted(people)
    assert "Choose a file" in page(people.producer).post(f"/consents/{row.pk}/{path}", follow=True).content.decode()
    answer = Program(people.producer).put(f"consents/{row.pk}/{path}")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [name])


def test_what_a_platform_sealed_comes_with_its_record(people: People, keys_folder: Path) -> None:
    (keys_folder / "seal-issuers.json").write_bytes(issuers(NOW))
    row, producer = drafted(people), Program(people.producer)
    pdf = broken.signed(bytes(row.offered_pdf), SEAL)
    try:
        bare = producer.put(f"consents/{row.pk}/document", document=file("c.pdf", pdf))
        assert (bare.status_code, bare.json()["reasons"][0]["code"]) == (422, "completion-missing")
        files = {"document": file("c.pdf", pdf), "completion": file("done.pdf", COMPLETION)}
        sent = page(people.producer).post(f"/consents/{row.pk}/signed-document", files, follow=True)
    finally:
        (keys_folder / "seal-issuers.json").unlink()
    assert "has to confirm it with their passkey" in sent.content.decode()
    assert page(people.legal).get(f"/consents/{row.pk}/completion.pdf").content == COMPLETION


def test_a_wallet_is_told_what_to_sign_and_its_answer_is_taken(people: People) -> None:
    own, row = Own.make(), drafted(people)
    path = f"productions/{people.production.pk}/performers/{people.idris.pk}/key"
    assert Program(people.legal).put(path, key=file("key.json", own.jwk)).status_code == 200
    producer = Program(people.producer)
    asked: Any = producer.get(f"consents/{row.pk}/credential").json()
    agreement = agreed(asked["agreement"])
    assert (agreement.audience, agreement.digest) == (settings.SITE_URL, asked["digest"])
    answer = producer.put(
        f"consents/{row.pk}/credential", credential=file("yes.jwt", own.signed(agreement, now=NOW).encode())
    )
    assert (answer.status_code, answer.json()["state"], answer.json()["level"]) == (200, "verified", 3)
    shown = page(people.legal).get(f"/consents/{row.pk}").content.decode()
    assert "with a key of the performer" in shown
    got = page(people.legal).get(f"/consents/{row.pk}/signed.pdf")
    assert got["Content-Type"] == "application/jwt"


def test_legal_binds_a_key_on_a_page(people: People) -> None:
    path = f"/productions/{people.production.pk}/performers/{people.idris.pk}/key"
    client, own = page(people.legal), Own.make()
    assert "public key" in client.get(path).content.decode()
    wrong = client.post(path, {"key": file("key.json", json.dumps({"kty": "oct"}).encode())})
    assert "no public key" in wrong.content.decode()
    assert client.post(path, {"key": file("key.json", own.jwk)}).status_code == 302
    other = client.post(path, {"key": file("key.json", Own.make().jwk)})
    assert other.status_code in (409, 422)


def test_a_credential_for_yesterday_is_refused_in_words(people: People) -> None:
    own, row = Own.make(), drafted(people)
    Program(people.legal).put(
        f"productions/{people.production.pk}/performers/{people.idris.pk}/key", key=file("k", own.jwk)
    )
    asked = Program(people.producer).get(f"consents/{row.pk}/credential").json()["agreement"]
    agreement = agreed(asked)
    token = own.signed(agreement, now=NOW - timedelta(days=9)).encode()
    sent = page(people.producer).post(f"/consents/{row.pk}/credential", {"credential": file("y.jwt", token)})
    assert sent.status_code == 422
    assert "outside its time" in sent.content.decode()
