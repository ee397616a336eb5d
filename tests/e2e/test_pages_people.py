"""The producer, legal, the performer and the viewer, each at their own pages in a browser."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from countersign.runs.models import Run, RunState
from tests.e2e.browsing import Site, browser, made_films, opened, own_database, site

__all__ = ["browser", "made_films", "own_database", "site"]  # fixtures
pytestmark = pytest.mark.browser

DROP = """([zone, name, bytes]) => {
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(bytes)], name, {type: "video/mp4"}));
  const drop = new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true});
  document.querySelector(zone).dispatchEvent(drop);
}"""


def test_producer_asks_the_gate_and_reads_why_not(site: Site, browser: Browser) -> None:
    page, complaints = opened(browser)
    site.sign_in(page, site.people.producer)
    page.get_by_role("link", name="The Long Harbour").click()
    page.get_by_role("link", name="Start a run").first.click()
    face = page.get_by_role("group", name="Whose face is shown")
    face.get_by_label("Performer").select_option(label="Idris Vane")
    face.get_by_text("Idris, training reel").click()
    shot = page.get_by_role("group", name="On which shot")
    shot.get_by_label("Performer").select_option(label="Anselm Orr")
    shot.get_by_text("Quay, take 3").click()
    page.get_by_label("Title of the run").fill("Quay, take 5")
    page.get_by_label("Scene", exact=True).fill("Scene 30")
    page.get_by_label("United Kingdom").check()
    page.get_by_role("button", name="Ask the gate and start").click()
    expect(page.get_by_role("heading", name="The gate refused this run")).to_be_visible()
    expect(page.get_by_text("What is allowed").first).to_be_visible()
    expect(page.get_by_text("What to do").first).to_be_visible()
    assert complaints == []


def test_producer_watches_a_run_that_does_not_jump_and_ends_by_itself(site: Site, browser: Browser) -> None:
    page, complaints = opened(browser)
    site.sign_in(page, site.people.producer)
    site.go(page, f"/runs/{site.live.pk}")
    expect(page.get_by_text("40 %").first).to_be_visible()
    before = _place(page, "What was asked")
    Run.objects.filter(pk=site.live.pk).update(progress=0.7, note="A longer sentence about what is being learnt now.")
    expect(page.get_by_text("70 %").first).to_be_visible(timeout=5000)
    assert _place(page, "What was asked") == before
    Run.objects.filter(pk=site.live.pk).update(state=RunState.FAILED, reasons=site.refused.reasons)
    expect(page.get_by_role("heading", name="Why it failed")).to_be_visible(timeout=5000)
    assert complaints == []


def test_producer_stops_a_run(site: Site, browser: Browser) -> None:
    page, _ = opened(browser)
    site.sign_in(page, site.people.producer)
    site.go(page, f"/runs/{site.live.pk}")
    page.get_by_role("button", name="Stop this run").click()
    expect(page.get_by_text("Petra Producer stopped this run.")).to_be_visible()


def test_one_button_plays_before_and_after_together(site: Site, browser: Browser) -> None:
    page, complaints = opened(browser)
    site.sign_in(page, site.people.producer)
    site.go(page, f"/outputs/{site.output.pk}")
    page.get_by_role("button", name="Play both").click()
    page.wait_for_function("() => [...document.querySelectorAll('video')].every((v) => v.currentTime > 0.4)")
    page.get_by_role("button", name="Pause both").click()
    times = page.evaluate("[...document.querySelectorAll('video')].map((v) => v.currentTime)")
    assert len(times) == 2
    assert abs(times[0] - times[1]) < 0.2
    page.get_by_label("Where in the shot").fill("0.8")
    page.wait_for_function("() => [...document.querySelectorAll('video')].every((v) => v.currentTime > 3.5)")
    assert complaints == []


def test_producer_uploads_a_clip_and_sees_it_go(site: Site, browser: Browser) -> None:
    page, complaints = opened(browser)
    site.sign_in(page, site.people.producer)
    site.go(page, f"/productions/{site.people.production.pk}/footage/new")
    page.get_by_label("Title").fill("Café")
    page.get_by_label("The clip").set_input_files(site.films.absent)
    page.get_by_role("button", name="Upload the clip").click()
    expect(page.get_by_role("heading", name="Café", level=1)).to_be_visible()
    expect(page.get_by_text("Waiting to be examined")).to_be_visible()
    assert complaints == []


def test_legal_approves_and_finds_the_ledger_verified(site: Site, browser: Browser) -> None:
    page, complaints = opened(browser)
    site.sign_in(page, site.people.legal)
    page.get_by_role("link", name="Look at it").click()
    page.get_by_role("link", name="Mara Quist").click()
    page.get_by_role("button", name="Approve this consent").click()
    expect(page.get_by_text("The consent of Mara Quist stands from now on.")).to_be_visible()
    page.get_by_role("link", name="Ledger").click()
    page.get_by_role("link", name="Check the whole ledger now").click()
    expect(page.get_by_text("Verified just now.")).to_be_visible()
    expect(page.get_by_text("Consent approved").last).to_be_visible()
    assert [text for text in complaints if "Content Security Policy" in text] == []


def test_performer_withdraws_in_two_clicks(site: Site, browser: Browser) -> None:
    page, complaints = opened(browser)
    site.sign_in(page, site.people.idris_person)
    expect(page.get_by_role("heading", name="Where my face is used")).to_be_visible()
    page.get_by_role("link", name="Withdraw my consent for The Long Harbour").click()
    expect(page.get_by_text("What will happen, at once")).to_be_visible()
    page.get_by_role("button", name="Withdraw the consent now").click()
    expect(page.get_by_text("Your consent is withdrawn.")).to_be_visible()
    assert [text for text in complaints if "Content Security Policy" in text] == []


def test_viewer_drops_a_file_and_learns_what_it_is(site: Site, browser: Browser) -> None:
    page, complaints = opened(browser)
    site.go(page, "/verify")
    page.evaluate(DROP, [".drop", "film.mp4", list(site.films.intact.read_bytes())])
    expect(page.get_by_text("Unchanged since it was signed")).to_be_visible(timeout=20_000)
    expect(page.get_by_text("and the consent stands today").first).to_be_visible()
    page.get_by_label("Drop a file here, or choose one").set_input_files(site.films.changed)
    page.get_by_role("button", name="Verify it").click()
    expect(page.get_by_text("Changed after it was signed")).to_be_visible(timeout=20_000)
    assert complaints == []


def test_too_large_a_file_is_not_even_sent(site: Site, browser: Browser, settings: Any) -> None:
    settings.VERIFY_MAX_BYTES = 1000
    page, _ = opened(browser)
    site.go(page, "/verify")
    page.get_by_label("Drop a file here, or choose one").set_input_files(site.films.absent)
    page.get_by_role("button", name="Verify it").click()
    expect(page.get_by_text("the limit here is")).to_be_visible()


def test_without_scripts_a_file_is_verified_and_a_run_is_stopped(site: Site, browser: Browser) -> None:
    page, _ = opened(browser, java_script_enabled=False)
    site.go(page, "/verify")
    page.get_by_label("Drop a file here, or choose one").set_input_files(site.films.foreign)
    page.get_by_role("button", name="Verify it").click()
    expect(page.get_by_text("Signed by somebody unknown here")).to_be_visible(timeout=20_000)
    site.sign_in(page, site.people.producer)
    site.go(page, f"/runs/{site.live.pk}")
    page.get_by_role("button", name="Stop this run").click()
    expect(page.get_by_text("Petra Producer stopped this run.")).to_be_visible()


def _place(page: Page, heading: str) -> float:
    box = page.get_by_role("heading", name=heading).bounding_box()
    assert box is not None
    return float(box["y"])
