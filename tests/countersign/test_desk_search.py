"""The ledger's page: each filter alone and together, the count, leafing, and what the page says."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from consent.models import Performer
from countersign import logbook
from countersign.accounts.models import Production
from countersign.desk import kinds, names
from countersign.desk.sentences import _SENTENCES, sentence
from countersign.pages import words
from provenance import ledger
from provenance.models import LedgerEntry
from provenance.types import EntryKind
from tests import people as setup
from tests.countersign.conftest import Things
from tests.countersign.test_desk_index import note
from tests.countersign.test_pages import as_, text
from tests.people import People


@pytest.fixture
def busy(people: People, things: Things) -> Client:
    """Two runs, one refused, with what belongs to them; legal's browser."""
    petra, arno = f"person:{people.producer.pk}", f"person:{people.artist.pk}"
    other = setup.run(people, things.footage, things.plate, title="Café, take 1", sealed_grant="", state="refused")
    note(EntryKind.RUN_GRANTED, f"run:{things.run.pk}", petra)
    note(EntryKind.OUTPUT_PUBLISHED, f"output:{things.output.pk}", "worker:publish", run=str(things.run.pk))
    note(EntryKind.OUTPUT_DOWNLOADED, f"output:{things.output.pk}", arno)
    note(EntryKind.RUN_REFUSED, f"run:{other.pk}", petra, reasons=["scene-not-allowed"])
    note(EntryKind.FOOTAGE_ADDED, f"footage:{things.plate.pk}", arno)
    note(EntryKind.PERFORMER_ENROLLED, f"performer:{people.anselm.pk}", "worker:enrol")
    return as_(people.legal)


def told(client: Client, **asked: Any) -> list[str]:
    answer = client.get("/ledger", asked)
    assert not answer.context["form"].errors, answer.context["form"].errors
    return [line.line.kind for line in answer.context["lines"]]


def test_outcome_tells_refused_from_done(busy: Client) -> None:
    assert told(busy, outcome="refused") == ["run:refused"]
    done = told(busy, outcome="done")
    assert "run:granted" in done
    assert "run:refused" not in done
    assert set(done) | {"run:refused"} == set(told(busy))


def test_kind_is_one_or_a_group_in_plain_words(busy: Client) -> None:
    assert told(busy, kind="run:granted") == ["run:granted"]
    assert told(busy, kind="decisions") == ["run:refused", "run:granted"]
    assert told(busy, kind="decisions", outcome="refused") == ["run:refused"]
    assert told(busy, kind="run:granted", outcome="refused") == []
    assert "The gate’s decisions" in busy.get("/ledger").content.decode()


def test_title_finds_the_run_and_what_it_made(busy: Client) -> None:
    assert told(busy, title="QUAY") == ["output:downloaded", "output:published", "run:granted"]
    assert told(busy, title="café") == ["run:refused"]
    assert told(busy, title="nothing of the kind") == []


def test_person_finds_what_they_did_and_what_is_about_them(busy: Client, people: People) -> None:
    assert told(busy, person=f"person:{people.artist.pk}") == ["footage:added", "output:downloaded"]
    about = told(busy, person=f"performer:{people.anselm.pk}")
    assert about[0] == "performer:enrolled"
    assert "run:granted" in about, "he stands in the plate"
    assert "consent:approved" in about
    assert told(busy, person=f"performer:{people.anselm.pk}", by=f"person:{people.artist.pk}") == ["output:downloaded"]


def test_performer_with_an_account_is_found_under_both(busy: Client, people: People, things: Things) -> None:
    note(EntryKind.CONSENT_WITHDRAWN, f"consent:{things.consent.pk}", f"person:{people.idris_person.pk}")
    note(EntryKind.RUN_STOPPED, f"run:{things.run.pk}", f"person:{people.idris_person.pk}")
    both = names.somebody(f"performer:{people.idris.pk}")
    assert both == (f"performer:{people.idris.pk}", f"person:{people.idris_person.pk}")
    assert names.somebody(both[1]) == (both[1], both[0])
    assert names.somebody("worker:train") == ("worker:train",)
    assert told(busy, person=both[0])[:2] == ["run:stopped", "consent:withdrawn"]


def test_production_is_one_of_those_one_may_see(busy: Client, people: People) -> None:
    everything = told(busy, production=str(people.production.pk))
    assert "run:granted" in everything
    assert "performer:enrolled" not in everything, "a performer belongs to the house, not to a production"
    elsewhere = Production.objects.get(title="Another Film")
    wrong = busy.get("/ledger", {"production": str(elsewhere.pk)})
    assert wrong.context["form"].errors["production"]
    assert "Another Film" not in wrong.content.decode()
    assert [
        line.kind for line in logbook.page(people.legal, logbook.Search(production=str(elsewhere.pk))).entries
    ] == []


def test_text_finds_names_titles_and_numbers(busy: Client, people: People, things: Things) -> None:
    assert told(busy, text="arno") == ["footage:added", "output:downloaded"]
    assert "footage:added" in told(busy, text="quay")
    assert told(busy, text=f"run:{things.run.pk}") == told(busy, text=str(things.run.pk))
    assert told(busy, text=str(things.run.pk)) == ["output:downloaded", "output:published", "run:granted"]
    assert told(busy, text="%") == told(busy, text="_") == [], "no wildcards"


def test_text_of_a_stranger_is_looked_for_among_what_is_theirs(people: People, busy: Client) -> None:
    assert told(as_(people.stranger), text="idris") == []
    assert told(as_(people.stranger), text=str(people.idris.pk)) == []


