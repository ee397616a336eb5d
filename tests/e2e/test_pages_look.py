"""How pages look to those who see little, tap with a thumb or use a narrow screen, measured in a browser."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from countersign import pages
from countersign.accounts.models import Person
from tests.e2e.browsing import Site, browser, made_films, opened, own_database, sideways, site

__all__ = ["browser", "made_films", "own_database", "site"]  # fixtures
pytestmark = pytest.mark.browser

# WCAG 2.2: the contrast (1.4.3) of every text with what is painted behind it.
FAINT = """() => {
  const channels = (text) => text.match(/[\\d.]+/g).map(Number);
  const linear = (v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = (rgb) => [0.2126, 0.7152, 0.0722].reduce((sum, weight, i) => sum + weight * linear(rgb[i] / 255), 0);
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const colour = channels(getComputedStyle(e).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.data.trim(), element = walker.currentNode.parentElement;
    if (!text || !element.getBoundingClientRect().width) continue;
    if (element.closest(".unseen, .skip, noscript, option")) continue;
    const style = getComputedStyle(element), size = parseFloat(style.fontSize);
    const [a, b] = [light(channels(style.color)), light(behind(element))].sort((x, y) => y - x);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 600);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < (large ? 3 : 4.5)) found.push([text.slice(0, 40), ratio.toFixed(2)]);
  }
  return found;
}"""
# Controls that a thumb can't hit: 44 px high, save links within a sentence. A box's label counts for the box.
SMALL = """() => {
  const typed = "input:not([type=hidden], [type=checkbox], [type=radio])";
  const boxes = ".choices label, .check > label, .pick";
  const tapped = `.button, .link, .nav a, .brand, summary, select, textarea, ${typed}, ${boxes}`;
  return [...document.querySelectorAll(tapped)]
    .filter((e) => e.getBoundingClientRect().width && e.getBoundingClientRect().height < 43.9)
    .map((e) => [e.className || e.tagName, e.textContent.trim().slice(0, 30), e.getBoundingClientRect().height]);
}"""


def every_page(site: Site) -> Iterator[tuple[Person | None, str]]:
    people = site.people
    production = f"/productions/{people.production.pk}"
    yield from ((None, path) for path in ("/", "/sign-in", "/verify", "/nothing-here"))
    for path in (
        "/home",
        production,
        f"{production}/performers/new",
        f"{production}/performers/{people.idris.pk}/stills",
        f"{production}/consents/new",
        f"{production}/footage/new",
        f"{production}/runs/new",
        f"/consents/{site.active}",
        f"/footage/{site.plate.pk}",
        f"/footage/{site.examining.pk}",
        f"/footage/{site.unwatchable.pk}",
        f"/runs/{site.run.pk}",
        f"/runs/{site.live.pk}",
        f"/runs/{site.refused.pk}",
        f"/outputs/{site.output.pk}",
        f"/runs/{site.run.pk}/story",
        f"/runs/{site.refused.pk}/story",
        "/ledger",
    ):
        yield people.producer, path
    compared = f"/consents/{site.active}/compare/{site.older}"
    searched = ("/ledger?outcome=refused&title=quay", "/ledger/searches", f"/ledger/searches/{site.saved}")
    yield from ((people.legal, path) for path in ("/legal", f"/consents/{site.waiting}", "/ledger/verification"))
    kept = ("/legal/holds", f"{production}/holds/new", f"/holds/{site.hold}/lift", "/legal/retention")
    yield from ((people.legal, path) for path in (*kept, f"{production}/retention/consent-documents"))
    yield from (
        (people.legal, path) for path in (f"/performers/{people.idris.pk}/erase", f"/footage/{site.destroyed.pk}")
    )
    yield from ((people.legal, path) for path in (*searched, "/legal/refusals", compared, f"/consents/{site.active}"))
    yield people.legal, f"/runs/{site.run.pk}/evidence"
    yield from ((people.idris_person, path) for path in ("/me", f"/consents/{site.active}/withdraw"))
    yield people.idris_person, f"/performers/{people.idris.pk}/erase"


def walked(site: Site, page: Page) -> Iterator[str]:
    """Each page in turn, signed in as the one whose page it is."""
    signed_in: Person | None = None
    for person, path in every_page(site):
        if person is not signed_in and person is not None:
            page.context.clear_cookies()
            site.sign_in(page, person)
            signed_in = person
        site.go(page, path)
        yield path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_what_is_behind_it(site: Site, browser: Browser, scheme: str) -> None:
    page, _ = opened(browser, color_scheme=scheme)
    faint = {path: found for path in walked(site, page) if (found := page.evaluate(FAINT))}
    assert faint == {}
    page.evaluate(
        "() => { document.querySelector('h1').style.color = getComputedStyle(document.body).backgroundColor; }"
    )
    assert page.evaluate(FAINT), "the measure itself must see a faint text"


def test_narrow_screen_never_scrolls_sideways_and_a_thumb_hits_everything(site: Site, browser: Browser) -> None:
    page, _ = opened(browser, width=390)
    wide, small = {}, {}
    for path in walked(site, page):
        wide[path] = sideways(page)
        small[path] = page.evaluate(SMALL)
    assert [path for path, cut in wide.items() if cut] == []
    assert {path: found for path, found in small.items() if found} == {}


def test_no_page_breaks_its_own_security_policy_or_a_script(site: Site, browser: Browser) -> None:
    page, complaints = opened(browser)
    for path in walked(site, page):
        page.wait_for_load_state("load")
        assert [text for text in complaints if "404" not in text] == [], path


def test_keyboard_reaches_the_content_first_and_shows_where_it_is(site: Site, browser: Browser) -> None:
    page, _ = opened(browser)
    site.go(page, "/verify")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.type") == "file"
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    assert re.fullmatch(r"[3-9]px", outline)


def test_stylesheet_names_every_colour_for_light_and_for_dark() -> None:
    css = (Path(str(pages.__path__[0])) / "static" / "pages" / "style.css").read_text()
    light, dark, *_ = (set(re.findall(r"(--[\w-]+): #\w{6}", block)) for block in css.split(":root {")[1:])
    assert light - {"--screen"} == dark
