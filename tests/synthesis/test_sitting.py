"""A short clip makes a template when it moves, shows one face, and that from the front and from both sides."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from synthesis import faces, sitting, video
from synthesis.detect import Finder
from synthesis.errors import EnrolmentError, NoFaceError, UnreadableClipError
from synthesis.landmarks import Landmarker, yaw
from synthesis.types import Image
from tests.conftest import ROOT

Show = Callable[[Iterator[Image]], Path]
TRUTH = ROOT.parent / "shared" / "data" / "performers" / "idris_training.json"


@pytest.fixture
def show(performers: Path, tmp_path: Path) -> Show:
    """A clip of these pictures."""

    def made(images: Iterator[Image]) -> Path:
        target = tmp_path / "sitting.mp4"
        with video.Writer(target, like=performers / "idris_training.mp4") as writer:
            for number, image in enumerate(images):
                writer.write(image, pts=512 * number)
        return target

    return made


def test_a_clip_with_all_poses_makes_a_template_of_that_person(performers: Path) -> None:
    pictures = sitting.take(performers / "idris_training.mp4")
    assert len(pictures) == 6
    made = faces.enrol(pictures)
    stills = faces.enrol([path.read_bytes() for path in sorted(performers.glob("idris_enrol_*.jpg"))])
    faces.expect_same(made, stills)
    assert made.agreement > 0.6


def test_a_clip_without_a_side_says_where_to_turn(performers: Path) -> None:
    with pytest.raises(EnrolmentError, match="turn your head to the left") as refused:
        sitting.take(performers / "anselm_plate.mp4")
    assert refused.value.code == "poses-missing"


def test_a_clip_from_the_front_alone_says_both_sides(performers: Path, show: Show) -> None:
    frames = list(video.frames(performers / "idris_training.mp4"))[:24]
    with pytest.raises(EnrolmentError, match="to the left, then turn your head to the right"):
        sitting.take(show(iter([*frames, *frames[::-1]])))


def test_a_picture_held_up_is_no_sitting(performers: Path, show: Show) -> None:
    picture = next(video.frames(performers / "idris_training.mp4"))
    with pytest.raises(EnrolmentError, match="does not move") as refused:
        sitting.take(show(iter([picture] * 60)))
    assert refused.value.code == "clip-stands-still"


def test_a_row_of_pictures_is_no_sitting(performers: Path, show: Show) -> None:
    clip = list(video.frames(performers / "idris_training.mp4"))
    pictures = [clip[number] for number in range(0, 300, 50) for _ in range(12)]
    with pytest.raises(EnrolmentError) as refused:
        sitting.take(show(iter(pictures)))
    assert refused.value.code == "clip-stands-still"


def test_two_faces_are_one_too_many(performers: Path) -> None:
    with pytest.raises(EnrolmentError) as refused:
        sitting.take(performers / "two_shot_plate.mp4")
    assert refused.value.code == "several-faces"


def test_another_person_in_the_second_half_is_found_out(performers: Path, show: Show) -> None:
    def both() -> Iterator[Image]:
        yield from list(video.frames(performers / "idris_training.mp4"))[::3]
        yield from list(video.frames(performers / "mara_plate.mp4"))

    with pytest.raises(EnrolmentError) as refused:
        faces.enrol(sitting.take(show(both())))
    assert refused.value.code == "stills-disagree"


def test_a_clip_of_a_wall_shows_no_face(show: Show) -> None:
    with pytest.raises(NoFaceError):
        sitting.take(show(iter([np.full((640, 640, 3), 90, np.uint8)] * 30)))


def test_what_is_no_clip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"no film")
    with pytest.raises(UnreadableClipError):
        sitting.take(tmp_path / "x")


@pytest.mark.parametrize(("degrees", "name"), [(0, "front"), (-8, "front"), (12, ""), (16, "left"), (-31, "right")])
def test_poses_by_degrees(degrees: float, name: str) -> None:
    assert sitting.pose(degrees) == name


@pytest.mark.skipif(not TRUTH.exists(), reason="the shared ground truth is not here")
def test_a_head_turned_to_its_left_is_measured_so(performers: Path) -> None:
    truth = [frame["yaw"] for frame in json.loads(TRUTH.read_text())["ground_truth"]]
    finder, landmarker, pairs = Finder(), Landmarker(), []
    for frame in video.frames_of(performers / "idris_training.mp4"):
        if frame.number % 30 == 0:
            face = finder.find(frame.image)[0]
            pairs.append((truth[frame.number], yaw(landmarker.place(frame.image, face).points)))
    wanted, measured = np.array(pairs).T
    assert np.abs(wanted - measured).max() < 8
