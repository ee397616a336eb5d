"""What a schedule may say, and what legal is shown before it is set."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from consent.models import ConsentRecord
from consent.types import ConsentState
from countersign.keeping import holds, retention
from countersign.keeping.errors import ScheduleError
from countersign.keeping.models import Schedule
from countersign.keeping.schedule import EVENTS, Since, Terms, What
from countersign.runs.models import Run
from tests import people as setup
from tests.countersign.conftest import Things
from tests.countersign.test_retention import FOOTAGE, ahead
from tests.people import People


def test_preview_says_what_goes_when_and_what_is_held(people: People, things: Things) -> None:
    Run.objects.filter(pk=things.run.pk).update(finished_at=ahead(-10))
    holds.place(people.production, subject=f"footage:{things.plate.pk}", reason="A claim.", by=people.legal)
    shown = {one.title: one for one in retention.preview(people.production, FOOTAGE)}
    assert set(shown) == {"Idris, training reel", "Quay, take 3"}
    reel, quay = shown["Idris, training reel"], shown["Quay, take 3"]
    assert reel.due is not None
    assert abs(reel.due - ahead(20)) < timedelta(minutes=1)
    assert (reel.held, quay.held) == (frozenset(), {f"footage:{things.plate.pk}"})
    assert not Schedule.objects.exists()


def test_footage_by_consent_waits_for_the_last_of_those_in_it(people: People, things: Things) -> None:
    terms = Terms(what=What.FOOTAGE, since=Since.CONSENTS_ENDED, days=0)
    ends = {one.title: one.due for one in retention.preview(people.production, terms)}
    assert ends["Quay, take 3"] == ConsentRecord.objects.get(performer=people.anselm).valid_until
    setup.consent(people, people.anselm, valid_until=setup.NOW + timedelta(days=700))
    ends = {one.title: one.due for one in retention.preview(people.production, terms)}
    assert ends["Quay, take 3"] == setup.NOW + timedelta(days=700)
    ConsentRecord.objects.filter(performer=people.anselm).update(
        state=ConsentState.WITHDRAWN, withdrawn_at=setup.NOW - timedelta(days=1)
    )
    ends = {one.title: one.due for one in retention.preview(people.production, terms)}
    assert ends["Quay, take 3"] == setup.NOW - timedelta(days=1)


@pytest.mark.parametrize(
    "terms",
    [
        Terms(what=What.OUTPUTS, since=Since.ADDED, days=1),
        Terms(what=What.FOOTAGE, since=Since.TAKEN_DOWN, days=1),
        Terms(what=What.FOOTAGE, since=Since.ADDED, days=-1),
        Terms(what=What.FOOTAGE, since=Since.ADDED, days=40_000),
    ],
    ids=str,
)
def test_a_schedule_that_makes_no_sense_is_refused(people: People, terms: Terms) -> None:
    with pytest.raises(ScheduleError):
        retention.schedule(people.production, terms, by=people.legal)


def test_the_database_knows_which_event_belongs_to_what(people: People) -> None:
    for what in What:
        for since in set(Since) - set(EVENTS[what]):
            with pytest.raises(IntegrityError), transaction.atomic():
                Schedule.objects.create(
                    production=people.production, what=what, since=since, days=1, set_by=people.legal, set_at=setup.NOW
                )
