"""Passkeys in a real browser, with Chromium's virtual authenticator (WebAuthn over the DevTools protocol)."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.db import connection
from django.test.testcases import LiveServerThread
from playwright.sync_api import Browser, Page, sync_playwright

from consent import services as consents
from consent.models import ConsentRecord, Performer
from countersign import documents
from countersign.accounts.models import Passkey
from countersign.runs import sealing, storage
from tests import passkeys as devices, people as setup
from tests.e2e.browsing import CHROMIUM, FLAGS, opened, own_database, sideways
from tests.people import People

__all__ = ["own_database"]
pytestmark = pytest.mark.browser
WIDTHS = (1440, 390)


@pytest.fixture
def house(own_database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, People]]:
    """A site on http://localhost, which is a secure context; 127.0.0.1 is none to passkeys."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    storage.prepare()
    server = LiveServerThread("localhost", StaticFilesHandler)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    if server.error:
        raise server.error
    address = f"http://localhost:{server.port}"
    monkeypatch.setattr(settings, "SITE_URL", address)
    people = setup.make()
    setup.give_password(people.legal, people.producer)
    mara = Performer.objects.create(organisation=people.production.organisation, name="Mara Quist")
    agreed = setup.terms(people.production, mara, disclosure="A line in the closing credits says so.")
    proposal = consents.Offer(**{name: getattr(agreed, name) for name in consents.Offer.__slots__})
    consents.draft(people.production, performer=mara, offer=proposal, by=people.producer)
    documents.make(Path(settings.KEYS), now=datetime.now(UTC))
    try:
        yield address, people
    finally:
        server.terminate()


@pytest.fixture
def chrome(house: tuple[str, People]) -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.skip("needs Chromium at /usr/bin/chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def with_authenticator(page: Page, **changes: Any) -> tuple[Any, str]:
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
        **changes,
    }
    return session, session.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]


def behind(what: Callable[[], Any]) -> Any:
    """What happens on the site meanwhile, in a thread of its own: the browser's loop runs in this one."""

    def there() -> Any:
        try:
            return what()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(there).result()


def passkeys() -> list[Passkey]:
    found: list[Passkey] = behind(lambda: list(Passkey.objects.all()))
    return found


