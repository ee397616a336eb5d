"""Refused attempts, grouped: the counts are those of the ledger, and everybody sees only their own."""

from datetime import timedelta

import pytest
from django.utils import timezone

from consent.models import ConsentRecord
from countersign import logbook
from countersign.accounts.models import Person, Production
from countersign.desk import refusals
from countersign.desk.models import Pattern
from countersign.desk.refusals import Refusals
from countersign.runs.models import Run
from provenance.types import EntryKind, Json
from tests.countersign.conftest import Things
from tests.countersign.test_desk_index import note
from tests.countersign.test_pages import as_, text
from tests.people import People


def grouped(person: Person) -> Refusals:
    return refusals.grouped(person, since=None, until=None)


def refuse(people: People, run: Run, *reasons: str, by: Person | None = None) -> None:
    codes: list[Json] = [*reasons]
    note(EntryKind.RUN_REFUSED, f"run:{run.pk}", f"person:{(by or people.producer).pk}", reasons=codes)


@pytest.fixture
def pattern(people: People, things: Things) -> None:
    """Petra asks seven times for the face of Idris after he withdrew, once for too long a clip; Arno tries once."""
    ConsentRecord.objects.filter(pk=things.consent.pk).update(state="withdrawn", withdrawn_at=timezone.now())
    for _ in range(6):
        refuse(people, things.run, "consent-withdrawn")
    refuse(people, things.run, "consent-withdrawn", "screen-time-spent")
    refuse(people, things.run, "consent-withdrawn", by=people.artist)
    note(EntryKind.RUN_GRANTED, f"run:{things.run.pk}", f"person:{people.producer.pk}")


def test_seven_tries_for_the_face_of_one_who_withdrew_show_at_a_glance(people: People, pattern: None) -> None:
    first = grouped(people.legal).patterns[0]
    assert (first.count, first.reason, first.performer, first.asker) == (
        7,
        "Consent withdrawn",
        "Idris Vane",
        "Petra Producer",
    )
    page = text(as_(people.legal).get("/legal/refusals"))
    assert "Petra Producer was refused 7 times over the face of Idris Vane." in page
    assert "Idris Vane withdrew on" in page
    assert "The Long Harbour" in page


def test_counts_are_those_of_the_entries_behind_them(people: People, pattern: None) -> None:
    found = grouped(people.legal)
    assert sorted(one.count for one in found.patterns) == [1, 1, 7]
    assert found.attempts == 9
    for one in found.patterns:
        lines = as_(people.legal).get(f"/ledger?{one.entries}").context["lines"]
        assert len(lines) == one.count, one.sentence
        assert all(line.refused and one.reason in line.reasons for line in lines)


def test_strangers_see_no_pattern_and_performers_those_of_their_own_face(people: People, pattern: None) -> None:
    assert grouped(people.stranger).patterns == ()
    assert grouped(people.anselm_person).patterns == (), "his face was not asked for"
    assert [one.count for one in grouped(people.idris_person).patterns] == [7, 1, 1]
    assert grouped(people.idris_person).attempts == 9


def test_what_a_worker_refuses_stands_with_whoever_asked_for_the_run(people: People, things: Things) -> None:
    note(EntryKind.GRANT_REFUSED, f"run:{things.run.pk}", "worker:train", step="train", reasons=["grant-expired"])
    (only,) = grouped(people.legal).patterns
    assert only.asker == "Petra Producer"
    assert len(as_(people.legal).get(f"/ledger?{only.entries}").context["lines"]) == 1


def test_bars_say_when(people: People, things: Things) -> None:
    refuse(people, things.run, "no-consent")
    grouped(people.legal)
    row = Pattern.objects.get()
    old = row.day - timedelta(days=47)
    row.pk = None
    row.day, row.count, row.first_at = old, 4, row.first_at - timedelta(days=47)
    row.save()
    (only,) = grouped(people.legal).patterns
    assert only.count == 5
    assert [(bar.x, bar.height) for bar in only.bars] == [(0, refusals.HEIGHT), (23 * refusals.WIDTH, 10)]
    (recent,) = refusals.grouped(people.legal, since=old + timedelta(days=1), until=None).patterns
    assert recent.count == 1
    assert as_(people.legal).get(f"/legal/refusals?since={old}&until={old}").context["found"].attempts == 4


def test_refusals_of_another_production_stay_there(people: People, pattern: None) -> None:
    other = Production.objects.create(organisation=people.production.organisation, title="The Short Harbour")
    lara = type(people.legal).objects.create_user("lara@example.org", "Lara")
    other.memberships.create(person=lara, role="legal")
    assert grouped(lara).patterns == ()


def test_refused_publication_is_not_summed_for_an_output_may_not_be_out(people: People, things: Things) -> None:
    note(EntryKind.OUTPUT_PUBLICATION_REFUSED, f"output:{things.output.pk}", "worker:publish", reasons=["no-face"])
    assert grouped(people.legal).patterns == ()
    assert len(logbook.page(people.legal, logbook.Search(reason="no-face")).entries) == 1


def test_a_period_that_runs_backwards_is_said_and_nothing_is_filtered(people: People, pattern: None) -> None:
    page = as_(people.legal).get("/legal/refusals?since=2026-11-02&until=2026-11-01")
    assert "The end lies before the beginning." in text(page)
    assert page.context["found"].attempts == 9