def test_text_that_fits_too_much_says_so(busy: Client, people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "MOST", 2)
    house = people.production.organisation
    Performer.objects.bulk_create(Performer(organisation=house, name=f"Quayle {n}") for n in range(3))
    page = text(busy.get("/ledger?text=quay"))
    assert "That text fits more than fifty names" in page
    assert "That text fits more than fifty names" not in text(busy.get("/ledger?text=arno"))


def test_time_is_between_two_moments_in_utc(busy: Client) -> None:
    ledger.sequence()
    moments = LedgerEntry.objects.order_by("index").values_list("recorded_at", flat=True)
    before, after = (f"{moment:%Y-%m-%dT%H:%M}" for moment in (moments[0], moments[0] + timedelta(minutes=1)))
    assert told(busy, since=before) == told(busy)
    assert told(busy, until=after) == told(busy)
    assert told(busy, since="2020-01-01T00:00", until="2020-01-02T00:00") == []
    assert told(busy, since="2120-01-01T00:00") == []
    wrong = busy.get("/ledger?since=2026-01-02T00:00&until=2026-01-01T00:00")
    assert "The end lies before the beginning." in text(wrong)


def test_filters_hold_together(busy: Client, people: People) -> None:
    asked = {
        "person": f"performer:{people.idris.pk}", "production": str(people.production.pk), "title": "café",
        "kind": "decisions", "outcome": "refused", "text": "petra", "since": "2020-01-01T00:00",
    }  # fmt: skip
    assert told(busy, **asked) == ["run:refused"]
    for name, other in {"title": "quay", "outcome": "done", "kind": "outputs", "text": "arno"}.items():
        assert told(busy, **{**asked, name: other}) == [], name


def test_count_is_capped_honestly(busy: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    entries = len(told(busy))
    assert f"{entries} entries" in text(busy.get("/ledger"))
    assert "1 entry" in text(busy.get("/ledger?outcome=refused"))
    monkeypatch.setattr(logbook, "COUNTED", 3)
    assert "2 entries" in text(busy.get("/ledger?kind=outputs"))
    assert "More than 3 entries" in text(busy.get("/ledger"))


def test_older_entries_follow_with_the_same_filters(busy: Client, things: Things) -> None:
    for _ in range(85):
        note(EntryKind.RUN_ADVANCED, f"run:{things.run.pk}", "worker:train")
    page, seen = busy.get("/ledger?kind=work"), []
    for _ in range(3):
        seen += [line.line.index for line in page.context["lines"]]
        following = page.context["next"]
        if following:
            assert "kind=work" in following
            page = busy.get(f"/ledger?{following}")
    assert len(seen) == 85
    assert seen == sorted(seen, reverse=True)
    assert "Older entries" in text(page)
    assert "Newest entries" in text(page)


def test_each_line_is_a_sentence_with_a_link(busy: Client, things: Things) -> None:
    page = text(busy.get("/ledger"))
    assert "Petra Producer asked for Café, take 1 , and the gate refused it." in page
    assert "Arno Artist downloaded the output of Quay, take 3 ." in page
    assert "A worker (enrol) had the face of Anselm Orr measured." in page
    assert f'href="/outputs/{things.output.pk}"' in busy.get("/ledger").content.decode()


@pytest.mark.parametrize("kind", list(EntryKind))
def test_every_kind_has_a_group_a_sentence_and_words(kind: EntryKind) -> None:
    groups = [key for key, (_, members) in kinds.GROUPS.items() if kind in members]
    assert len(groups) == 1, f"{kind} is in {groups}"
    assert kind in _SENTENCES
    assert kind in words.ENTRIES
    said = str(sentence(kind, who="Petra", about="the quay"))
    assert said.endswith(".")
    assert "{" not in said


def test_sentence_of_a_kind_that_is_new_still_reads() -> None:
    assert (
        str(sentence("moon:landed-on", who="Petra", about=""))
        == "Petra: moon landed on, something without a name here."
    )
    assert str(sentence(EntryKind.RUN_STOPPED, who="A worker", about="")).startswith("Something without a name")


def test_page_never_recomputes_the_ledger_by_itself(busy: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def recomputed(**_: object) -> None:
        raise AssertionError("the whole ledger was read")

    monkeypatch.setattr("countersign.log.audit", recomputed)
    page = busy.get("/ledger").content.decode()
    assert 'hx-trigger="load"' not in page
    assert 'href="/ledger/verification"' in page


def test_page_says_while_the_index_is_behind(busy: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("countersign.desk.projector.BATCH", 2)
    monkeypatch.setattr("countersign.desk.projector.catch_up", lambda **_: None)
    assert "The search is still reading the ledger" in text(busy.get("/ledger"))


def test_api_takes_the_same_filters(people: People, busy: Client) -> None:
    token = {"Authorization": f"Token {_token(people)}"}

    def ask(query: str) -> Any:
        return Client().get(f"/api/ledger?{query}", headers=token)

    assert [entry["kind"] for entry in ask("title=quay&kind=outputs").json()["entries"]] == [
        "output:downloaded",
        "output:published",
    ]
    assert [e["kind"] for e in ask(f"production={people.production.pk}&outcome=refused").json()["entries"]] == [
        "run:refused"
    ]
    for wrong in ("kind=nonsense", "outcome=maybe", "person=5", "production=x", "since=yesterday", "before=-1"):
        assert ask(wrong).status_code == 400, wrong


def _token(people: People) -> str:
    from knox.models import AuthToken

    token: str = AuthToken.objects.create(user=people.legal)[1]
    return token
