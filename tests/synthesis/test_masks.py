"""A face that is left alone keeps every pixel; a face that would reach into it is not made."""

from pathlib import Path

import numpy as np
import pytest

from synthesis import masks, settings, video
from synthesis.detect import Face, Finder
from synthesis.errors import GrantDoesNotCoverError, LeftAloneError, NoFaceError
from synthesis.settings import TrainSettings
from synthesis.tracking import Track, Tracker
from synthesis.types import Clips
from tests.synthesis.test_line import Job

ONE_STEP = {"seconds": 0, "max_steps": 1, "size": 64, "batch": 1}


def face(x: float, y: float = 10, side: float = 20) -> Face:
    return Face(box=np.array([x, y, side, side], np.float32), points=np.zeros((5, 2), np.float32), score=0.9)


def test_between_two_sightings_the_face_is_where_a_line_puts_it() -> None:
    track = Track(numbers=[0, 4], faces=[face(0), face(40)])
    found = masks.regions([track], [0])
    assert found.of(2).tolist() == [[15, 5, 45, 35]]  # half-way, and a quarter of its size around
    assert [len(found.of(n)) for n in (-1, 0, 4, 5)] == [0, 1, 1, 0]


def test_nothing_is_left_alone_unless_named() -> None:
    assert len(masks.regions([Track(numbers=[0], faces=[face(0)])], []).boxes) == 0


def test_a_face_that_nobody_has_cannot_be_left_alone() -> None:
    with pytest.raises(NoFaceError, match="number 3"):
        masks.regions([Track(numbers=[0], faces=[face(0)])], [3])


def test_a_target_that_reaches_into_it_is_refused() -> None:
    away = masks.regions([Track(numbers=[0, 1], faces=[face(60), face(60)])], [0])
    away.clear_of(Track(numbers=[0, 1], faces=[face(0), face(34)]))
    with pytest.raises(LeftAloneError, match="in frame 1"):
        away.clear_of(Track(numbers=[0, 1], faces=[face(0), face(50)]))


def test_the_plates_pixels_are_put_back_even_at_the_border() -> None:
    away = masks.regions([Track(numbers=[0], faces=[face(-15)])], [0])
    plate, made = np.zeros((40, 40, 3), np.uint8), np.full((40, 40, 3), 9, np.uint8)
    away.keep(0, plate, made)
    assert not made[5:35, :10].any()
    assert made[:, 11:].all()


@pytest.fixture(scope="module")
def wide(performers: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four frames with two people in them."""
    target = tmp_path_factory.mktemp("clips") / "two.mp4"
    with video.Writer(target, like=performers / "two_shot_plate.mp4") as writer:
        for frame in video.frames_of(performers / "two_shot_plate.mp4"):
            if frame.number < 4:
                writer.write(frame.image, pts=frame.pts)
    return target


@pytest.mark.parametrize("target", [0, 1])
def test_of_two_people_the_one_left_alone_keeps_every_pixel(
    wide: Path, footage: Path, tmp_path: Path, target: int
) -> None:
    job = Job(tmp_path / "work", Clips(footage=footage, plate=wide), tracks=(target,), left_alone=(1 - target,))
    job.fit(TrainSettings(**ONE_STEP, exclude=(1 - target,)))
    job.convert(tmp_path / "out.mp4")
    left, right = _tracks(wide)
    mine, other = (left, right) if target == 0 else (right, left)
    away = masks.regions([left, right], [1 - target])
    for before, after in zip(video.frames_of(wide), video.frames_of(tmp_path / "out.mp4"), strict=True):
        changed = np.abs(before.image.astype(int) - after.image).mean(-1)
        assert changed[_within(away.of(before.number)[0])].mean() < 1.5  # the codec, and nothing else
        assert changed[_within(masks.regions([mine], [0]).of(before.number)[0])].mean() > 3
    assert other.median_size > 48


def test_a_face_left_alone_is_never_drawn_on_though_the_window_covers_it(
    wide: Path, footage: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the codec not one bit differs, even where what is drawn covers the whole frame."""
    from synthesis import convert
    from synthesis.casting import Casting
    from synthesis.draw import Drawn

    kept: list[bool] = []
    lay = convert._lay

    def everywhere(image: np.ndarray, drawn: Drawn, casting: Casting, number: int) -> None:
        plate = image.copy()
        lay(image, Drawn(drawn.box, np.full_like(drawn.pixels, 255), drawn.mask), casting, number)
        away = _within(casting.plate.away.of(number)[0])
        kept.append(bool((image[away] == plate[away]).all()) and bool((image != plate).any()))

    monkeypatch.setattr(convert, "_lay", everywhere)
    job = Job(tmp_path / "work", Clips(footage=footage, plate=wide), left_alone=(1,))
    job.fit(TrainSettings(**ONE_STEP, exclude=(1,)))
    job.convert(tmp_path / "out.mp4")
    assert kept == [True] * 4


@pytest.mark.parametrize(
    ("granted", "settings", "says"),
    [
        ({"tracks": (0,)}, {"track": 1}, "not 1"),
        ({"tracks": ()}, {}, "no face of the plate"),
        ({"tracks": (0,)}, {"exclude": (1,)}, "was asked for"),  # the grant leaves nobody alone
        ({"tracks": (0,), "left_alone": (1,)}, {}, "was asked for"),  # the order forgot who is left alone
        ({"tracks": (0,), "left_alone": (0,)}, {"exclude": (0,)}, "no face of the plate"),
    ],
)
def test_the_worker_alters_no_face_that_the_grant_does_not_name(
    wide: Path, footage: Path, tmp_path: Path, granted: dict, settings: dict, says: str
) -> None:
    job = Job(tmp_path / "work", Clips(footage=footage, plate=wide), **granted)
    with pytest.raises(GrantDoesNotCoverError, match=says):
        job.fit(TrainSettings(**ONE_STEP, **settings))


def test_a_target_that_overlaps_a_face_left_alone_is_never_made(
    wide: Path, footage: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(masks, "AROUND", 3.0)  # as if the two stood cheek to cheek
    job = Job(tmp_path / "work", Clips(footage=footage, plate=wide), left_alone=(1,))
    with pytest.raises(LeftAloneError, match="overlaps"):
        job.fit(TrainSettings(**ONE_STEP, exclude=(1,)))
    assert not (tmp_path / "work" / "likeness.model").exists()


@pytest.mark.parametrize("said", [["1"], [-1], [True], [1.0]])
def test_what_is_no_number_of_a_track_excludes_nothing(said: list[object]) -> None:
    with pytest.raises(ValueError, match="numbers of tracks"):
        settings.TrainSettings(exclude=said)  # type: ignore[arg-type]


def _tracks(path: Path) -> list[Track]:
    tracker, finder = Tracker(), Finder()
    for frame in video.frames_of(path):
        tracker.add(frame.number, frame.image, finder.find(frame.image))
    return tracker.tracks()


def _within(region: np.ndarray) -> tuple[slice, slice]:
    left, top, right, bottom = np.maximum(region, 0).astype(int)
    return slice(top, bottom), slice(left, right)
