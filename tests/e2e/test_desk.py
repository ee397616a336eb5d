"""Legal at the desk, in a browser: searching by keyboard, reading a story, following a pattern, keeping a search."""

import hashlib
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from countersign.desk.models import SavedSearch
from provenance import ledger
from provenance.models import LedgerEntry
from provenance.types import EntryKind, Json
from tests import people as setup
from tests.e2e.browsing import Site, browser, made_films, opened, own_database, site

__all__ = ["browser", "made_films", "own_database", "site"]  # fixtures
pytestmark = pytest.mark.browser


def refuse(site: Site, *reasons: Json, times: int = 1) -> None:
    by, run = f"person:{site.people.producer.pk}", f"run:{site.refused.pk}"
    for _ in range(times):
        setup.entry(EntryKind.RUN_REFUSED, run, by, reasons=[*reasons])


def test_legal_searches_with_the_keyboard_alone(site: Site, browser: Browser) -> None:
    refuse(site, "scene-not-allowed", times=2)
    page, complaints = opened(browser)
    site.sign_in(page, site.people.legal)
    site.go(page, "/ledger")
    page.get_by_label("Any name or number").focus()
    page.keyboard.press("Tab")
    page.keyboard.type("The gate")  # a select finds its option by typing
    page.keyboard.press("Shift+Tab")
    page.keyboard.type("café")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="2 entries")).to_be_visible()
    expect(page.get_by_role("link", name="Café, take 1").first).to_be_visible()
    assert "text=caf%C3%A9" in page.url
    assert "kind=decisions" in page.url
    page.get_by_text("Run refused: the entry").first.press("Enter")
    expect(page.get_by_text(f"run:{site.refused.pk}").first).to_be_visible()
    assert complaints == []


def test_legal_narrows_by_person_and_keeps_the_search(site: Site, browser: Browser) -> None:
    refuse(site, "scene-not-allowed")
    page, complaints = opened(browser, width=390)
    site.sign_in(page, site.people.legal)
    site.go(page, "/ledger")
    expect(page.get_by_label("Person")).not_to_be_visible()
    page.get_by_text("By person, production, title or time").click()
    page.get_by_label("Person").select_option(label="Idris Vane")
    page.get_by_label("How it ended").select_option(label="Refused")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_label("Person")).to_be_visible()
    page.get_by_label("Name of this search").fill("Refusals about Idris")
    page.get_by_role("button", name="Save this search").click()
    expect(page.get_by_role("heading", name="Refusals about Idris")).to_be_visible()
    page.get_by_label("Tell me by e-mail").check()
    page.get_by_role("button", name="Keep this").click()
    expect(page.get_by_text("Kept.")).to_be_visible()
    assert SavedSearch.objects.get(name="Refusals about Idris").by_email
    assert complaints == []


def test_legal_follows_a_pattern_to_its_entries(site: Site, browser: Browser) -> None:
    refuse(site, "consent-withdrawn", times=7)
    page, complaints = opened(browser)
    site.sign_in(page, site.people.legal)
    site.go(page, "/ledger")
    page.get_by_role("link", name="Refused attempts").click()
    first = page.get_by_role("listitem").filter(has_text="Consent withdrawn")
    expect(first).to_contain_text("Petra Producer was refused 7 times over the face of Idris Vane.")
    first.get_by_role("link", name="The entries").click()
    expect(page.get_by_role("heading", name="7 entries")).to_be_visible()
    expect(page.get_by_text("Only those refused for this reason: consent withdrawn.")).to_be_visible()
    assert complaints == []


def test_story_is_reached_from_the_run_and_shows_its_pictures(site: Site, browser: Browser) -> None:
    run = site.run
    setup.entry(EntryKind.FOOTAGE_ADDED, f"footage:{run.footage_id}", f"person:{site.people.producer.pk}")
    page, complaints = opened(browser)
    site.sign_in(page, site.people.legal)
    site.go(page, f"/runs/{run.pk}")
    page.get_by_role("link", name="Its whole story").click()
    expect(page.get_by_role("heading", name=f"The story of {run.title}")).to_be_visible()
    for picture in (
        page.get_by_alt_text("The clip Idris, training reel"),
        page.get_by_alt_text("A face found: Idris Vane"),
    ):
        picture.scroll_into_view_if_needed()
        expect(picture).to_be_visible()
        page.wait_for_function("e => e.complete && e.naturalWidth > 0", arg=picture.element_handle())
    assert complaints == []


def test_export_that_a_browser_keeps_is_the_one_the_ledger_names(site: Site, browser: Browser, tmp_path: Path) -> None:
    page, _ = opened(browser)
    site.sign_in(page, site.people.legal)
    site.go(page, "/ledger?kind=outputs")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export as CSV").click()
    kept = tmp_path / "kept.csv"
    download.value.save_as(kept)
    ledger.sequence()
    entry = LedgerEntry.objects.get(kind=EntryKind.LEDGER_EXPORTED.value)
    assert hashlib.sha256(kept.read_bytes()).hexdigest() in entry.canonical
