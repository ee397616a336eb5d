"""A performer withdraws, gets a certificate of destruction and checks it, in a browser, wide and narrow."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from consent.models import Destruction
from countersign.runs import answering, ending, services, sharing
from tests.e2e.browsing import Site, browser, look, made_films, opened, own_database, site

__all__ = ["browser", "made_films", "own_database", "site"]  # fixtures
pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [1440, 390])
def test_performer_gets_a_certificate_and_anybody_checks_it(
    site: Site, browser: Browser, tmp_path: Path, width: int
) -> None:
    consent = site.people.idris.consents.filter(state="active", matter="replica").first()
    assert consent
    services.withdraw(consent, by=site.people.idris_person, reason="")
    page, complaints = opened(browser, width=width)
    site.sign_in(page, site.people.idris_person)
    page.goto(f"{site.address}/consents/{consent.pk}")
    waiting = page.get_by_role("link", name="Certificate of destruction").first
    expect(waiting).to_be_visible()
    waiting.click()
    expect(page.get_by_role("heading", name="Certificate of destruction")).to_be_visible()
    sharing.keep_up()
    answering.shred_owed()
    ending.certify_due()
    row = Destruction.objects.get(consent=consent)
    page.goto(f"{site.address}/certificates/{row.pk}")
    expect(page.get_by_text("The performer withdrew this consent")).to_be_visible()
    expect(page.get_by_text(row.sha256)).to_be_visible()
    look(page, f"certificate-{width}")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the certificate").click()
    paper = tmp_path / "paper.pdf"
    download.value.save_as(paper)
    page.get_by_role("link", name="Check a certificate").click()
    page.get_by_label("The certificate").set_input_files(paper)
    page.get_by_label("Its fingerprint in the ledger").fill(row.sha256)
    page.get_by_role("button", name="Check it").click()
    expect(page.get_by_text("It holds.")).to_be_visible(timeout=20_000)
    look(page, f"check-{width}")
    page.get_by_label("The certificate").set_input_files(paper)
    page.get_by_label("Its fingerprint in the ledger").fill("0" * 64)
    page.get_by_role("button", name="Check it").click()
    expect(page.get_by_text("This is another certificate than the one asked for")).to_be_visible(timeout=20_000)
    look(page, f"refused-{width}")
    assert complaints == []
