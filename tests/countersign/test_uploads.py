"""No body is read that nobody asked for: too long a one is refused by its declared size, a stranger's is not read."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from countersign import uploads
from countersign.runs import storage
from tests.countersign.conftest import Things
from tests.people import People

HUGE = str(2**40)
FORM = "multipart/form-data; boundary=b"
PERFORMER, CONSENT = "productions/<uuid:pk>/performers/<uuid:performer_pk>", "consents/<uuid:pk>"
PAGES_THAT_TAKE = (
    "productions/<uuid:pk>/footage/new",
    "productions/<uuid:pk>/consents/new",
    f"{PERFORMER}/stills",
    f"{PERFORMER}/certificate",
    f"{PERFORMER}/proofs/new",
    f"{PERFORMER}/signers/<uuid:signer_pk>/certificate",
    "me/face",
    f"{CONSENT}/signed-document",
    f"{CONSENT}/scan",
    f"{CONSENT}/credential",
    f"{CONSENT}/edit",
    f"{CONSENT}/amend",
    "verify",
)
PROGRAMS_SEND = (
    "productions/<uuid:pk>/footage",
    f"{PERFORMER}/enrolments",
    f"{PERFORMER}/certificate",
    "me/enrolments",
    f"{CONSENT}/document",
    f"{CONSENT}/scan",
    f"{CONSENT}/credential",
    "performers/<uuid:pk>/proofs",
    "signatories/<uuid:pk>/certificate",
    "verify",
)
OPEN_DOORS = ("/sign-in", "/sign-out", "/api/tokens", "/verify", "/api/verify", "/", "/api/schema")


@pytest.mark.django_db
@pytest.mark.parametrize("kind", [FORM, "application/json", "application/x-www-form-urlencoded"])
@pytest.mark.parametrize("path", OPEN_DOORS)
def test_nobodys_huge_body_is_refused_unread(path: str, kind: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.get("/sign-in")  # a token to send along, as a stranger could
    token = client.cookies["csrftoken"].value
    answer = client.generic("POST", path, b"{}", kind, CONTENT_LENGTH=HUGE, headers={"X-CSRFToken": token})
    assert answer.status_code == 413


def test_only_what_takes_uploads_takes_more_than_a_form(people: People) -> None:
    taking = [p for p in _patterns(get_resolver()) if _taken(p) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE]
    assert sorted(str(pattern.pattern) for pattern in taking) == sorted((*PAGES_THAT_TAKE, *PROGRAMS_SEND))


@pytest.mark.parametrize("page", ["footage/new", "performers/{who}/stills", "performers/{who}/certificate"])
def test_clip_of_somebody_not_signed_in_is_not_received(things: Things, people: People, page: str) -> None:
    path = f"/productions/{people.production.pk}/{page.format(who=people.idris.pk)}"
    answer = Client().generic("POST", path, b"", FORM, CONTENT_LENGTH=str(2**20))  # reading it would be a fault
    assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/sign-in")


def test_upload_page_of_the_signed_in_still_asks_for_its_token(people: People) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(people.producer)
    before = set(_kept())
    answer = client.post(f"/productions/{people.production.pk}/footage/new", {"title": "Forged"})
    assert answer.status_code == 403
    assert set(_kept()) == before


def _kept() -> Iterator[Path]:
    return storage.footage(uuid4()).parent.iterdir()


def _taken(pattern: URLPattern) -> int:
    return uploads.taken_by(pattern.callback)


def _patterns(resolver: URLResolver) -> list[URLPattern]:
    found: list[URLPattern] = []
    for part in resolver.url_patterns:
        found += _patterns(part) if isinstance(part, URLResolver) else [part]
    return found
