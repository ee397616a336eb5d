"""The faces on record in a clip are believed only as far as the ledger says that they were found."""

from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from consent import seal
from consent.types import Band
from countersign import keys
from countersign.runs import publication, seen, services
from countersign.runs.errors import ConsentGoneError
from countersign.runs.models import FaceTrack, Footage, Run, RunState
from countersign.runs.requests import Order
from provenance import ledger
from provenance.types import EntryKind
from tests import people as setup
from tests.people import People

pytestmark = pytest.mark.django_db


@pytest.fixture
def plate(people: People) -> Footage:
    return setup.clip(people, people.anselm, "anselm", title="Quay, take 3")


@pytest.fixture
def stranger(people: People) -> Footage:
    """A clip in which nobody was known, and a row that says by now that it was Anselm."""
    clip = setup.clip(people, None, "mara", title="Said to be Anselm")
    FaceTrack.objects.filter(footage=clip).update(performer=people.anselm, band=Band.MATCH.value, score=0.9)
    return clip


def ask(people: People, plate: Footage) -> Run:
    for performer in (people.idris, people.anselm):
        setup.consent(people, performer, released=True)
    footage = setup.clip(people, people.idris, "idris", title="Idris, training reel")
    order = Order(
        title="Quay", likeness=people.idris, plate_performer=people.anselm, footage=footage, plate=plate,
        scene="Scene 12", medium="cinema", territories=("GB",),
    )  # fmt: skip
    return services.start(order, by=people.producer)


def codes(run: Run) -> set[str]:
    return {reason["code"] for reason in run.reasons}


def test_faces_as_they_were_found_are_granted(people: People, plate: Footage) -> None:
    assert ask(people, plate).state == RunState.GRANTED


def test_a_stranger_who_is_written_to_be_known_is_refused(people: People, stranger: Footage) -> None:
    run = ask(people, stranger)
    assert (run.state, codes(run)) == (RunState.REFUSED, {"ledger-disagrees"})
    (said,) = ledger.about((f"run:{run.pk}",), kinds=(EntryKind.RUN_REFUSED,))
    assert "ledger-disagrees" in str(said.body["reasons"])


@pytest.mark.parametrize("change", [{"threshold": 0.1}, {"recogniser": "another"}, {"number": 4}, {"review": 0.1}])
def test_any_other_word_in_the_row_is_refused(people: People, plate: Footage, change: dict[str, Any]) -> None:
    FaceTrack.objects.filter(footage=plate).update(**change)
    assert "ledger-disagrees" in codes(ask(people, plate))


def test_a_face_whose_row_was_taken_away_is_missed(people: People, plate: Footage) -> None:
    FaceTrack.objects.create(
        footage=plate, number=2, first_frame=0, last_frame=124, frames_seen=125, median_face_px=90.0,
        thumbnail=b"", score=0.2, threshold=0.45,
    )  # fmt: skip
    setup.examined(plate)
    FaceTrack.objects.filter(footage=plate, number=2).delete()
    assert "ledger-disagrees" in codes(ask(people, plate))


def test_a_clip_nobody_examined_is_refused(people: People, plate: Footage) -> None:
    copied = Footage.objects.get(pk=plate.pk)
    copied.pk, copied.sha256 = None, "c" * 64  # a row that the ledger says nothing of
    copied.save(force_insert=True)
    FaceTrack.objects.filter(footage=plate).update(footage=copied)
    assert "ledger-disagrees" in codes(ask(people, copied))


def test_an_examination_of_other_bytes_counts_for_nothing(plate: Footage) -> None:
    plate.sha256 = "d" * 64
    assert seen.otherwise(plate)


def test_only_the_last_examination_counts(people: People, plate: Footage) -> None:
    FaceTrack.objects.filter(footage=plate).update(performer=None, band=Band.REFUSE.value)
    setup.examined(plate)
    assert seen.otherwise(plate) is None
    FaceTrack.objects.filter(footage=plate).update(performer=people.anselm, band=Band.MATCH.value)
    assert seen.otherwise(plate)


def test_a_row_changed_after_the_grant_is_not_published(people: People, plate: Footage) -> None:
    run = ask(people, plate)
    grant = seal.open(run.sealed_grant, keys.gate_public(settings.KEYS), timezone.now())
    publication._ask_again(run, grant)
    FaceTrack.objects.filter(footage=plate).update(recogniser="another")
    with pytest.raises(ConsentGoneError) as stopped:
        publication._ask_again(run, grant)
    assert [reason.code for reason in stopped.value.reasons] == ["ledger-disagrees"]
