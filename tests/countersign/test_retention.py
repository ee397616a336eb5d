"""What a schedule ends is destroyed once, for good, with an entry; and nothing that is held."""

from datetime import datetime, timedelta
from hashlib import sha256
from io import BytesIO
from typing import Any

import pytest
from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.utils import timezone

from consent.models import ConsentRecord
from consent.types import ReasonCode
from countersign.accounts.models import Organisation, Production
from countersign.keeping import holds, looks, retention, sweep
from countersign.keeping.schedule import Since, Terms, What
from countersign.runs import deposits, services, storage
from countersign.runs.models import (
    EnrolmentState,
    FaceTrack,
    Footage,
    FootageState,
    Output,
    OutputState,
    Run,
    RunState,
    Still,
)
from countersign.runs.requests import Order
from provenance import ledger
from provenance.errors import LedgerError
from provenance.types import EntryKind
from tests import people as setup
from tests.countersign.conftest import Things, keep
from tests.countersign.test_looks import unwritable_ledger
from tests.countersign.test_pages import as_
from tests.people import People

FOOTAGE = Terms(what=What.FOOTAGE, since=Since.LAST_USED, days=30)
OUTPUTS = Terms(what=What.OUTPUTS, since=Since.TAKEN_DOWN, days=10)
DOCUMENTS = Terms(what=What.DOCUMENTS, since=Since.CONSENT_ENDED, days=90)
STILLS = Terms(what=What.STILLS, since=Since.ADDED, days=7)
REFUSED = Terms(what=What.REFUSED, since=Since.ADDED, days=3)


def entries(kind: EntryKind, subject: str) -> list[Any]:
    return ledger.about((subject,), kinds=(kind,))


def ahead(days: float) -> datetime:
    return timezone.now() + timedelta(days=days)


@pytest.fixture
def scheduled(people: People, things: Things) -> Things:
    """The plate's run ended 31 days ago, so that the plate and its reel are due."""
    for terms in (FOOTAGE, OUTPUTS, DOCUMENTS, STILLS, REFUSED):
        retention.schedule(people.production, terms, by=people.legal)
    Run.objects.filter(pk=things.run.pk).update(finished_at=ahead(-31))
    return things


def test_footage_goes_after_its_last_run_and_its_digest_stays(people: People, scheduled: Things) -> None:
    path = storage.footage(scheduled.plate.pk)
    assert path.exists()
    assert sweep.sweep() == 2
    assert not path.exists()
    plate = Footage.objects.get(pk=scheduled.plate.pk)
    assert (plate.state, plate.sha256, bytes(plate.poster)) == (FootageState.DESTROYED, scheduled.plate.sha256, b"")
    assert not FaceTrack.objects.filter(footage=plate).exclude(thumbnail=b"").exists()
    (entry,) = entries(EntryKind.FOOTAGE_DESTROYED, f"footage:{plate.pk}")
    assert entry.actor == "system:retention"
    assert entry.body == {
        "sha256": plate.sha256,
        "schedule": {"what": "footage", "since": "last-used", "days": 30, "statutory": False},
    }


def test_a_second_sweep_destroys_nothing_again(people: People, scheduled: Things) -> None:
    assert [sweep.sweep(), sweep.sweep()] == [2, 0]
    assert len(entries(EntryKind.FOOTAGE_DESTROYED, f"footage:{scheduled.plate.pk}")) == 1


@pytest.mark.parametrize("level", ["production", "performer", "run", "output", "footage"])
def test_a_hold_beats_the_schedule_until_it_is_lifted(people: People, scheduled: Things, level: str) -> None:
    held = {
        "production": people.production,
        "performer": people.anselm,
        "run": scheduled.run,
        "output": scheduled.output,
        "footage": scheduled.plate,
    }[level]
    hold = holds.place(people.production, subject=f"{level}:{held.pk}", reason="A claim.", by=people.legal)
    sweep.sweep()
    path = storage.footage(scheduled.plate.pk)
    assert path.exists()
    assert Footage.objects.get(pk=scheduled.plate.pk).state == FootageState.READY
    holds.lift(hold, by=people.legal)
    sweep.sweep()
    assert not path.exists()


def test_nothing_that_a_run_still_needs_is_destroyed(people: People, scheduled: Things) -> None:
    again = setup.run(people, scheduled.footage, scheduled.plate, state=RunState.TRAINING)
    assert sweep.sweep() == 0
    Run.objects.filter(pk=again.pk).update(state=RunState.STOPPED, finished_at=ahead(-29))
    assert sweep.sweep() == 0  # the days are counted from its end
    Run.objects.filter(pk=again.pk).update(finished_at=ahead(-30.1))
    assert sweep.sweep() == 2


