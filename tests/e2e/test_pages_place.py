"""A performer looks at a shot before anybody else does, and says their word, in a browser, wide and narrow."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from countersign.runs.models import Output, OutputState
from countersign.runs.shot_models import Shot, ShotWord
from tests.e2e.browsing import Site, browser, look, made_films, opened, own_database, site

__all__ = ["browser", "made_films", "own_database", "site"]  # fixtures
pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("width", "button"), [(1440, "Approve this shot"), (390, "Decline this shot")])
def test_performer_says_their_word_on_a_shot(site: Site, browser: Browser, width: int, button: str) -> None:
    consent = site.people.idris.consents.filter(state="active", matter="replica").first()
    assert consent
    Output.objects.filter(pk=site.output.pk).update(state=OutputState.SIGNED, published_at=None)
    Shot.objects.create(output=site.output, consent=consent)
    page, complaints = opened(browser, width=width)
    site.sign_in(page, site.people.idris_person)
    page.goto(f"{site.address}/me")
    expect(page.get_by_role("heading", name="Waiting for your word")).to_be_visible()
    look(page, f"my-face-{width}")
    page.get_by_role("link", name="Look at").click()
    expect(page.get_by_text("Nobody sees this shot before you say yes")).to_be_visible()
    look(page, f"shot-{width}")
    page.get_by_role("button", name=button).click()
    expect(page.get_by_role("heading", name="Where my face is used")).to_be_visible()
    expect(page.get_by_role("heading", name="Waiting for your word")).to_be_hidden()
    word = ShotWord.APPROVED if "Approve" in button else ShotWord.DECLINED
    assert Shot.objects.get().word == word
    assert complaints == []


def test_performer_takes_a_statement_of_every_use(site: Site, browser: Browser, tmp_path: Path) -> None:
    page, _ = opened(browser, width=390)
    site.sign_in(page, site.people.idris_person)
    page.goto(f"{site.address}/me")
    with page.expect_download() as download:
        page.get_by_role("link", name="Statement of use, PDF").click()
    paper = tmp_path / "statement.pdf"
    download.value.save_as(paper)
    assert paper.read_bytes().startswith(b"%PDF-")
    if folder := os.environ.get("COUNTERSIGN_TEST_PICTURES"):
        (Path(folder) / "statement.pdf").write_bytes(paper.read_bytes())
