"""What somebody who cannot see a page depends on, and what a strict policy forbids: looked for on every page."""

import re
from html.parser import HTMLParser

from django.test import Client

from countersign.accounts.models import Person
from tests.countersign.conftest import Things
from tests.countersign.test_pages import as_
from tests.people import People


def addresses(people: People, things: Things) -> list[tuple[Person, str]]:
    production = f"/productions/{people.production.pk}"
    return [
        (people.producer, "/home"),
        (people.producer, production),
        (people.artist, production),
        (people.legal, production),
        (people.producer, f"{production}/performers/new"),
        (people.producer, f"{production}/performers/{people.idris.pk}/stills"),
        (people.legal, f"{production}/performers/{people.idris.pk}/certificate"),
        (people.producer, f"{production}/consents/new"),
        (people.producer, f"{production}/footage/new"),
        (people.producer, f"{production}/runs/new"),
        (people.producer, f"/consents/{things.consent.pk}"),
        (people.idris_person, f"/consents/{things.consent.pk}"),
        (people.idris_person, f"/consents/{things.consent.pk}/withdraw"),
        (people.producer, f"/footage/{things.plate.pk}"),
        (people.producer, f"/runs/{things.run.pk}"),
        (people.producer, f"/outputs/{things.output.pk}"),
        (people.legal, f"/runs/{things.run.pk}/evidence"),
        (people.idris_person, f"/runs/{things.run.pk}/evidence"),
        (people.idris_person, f"/outputs/{things.output.pk}"),
        (people.idris_person, "/me"),
        (people.idris_person, f"/performers/{people.idris.pk}/erase"),
        (people.legal, f"/performers/{people.idris.pk}/erase"),
        (people.legal, "/legal"),
        (people.legal, "/legal/holds"),
        (people.legal, f"{production}/holds/new?on=run:{things.run.pk}"),
        (people.legal, "/legal/retention"),
        (people.legal, f"{production}/retention/footage"),
        (people.legal, f"{production}/retention/consent-documents"),
        (people.legal, "/ledger"),
        (people.legal, "/ledger?outcome=refused&text=quay"),
        (people.legal, "/ledger/searches"),
        (people.legal, f"/ledger/searches/{things.search.pk}"),
        (people.legal, "/legal/refusals"),
        (people.idris_person, "/legal/refusals"),
        (people.legal, f"/runs/{things.run.pk}/story"),
        (people.idris_person, f"/runs/{things.run.pk}/story"),
        (people.legal, f"/consents/{things.consent.pk}/compare/{things.consent.pk}"),
        (people.legal, "/ledger/verification"),
    ]


class Outline(HTMLParser):
    """What somebody who cannot see a page depends on."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.headings: list[int] = []
        self.ids: list[str] = []
        self.labels: set[str] = set()
        self.fields: list[str] = []
        self.images_without_alt = 0
        self.inline = 0
        self.landmarks: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.inline += "style" in given or any(name.startswith("on") for name in given)
        self.inline += tag == "style" or (tag == "script" and "src" not in given)
        self.images_without_alt += tag == "img" and "alt" not in given
        if "id" in given:
            self.ids.append(str(given["id"]))
        if tag in ("main", "nav", "header", "footer", "title"):
            self.landmarks.add(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "label" and given.get("for"):
            self.labels.add(str(given["for"]))
        if tag in ("input", "select", "textarea") and given.get("type") not in ("hidden", "range"):
            self.fields.append(str(given.get("id")))


def test_every_page_has_one_title_ordered_headings_labels_and_no_inline_code(people: People, things: Things) -> None:
    signed_out = [(None, path) for path in ("/", "/sign-in", "/verify", "/nothing-here")]
    for person, path in [*addresses(people, things), *signed_out]:
        response = (as_(person) if person else Client()).get(path)
        assert response.status_code == (404 if path == "/nothing-here" else 200), path
        outline = Outline(response.content.decode())
        assert outline.headings.count(1) == 1, path
        assert all(b - a <= 1 for a, b in zip(outline.headings, outline.headings[1:], strict=False)), path
        assert len(outline.ids) == len(set(outline.ids)), path
        assert set(outline.fields) <= outline.labels, (path, set(outline.fields) - outline.labels)
        assert (outline.images_without_alt, outline.inline) == (0, 0), path
        assert outline.landmarks >= {"main", "nav", "header", "footer", "title"}, path
        policy = response["Content-Security-Policy"]
        assert "script-src 'self'" in policy, path
        assert "unsafe" not in policy, path