def test_killed_before_the_file_went_the_next_sweep_takes_it(
    people: People, scheduled: Things, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = storage.footage(scheduled.plate.pk)
    with monkeypatch.context() as patch:
        patch.setattr(deposits, "unlink_destroyed", lambda: 0)  # what a kill after the commit leaves undone
        assert sweep.sweep() == 2
    assert path.exists()
    assert as_(people.producer).get(f"/footage/{scheduled.plate.pk}/video").status_code == 410
    assert sweep.sweep() == 0
    assert not path.exists()
    assert len(entries(EntryKind.FOOTAGE_DESTROYED, f"footage:{scheduled.plate.pk}")) == 1


def test_what_cannot_be_written_down_is_not_destroyed(people: People, scheduled: Things) -> None:
    with pytest.raises(LedgerError), unwritable_ledger(), transaction.atomic():
        sweep.sweep()
    assert storage.footage(scheduled.plate.pk).exists()
    assert Footage.objects.get(pk=scheduled.plate.pk).state == FootageState.READY


def test_the_same_film_in_two_productions_is_two_files_under_two_keys(people: People, scheduled: Things) -> None:
    elsewhere = Production.objects.create(organisation=people.production.organisation, title="The Short Harbour")
    film = b"the same film" * 1000
    one, other = (
        services.add_footage(where, title="Twice", file=File(BytesIO(film), "a.mp4"), by=people.producer)
        for where in (people.production, elsewhere)
    )
    assert one.sha256 == other.sha256
    assert storage.footage(one.pk).read_bytes() != storage.footage(other.pk).read_bytes()
    Footage.objects.filter(pk=one.pk).update(state=FootageState.READY)
    retention.schedule(people.production, Terms(what=What.FOOTAGE, since=Since.ADDED, days=1), by=people.legal)
    sweep.sweep(ahead(2))
    assert not storage.footage(one.pk).exists()
    with looks.at_footage(other, by=people.producer) as clip:
        assert clip.read() == film


def test_the_same_clip_can_be_uploaded_again_after(people: People, scheduled: Things) -> None:
    film = b"a film of few frames"
    again = services.add_footage(
        people.production, title="Again", file=File(BytesIO(film), "a.mp4"), by=people.producer
    )
    Footage.objects.filter(pk=again.pk).update(state=FootageState.READY)
    retention.schedule(people.production, Terms(what=What.FOOTAGE, since=Since.ADDED, days=1), by=people.legal)
    sweep.sweep(ahead(2))
    third = services.add_footage(
        people.production, title="Third", file=File(BytesIO(film), "a.mp4"), by=people.producer
    )
    assert third.pk != again.pk
    assert third.state == FootageState.RECEIVED
    with looks.at_footage(third, by=people.legal) as clip:
        assert clip.read() == film


def test_a_run_on_destroyed_footage_is_refused_in_words(people: People, scheduled: Things) -> None:
    stale = Footage.objects.get(pk=scheduled.plate.pk)  # as a page had it before
    sweep.sweep()
    order = Order(
        title="Once more",
        likeness=people.idris,
        plate_performer=people.anselm,
        footage=Footage.objects.get(pk=scheduled.footage.pk),
        plate=stale,
        scene="Scene 12",
        medium="cinema",
        territories=("GB",),
    )
    run = services.start(order, by=people.producer)
    assert run.state == RunState.REFUSED
    said = {reason["code"]: reason for reason in run.reasons}
    gone = said[ReasonCode.FOOTAGE_DESTROYED]
    assert "was destroyed on" in gone["sentence"]
    assert "30 days after" in gone["allowed"]


def test_pages_say_when_and_under_which_schedule(people: People, scheduled: Things) -> None:
    sweep.sweep()
    page = as_(people.producer).get(f"/footage/{scheduled.plate.pk}").content.decode()
    assert "Destroyed on" in page
    assert "footage, 30 days after its last run ended" in page
    assert "<video" not in page
    assert as_(people.producer).get(f"/productions/{people.production.pk}").status_code == 200


def test_outputs_go_once_they_are_taken_down(people: People, scheduled: Things) -> None:
    path = storage.output(scheduled.output.sha256)
    Output.objects.filter(pk=scheduled.output.pk).update(state=OutputState.TAKEN_DOWN, taken_down_at=ahead(-9))
    sweep.sweep()
    assert path.exists()
    sweep.sweep(ahead(2))
    assert not path.exists()
    (entry,) = entries(EntryKind.OUTPUT_DESTROYED, f"output:{scheduled.output.pk}")
    assert entry.body["sha256"] == scheduled.output.sha256
    page = as_(people.producer).get(f"/runs/{scheduled.run.pk}").content.decode()
    assert "Destroyed on" in page


def test_published_outputs_are_never_destroyed_by_a_schedule(people: People, scheduled: Things) -> None:
    sweep.sweep(ahead(5000))
    assert storage.output(scheduled.output.sha256).exists()


def test_documents_of_a_consent_go_after_its_end(people: People, scheduled: Things) -> None:
    digest = scheduled.consent.document_sha256
    sweep.sweep(ahead(355 + 89))
    assert bytes(ConsentRecord.objects.get(pk=scheduled.consent.pk).signed_pdf)
    ConsentRecord.objects.filter(pk=scheduled.consent.pk).update(valid_from=ahead(-300), valid_until=ahead(-91))
    sweep.sweep()
    row = ConsentRecord.objects.get(pk=scheduled.consent.pk)
    assert (bytes(row.signed_pdf), bytes(row.offered_pdf), row.signer) == (b"", b"", "")
    assert (row.document_sha256, row.terms["nonce"]) == (digest, "0" * 32)
    assert "Idris" not in str(row.terms)
    assert row.destroyed_at is not None
    assert len(entries(EntryKind.CONSENT_DESTROYED, f"consent:{row.pk}")) == 1
    answer = as_(people.producer).get(f"/consents/{row.pk}/signed.pdf")
    assert answer.status_code == 410
    assert b"were destroyed on" in answer.content
    assert "were destroyed on" in as_(people.legal).get(f"/consents/{row.pk}").content.decode()


def test_the_document_of_a_standing_consent_cannot_be_destroyed(people: People, things: Things) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ConsentRecord.objects.filter(pk=things.consent.pk).update(
            signed_pdf=b"", offered_pdf=b"", signer="", destroyed_at=timezone.now()
        )


def test_pictures_that_no_worker_measured_go(people: People, scheduled: Things) -> None:
    Still.objects.create(enrolment=scheduled.enrolment, picture=setup.still("idris", 1))
    sweep.sweep(ahead(8))
    assert not Still.objects.exists()
    scheduled.enrolment.refresh_from_db()
    assert scheduled.enrolment.state == EnrolmentState.REFUSED
    assert [reason["code"] for reason in scheduled.enrolment.refusal] == [ReasonCode.STILLS_DESTROYED]
    (entry,) = entries(EntryKind.STILLS_DESTROYED, f"performer:{people.idris.pk}")
    assert entry.body["pictures"] == 1


def test_refused_uploads_go_and_the_clips_that_were_never_kept_with_them(people: People, scheduled: Things) -> None:
    bad = setup.clip(people, None, "anselm", title="Broken", state=FootageState.REFUSED, sha256="unkept-" + "0" * 32)
    worse = setup.clip(people, None, "anselm", title="Broken too", state=FootageState.REFUSED, sha256="ab" * 32)
    setup.bring(worse, b"broken")
    sweep.sweep(ahead(4))
    assert {f.state for f in Footage.objects.filter(pk__in=(bad.pk, worse.pk))} == {FootageState.DESTROYED}
    assert not storage.footage(worse.pk).exists()


def test_setting_and_ending_a_schedule_stand_in_the_ledger(people: People, scheduled: Things) -> None:
    assert retention.end(people.production, What.FOOTAGE, by=people.legal)
    assert not retention.end(people.production, What.FOOTAGE, by=people.legal)
    assert sweep.sweep() == 0
    said = [e.body for e in entries(EntryKind.RETENTION_SET, f"production:{people.production.pk}")]
    assert said[0] == {"what": "footage", "since": "last-used", "days": 30, "statutory": False}
    assert said[-1] == {"what": "footage", "days": None}


def test_the_sweep_is_one_house_at_a_time(people: People, scheduled: Things) -> None:
    Organisation.objects.create(name="A third house")
    assert sweep.sweep() == 2


def test_the_supervisor_says_once_why_nothing_is_destroyed(people: People, scheduled: Things) -> None:
    told: list[str] = []

    def say(text: str) -> None:
        told.append(text)
        raise KeyboardInterrupt  # how a supervisor ends

    with unwritable_ledger(), pytest.raises(KeyboardInterrupt), transaction.atomic():
        sweep.keep_destroying(say)
    assert told[0].startswith("what schedules end was not destroyed: ")
    assert storage.footage(scheduled.plate.pk).exists()


def test_clip_that_an_earlier_version_kept_in_the_clear_is_sealed_once(people: People) -> None:
    film = b"a film of few frames"
    digest = sha256(film).hexdigest()
    for where in (people.production, Production.objects.create(organisation=people.production.organisation, title="B")):
        Footage.objects.create(
            production=where, title="Old", sha256=digest, size=len(film), uploaded_by=people.producer
        )
    old = storage.plain(Footage.objects.filter(title="Old")[0])
    keep(old, film)
    assert [deposits.seal_plain(), deposits.seal_plain()] == [2, 0]
    assert not old.exists()
    for clip in Footage.objects.filter(title="Old"):
        with looks.at_footage(clip, by=people.producer) as content:
            assert content.read() == film