def sign_in(page: Page, address: str, email: str) -> None:
    page.goto(f"{address}/sign-in")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(setup.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


@pytest.mark.parametrize("width", WIDTHS)
def test_passkey_is_added_and_signs_in(house: tuple[str, People], chrome: Browser, width: int, tmp_path: Path) -> None:
    address, people = house
    page, complaints = opened(chrome, width=width)
    with_authenticator(page)
    sign_in(page, address, people.legal.email)
    page.goto(f"{address}/passkeys")
    assert not sideways(page)
    page.get_by_label("A name for it").fill("My phone")
    page.get_by_role("button", name="Add a passkey").press("Enter")
    page.get_by_text("“My phone” is yours").wait_for()
    page.screenshot(path=tmp_path / f"passkeys-{width}.png", full_page=True)
    assert not sideways(page)
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{address}/sign-in")
    page.screenshot(path=tmp_path / f"sign-in-{width}.png", full_page=True)
    page.get_by_role("button", name="Sign in with a passkey").press("Enter")
    page.wait_for_url(f"{address}/home")
    assert passkeys()[0].sign_count > 0
    assert not complaints


def test_device_without_user_verification_is_told_what_to_do(house: tuple[str, People], chrome: Browser) -> None:
    address, people = house
    page, _ = opened(chrome)
    with_authenticator(page, hasUserVerification=False, isUserVerified=False, transport="usb")
    sign_in(page, address, people.legal.email)
    page.goto(f"{address}/passkeys")
    page.get_by_label("A name for it").fill("An old key")
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_role("alert").filter(has_text="prompt was closed").wait_for()
    assert not passkeys()


def test_stranger_without_a_passkey_is_told_so(house: tuple[str, People], chrome: Browser) -> None:
    address, _ = house
    page, _ = opened(chrome)
    with_authenticator(page)
    page.goto(f"{address}/sign-in")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_role("alert").filter(has_text="prompt was closed").wait_for()


@pytest.mark.parametrize("width", WIDTHS)
def test_invited_performer_comes_in_and_legal_confirms_them(
    house: tuple[str, People], chrome: Browser, width: int, tmp_path: Path
) -> None:
    address, people = house
    crew, complaints = opened(chrome, width=width)
    sign_in(crew, address, people.producer.email)
    crew.goto(f"{address}/productions/{people.production.pk}")
    assert not sideways(crew)
    crew.get_by_role("link", name="Invite Mara Quist").click()
    crew.get_by_label("Their e-mail address").fill("mara@example.org")
    crew.get_by_role("button", name="Make the invitation").click()
    link = crew.get_by_label("Link, shown this once").input_value()
    crew.screenshot(path=tmp_path / f"invite-{width}.png", full_page=True)
    assert not sideways(crew)
    guest, more = opened(chrome, width=width)
    with_authenticator(guest)
    guest.goto(link)
    guest.screenshot(path=tmp_path / f"invitation-{width}.png", full_page=True)
    assert not sideways(guest)
    guest.get_by_label("A name for it").fill("My phone")
    guest.get_by_role("button", name="Come in with a passkey").press("Enter")
    guest.get_by_text("Legal will confirm").wait_for()
    legal, _ = opened(chrome, width=width)
    sign_in(legal, address, people.legal.email)
    legal.goto(f"{address}/productions/{people.production.pk}")
    legal.get_by_role("link", name="Identity of Mara Quist").click()
    legal.screenshot(path=tmp_path / f"identity-{width}.png", full_page=True)
    assert not sideways(legal)
    legal.get_by_role("button", name="Yes, this is").click()
    legal.get_by_text("Confirmed. Consents signed").wait_for()
    assert not complaints + more


def come_in(page: Page, address: str, people: People) -> None:
    """Mara opens her invitation in this browser, and legal confirms that it was her."""
    mara = behind(lambda: Performer.objects.get(name="Mara Quist"))
    invited = behind(lambda: devices.invited(mara, people.production, by=people.producer, email="mara@example.org"))
    with_authenticator(page)
    page.goto(f"{address}/invitation/{devices.tokens[invited.pk]}")
    page.get_by_label("A name for it").fill("My phone")
    page.get_by_role("button", name="Come in with a passkey").click()
    page.get_by_text("Legal will confirm").wait_for()
    behind(lambda: devices.confirmed(mara, by=people.legal))


@pytest.mark.parametrize("width", WIDTHS)
def test_performer_reads_signs_and_withdraws(
    house: tuple[str, People], chrome: Browser, width: int, tmp_path: Path
) -> None:
    address, people = house
    page, complaints = opened(chrome, width=width)
    come_in(page, address, people)
    page.get_by_role("link", name="Read and sign").click()
    page.get_by_role("heading", name="What may be made").wait_for()
    page.screenshot(path=tmp_path / f"sign-{width}.png", full_page=True)
    assert not sideways(page)
    if width == 390:
        page.get_by_role("button", name="Sign this consent").click()
        page.get_by_role("alert").filter(has_text="was not opened yet").wait_for()
        complaints.clear()  # the browser says that the answer was a refusal
    href = page.get_by_role("link", name="Open the document on its own").get_attribute("href")
    assert page.context.request.get(f"{address}{href}").status == 200
    page.get_by_role("button", name="Sign this consent").press("Enter")
    page.get_by_text("Signed. The platform seals").wait_for()
    row = behind(lambda: ConsentRecord.objects.get(performer__name="Mara Quist"))
    behind(lambda: sealing.seal(str(row.pk)))
    page.reload()
    page.screenshot(path=tmp_path / f"signed-{width}.png", full_page=True)
    assert not sideways(page)
    page.get_by_role("link", name="Withdraw my consent").click()
    page.screenshot(path=tmp_path / f"withdraw-{width}.png", full_page=True)
    assert not sideways(page)
    page.get_by_role("button", name="Withdraw the consent now").press("Enter")
    page.get_by_text("Your consent is withdrawn").wait_for()
    assert not complaints
