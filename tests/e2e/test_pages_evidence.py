"""Legal fetches the evidence of a run in a browser; what arrives holds where nothing of ours is."""

from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Browser, expect

from countersign import keys, log
from countersign.evidence import verify
from provenance import notary
from tests.e2e.browsing import Site, browser, made_films, opened, own_database, site

__all__ = ["browser", "made_films", "own_database", "site"]  # fixtures
pytestmark = pytest.mark.browser


def test_legal_makes_a_redacted_bundle_and_its_log_verifies(
    site: Site, browser: Browser, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keys.prepare(settings.KEYS)
    keys.make_log_key(settings.KEYS, log.origin())
    keys.log_memory(settings.KEYS).unlink(missing_ok=True)  # of another test's log
    holder = log.holder()
    assert holder
    notary.sign(holder)
    page, complaints = opened(browser)
    site.sign_in(page, site.people.legal)
    site.go(page, f"/runs/{site.run.pk}")
    page.get_by_role("link", name="Evidence of this run").click()
    expect(page.get_by_role("heading", name="Evidence of this run")).to_be_visible()
    page.get_by_label("Redact it").check()
    with page.expect_download() as coming:
        page.get_by_role("button", name="Make and download").click()
    path = tmp_path / "bundle.zip"
    coming.value.save_as(path)
    verify.main([str(path)])
    said = capsys.readouterr().out
    assert "✓ Its manifest was signed by" in said
    assert "signed a checkpoint over its first" in said
    assert "this bundle is redacted" in said
    assert complaints == []
