"""Several at once, and processes killed at any point: nothing is destroyed behind a hold's back, and nothing twice."""

import os
import subprocess
import sys
from collections import Counter

import pytest
from django.conf import settings

from consent.types import Refusal
from countersign.keeping import erasing, holds, looks, plans, retention, sweep
from countersign.keeping.errors import PlanChangedError
from countersign.keeping.schedule import Since, Terms, What
from countersign.runs import storage
from countersign.runs.models import FaceTrack, Footage, FootageState
from provenance import ledger
from provenance.models import LedgerEntry
from provenance.types import EntryKind
from tests import people as setup
from tests.conftest import ROOT
from tests.consent.test_at_once import at_once
from tests.countersign.test_sealed import examine
from tests.people import People
from tests.provenance.conftest import own_database

__all__ = ["own_database"]  # a fixture

NOW = Terms(what=What.FOOTAGE, since=Since.ADDED, days=0)
CLIPS, KILLS = 40, 25
KILLER = """
import os, random, signal, sys, time
import django
django.setup()
from django.db import connection
from countersign.keeping import sweep
connection.settings_dict["NAME"] = sys.argv[1]
connection.ensure_connection()
connection.close()
for number in range(int(sys.argv[2])):
    child = os.fork()
    if not child:
        sweep.sweep()
        os._exit(0)
    time.sleep(random.uniform(0, 0.04 * (number + 1)))  # longer and longer, so that a slow machine gets somewhere
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
"""


@pytest.fixture
def here(own_database: str) -> People:
    storage.prepare()
    return setup.make()


def clip(people: People, number: int) -> Footage:
    footage = setup.clip(people, people.idris, "idris", title=f"Take {number}", sha256=f"{number:064x}")
    setup.bring(footage, b"film")
    return footage


def test_sweeps_killed_at_any_point_destroy_everything_once(here: People, own_database: str) -> None:
    clips = [clip(here, number) for number in range(CLIPS)]
    retention.schedule(here.production, NOW, by=here.legal)
    environment = {**os.environ, "COUNTERSIGN_DATA": str(settings.DATA), "COUNTERSIGN_DATABASE_ROLE": "app"}
    environment["DJANGO_SETTINGS_MODULE"] = "countersign.settings"
    command = [sys.executable, "-c", KILLER, own_database, str(KILLS)]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    assert Footage.objects.filter(state=FootageState.DESTROYED).exists(), "no sweep got anywhere"
    for footage in Footage.objects.exclude(state=FootageState.DESTROYED):
        assert storage.footage(footage.pk).exists(), "a file went before its row said so"
    sweep.sweep()
    ledger.sequence()
    assert {row.state for row in Footage.objects.all()} == {FootageState.DESTROYED}
    assert not [one for one in clips if storage.footage(one.pk).exists()]
    said = LedgerEntry.objects.filter(kind=EntryKind.FOOTAGE_DESTROYED).values_list("subject", flat=True)
    assert Counter(said) == Counter(f"footage:{one.pk}" for one in clips)


def test_two_sweeps_at_once_destroy_each_thing_once(here: People) -> None:
    clips = [clip(here, number) for number in range(6)]
    retention.schedule(here.production, NOW, by=here.legal)
    assert sum(at_once(3, lambda _: sweep.sweep())) == len(clips)
    ledger.sequence()
    assert LedgerEntry.objects.filter(kind=EntryKind.FOOTAGE_DESTROYED).count() == len(clips)


def test_a_hold_placed_while_a_sweep_goes_on_is_kept_or_comes_too_late_and_never_both(here: People) -> None:
    clips = [clip(here, number) for number in range(12)]
    retention.schedule(here.production, NOW, by=here.legal)
    last = clips[-1]

    def act(number: int) -> object:
        if number == 0:
            return sweep.sweep()
        return holds.place(here.production, subject=f"footage:{last.pk}", reason="A claim.", by=here.legal)

    at_once(2, act)
    ledger.sequence()
    kinds = (EntryKind.FOOTAGE_DESTROYED.value, EntryKind.HOLD_PLACED.value)
    order = list(
        LedgerEntry.objects.filter(subject=f"footage:{last.pk}", kind__in=kinds).values_list("kind", flat=True)
    )
    gone = Footage.objects.get(pk=last.pk).state == FootageState.DESTROYED
    assert order == (["footage:destroyed", "hold:placed"] if gone else ["hold:placed"])
    assert storage.footage(last.pk).exists() is not gone


def test_many_ranges_at_once_make_one_entry(here: People) -> None:
    footage = clip(here, 1)
    assert at_once(8, lambda _: _watched(footage, here)) == [b"film"] * 8
    assert len(ledger.about((f"footage:{footage.pk}",), kinds=(EntryKind.FOOTAGE_VIEWED,))) == 1


def test_two_who_erase_at_once_erase_once(here: People) -> None:
    setup.consent(here, here.idris)
    shown = plans.plan(here.idris).digest
    answers = at_once(2, lambda _: erasing.erase(here.idris, by=here.legal, confirmed=shown))
    assert sorted(type(answer) is Refusal for answer in answers) == [False, True], answers
    assert len(ledger.about((f"performer:{here.idris.pk}",), kinds=(EntryKind.PERFORMER_ERASED,))) == 1


def test_no_picture_comes_back_from_an_examination_that_was_going_on(here: People) -> None:
    """The worker found the face before the erasure, and writes it down after."""
    setup.consent(here, here.idris)
    footage = clip(here, 1)

    def act(number: int) -> None:
        if number == 0:
            _erase(here)
        else:
            examine(footage, here.idris)

    assert at_once(2, act) == [None, None]
    assert not FaceTrack.objects.filter(performer=here.idris).exclude(thumbnail=b"").exists()


def _watched(footage: Footage, people: People) -> bytes:
    with looks.at_footage(footage, by=people.producer) as clip:
        return clip.read()


def _erase(people: People) -> None:
    """As somebody does it who is asked to look again when something came or went."""
    try:
        erasing.erase(people.idris, by=people.legal, confirmed=plans.plan(people.idris).digest)
    except PlanChangedError:
        _erase(people)
