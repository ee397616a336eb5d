"""The watch on legal's pages, in a browser: red until somebody takes it on, and a check that says how far it is."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from countersign.watch import alarms, checking, watcher
from countersign.watch.models import Progress
from countersign.watch.watcher import Watcher
from provenance import ledger
from tests.e2e.browsing import Site, browser, made_films, opened, own_database, site
from tests.provenance.test_notary import fill

__all__ = ["browser", "made_films", "own_database", "site"]  # fixtures
pytestmark = pytest.mark.browser


def look(folder: Path, *, later: timedelta = timedelta(0)) -> None:
    watching = Watcher(observer=watcher.SITE, file=folder / "watch" / "verified.json", say=str)
    watching.look(at=datetime.now(UTC) + later)


def test_legal_takes_an_alarm_on_and_sees_how_far_the_ledger_is_verified(
    site: Site, browser: Browser, tmp_path: Path
) -> None:
    ledger.sequence()
    look(tmp_path, later=timedelta(hours=1))
    assert {alarm.kind for alarm in alarms.open_alarms()} == {"checkpoint-late", "ledger-forked"}
    page, complaints = opened(browser)
    site.sign_in(page, site.people.legal)
    banner = page.get_by_role("alert", name="2 alarms about the ledger")
    expect(banner).to_contain_text("No checkpoint covers the entries since")
    page.goto(f"{site.address}/ledger")
    page.get_by_role("button", name="I have seen this and take it on").first.click()
    expect(page.get_by_role("alert", name="2 alarms")).to_contain_text("Lena Legal has taken it on")
    held = page.get_by_role("region", name="Whether the ledger holds")
    expect(held).to_contain_text("Verified up to entry")
    Progress.objects.update(looked_at=datetime.now(UTC) - timedelta(minutes=10))
    expect(held).to_contain_text("The watch is asleep.", timeout=15_000)  # the part asks again by itself
    assert complaints == []


def test_whole_check_shows_how_far_it_is_and_ends_with_a_word(site: Site, browser: Browser, monkeypatch: Any) -> None:
    fill(600)
    monkeypatch.setattr(checking, "STEP", 100)
    page, complaints = opened(browser)
    site.sign_in(page, site.people.legal)
    page.goto(f"{site.address}/ledger")
    seen: list[str] = []
    page.on("response", lambda answer: seen.append(answer.url) if "verification" in answer.url else None)
    page.get_by_role("link", name="Check the whole ledger now").click()
    expect(page.locator(".audit")).to_contain_text("Verified just now.", timeout=20_000)
    assert len(seen) > 5, "a step a request"
    assert complaints == []
