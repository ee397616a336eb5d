"""Faces in a browser: a performer's passcode and pictures, a second person's confirmation, two people's review."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from consent.enrolment import ProposedFace
from consent.models import Performer
from consent.types import Band
from countersign.runs import enrolling, tasks
from countersign.runs.face_models import FaceMoment
from countersign.runs.models import Enrolment, FaceTrack
from tests import people as setup
from tests.e2e.browsing import Site, browser, look, made_films, opened, own_database, site

__all__ = ["browser", "made_films", "own_database", "site"]  # fixtures
pytestmark = pytest.mark.browser


@dataclass(frozen=True, slots=True)
class Faces:
    enrolment: Enrolment
    unsure: FaceTrack


@pytest.fixture
def faces(site: Site) -> Faces:
    """Idris's pictures wait to be confirmed; a face in the plate may be Anselm's."""
    people = site.people
    setup.release(people, people.idris)
    setup.give_password(people.artist)
    setup.clip(people, people.idris, "idris", title="Screen test")
    Performer.objects.filter(pk=people.idris.pk).update(template=b"", enrolled_at=None, portrait=b"")
    performer, stills = Performer.objects.get(pk=people.idris.pk), [setup.still("idris", n) for n in range(1, 6)]
    enrolment = enrolling.enrol(performer, enrolling.Pictures(stills=stills), by=people.producer)
    tasks.enrol(str(enrolment.pk))
    ProposedFace.objects.update(looks_like=[str(people.anselm.pk)])
    unsure = {"band": Band.REVIEW.value, "score": 0.41, "review": 0.35, "best": people.anselm, "performer": None}
    rows = FaceTrack.objects.filter(footage=site.plate)
    rows.update(**unsure, second=people.idris, second_score=0.22, recogniser="sface-2021dec-int8@" + "f" * 64)
    track = rows.get()
    for n in (1, 2, 4, 5):
        FaceMoment.objects.create(track=track, frame=25 * n, picture=setup.still("anselm", n))
    setup.examined(site.plate)
    return Faces(Enrolment.objects.get(pk=enrolment.pk), track)


def shot(page: Page, name: str) -> None:
    """What it looks like, wide and narrow; it never scrolls sideways."""
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        look(page, f"{name}-{width}")


def test_two_people_compare_a_face_and_it_counts_from_then_on(site: Site, faces: Faces, browser: Browser) -> None:
    for who, says in ((site.people.legal, "The same ears and brows."), (site.people.artist, "I was on the set.")):
        page, complaints = opened(browser)
        site.sign_in(page, who)
        site.go(page, "/faces")
        shot(page, "faces-queue")
        page.get_by_role("link", name="Is this Anselm Orr?").click()
        expect(page.get_by_alt_text("The enrolled face of Anselm Orr")).to_be_visible()
        expect(page.get_by_alt_text("The face in frame 25", exact=True)).to_be_visible()
        page.get_by_label("The same person").check()
        page.get_by_label("Why").fill(says)
        shot(page, "faces-review")
        page.get_by_role("button", name="Say so").click()
        expect(page.get_by_text("Noted, with your name and your reason.")).to_be_visible()
        assert complaints == []
    expect(page.get_by_text("It counts as recognised from now on.")).to_be_visible()
    shot(page, "faces-reviewed")


def test_legal_sees_the_pictures_beside_what_is_known_and_confirms(site: Site, faces: Faces, browser: Browser) -> None:
    page, complaints = opened(browser)
    site.sign_in(page, site.people.legal)
    site.go(page, "/legal")
    shot(page, "legal")
    page.get_by_role("region", name="Faces to confirm").get_by_role("link", name="Idris Vane").click()
    expect(page.get_by_role("heading", name="Looks like another performer")).to_be_visible()
    expect(page.get_by_alt_text("Picture 1", exact=True)).to_be_visible()
    expect(page.get_by_alt_text("A face found in Screen test")).to_be_visible()
    shot(page, "enrolment")
    page.get_by_role("button", name="Yes, they show Idris Vane").click()
    expect(page.get_by_text("Footage is searched for this face from now on.")).to_be_visible()
    assert complaints == []


def test_performer_gets_a_passcode_and_sends_pictures(
    site: Site, faces: Faces, browser: Browser, tmp_path: Path
) -> None:
    page, complaints = opened(browser)
    site.sign_in(page, site.people.idris_person)
    page.get_by_role("link", name="Enrol my face").click()
    page.get_by_role("button", name="Show me today's passcode").click()
    passcode = page.locator(".passcode").inner_text()
    shot(page, "my-face")
    files = [tmp_path / f"{n}.jpg" for n in range(1, 6)]
    for n, file in enumerate(files, 1):
        file.write_bytes(setup.still("idris", n))
    page.get_by_label("Pictures of the face").set_input_files(files)
    page.get_by_role("textbox", name="Today's passcode").fill(passcode)
    page.get_by_role("button", name="Send them").click()
    expect(page.get_by_text("are being measured; then they have to be confirmed")).to_be_visible()
    assert complaints == []


def test_producer_leaves_a_stranger_alone(site: Site, faces: Faces, browser: Browser) -> None:
    FaceTrack.objects.create(
        footage=site.plate, number=2, first_frame=0, last_frame=124, frames_seen=125, median_face_px=80.0,
        thumbnail=setup.still("mara", 1), score=0.2, threshold=0.45, band=Band.REFUSE.value,
    )  # fmt: skip
    page, complaints = opened(browser)
    site.sign_in(page, site.people.producer)
    site.go(page, f"/productions/{site.people.production.pk}/runs/new")
    group = page.get_by_role("group", name="Leave these faces alone")
    expect(group.get_by_text("Face 2 in Quay, take 3")).to_be_visible()
    group.get_by_text("Face 2 in Quay, take 3").click()
    shot(page, "run-new")
    assert complaints == []
