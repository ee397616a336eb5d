"""The recogniser is data: another one needs no code, and its templates are compared with no others."""

from pathlib import Path

import numpy as np
import pytest

from synthesis import faces, recognisers, templates
from synthesis.detect import Finder, Recogniser
from synthesis.errors import WeightsError
from synthesis.recognisers import CATALOGUE, VARIABLE, Thresholds
from synthesis.types import FaceTrack

MIRRORED = "sface-2021dec-int8-mirrored"


def test_another_recogniser_has_its_own_name_digest_and_thresholds(monkeypatch: pytest.MonkeyPatch) -> None:
    before = recognisers.configured()
    monkeypatch.setenv(VARIABLE, MIRRORED)
    now = recognisers.configured()
    assert now.label == f"{MIRRORED}@{now.weights.sha256}" != before.label
    assert now.thresholds.match != before.thresholds.match


def test_a_performer_enrolled_by_another_recogniser_is_never_compared(
    performers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stills = [path.read_bytes() for path in sorted(performers.glob("idris_enrol_*.jpg"))]
    old = faces.enrol(stills)
    monkeypatch.setenv(VARIABLE, MIRRORED)
    new = faces.enrol(stills)
    assert float(old.embedding @ new.embedding) > 0.9  # alike by chance of the weights: still not to be compared
    track = FaceTrack(
        number=0, first_frame=0, last_frame=1, frames_seen=2, median_face_px=99.0,
        embeddings=new.embedding[None], thumbnail=b"",
    )  # fmt: skip
    with pytest.raises(WeightsError, match="enrol again"):
        faces.match(track, {"idris": old})
    assert faces.match(track, {"idris": new}).name == "idris"
    assert faces.looks_like(new, {"idris": old}) == {}


def test_an_operator_brings_a_recogniser_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = CATALOGUE.read_text().partition(f"[{MIRRORED}]")[2]
    own = tmp_path / "ours.toml"
    own.write_text(f'default = "ours"\n[ours]{shipped.replace("match = 0.47", "match = 0.61")}')
    monkeypatch.setenv(VARIABLE, str(own))
    assert recognisers.configured().thresholds.match == 0.61
    assert Recogniser().label.startswith("ours@")


def test_the_same_face_lies_near_itself_in_its_mirror_image(performers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import cv2

    monkeypatch.setenv(VARIABLE, MIRRORED)
    image = cv2.cvtColor(cv2.imread(str(performers / "mara_enrol_1.jpg")), cv2.COLOR_BGR2RGB)
    finder, recogniser = Finder(), Recogniser()
    one, other = (recogniser.embed(x, finder.find(x)[0]) for x in (image, np.ascontiguousarray(image[:, ::-1])))
    assert float(one @ other) > 0.99


@pytest.mark.parametrize("said", ["no-such-recogniser", "/nowhere/at/all.toml"])
def test_a_recogniser_that_is_not_described_is_refused(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, said)
    with pytest.raises(WeightsError, match="cannot be used"):
        recognisers.configured()


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ('network = "onnx"', 'network = "magic"'),
        ("match = 0.47", "match = 0.2"),
        ("smallest_px = 48", "smallest_px = 1"),
        ("margin = 0.10", "margin = 2.0"),
        ("scale = 1.0", "scale = 1.0\nnonsense = 3"),
    ],
)
def test_a_description_that_makes_no_sense_is_refused(
    was: str, becomes: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ours.toml"
    shipped = CATALOGUE.read_text().partition(f"[{MIRRORED}]")[2]
    path.write_text(f'default = "ours"\n[ours]{shipped.replace(was, becomes)}')
    monkeypatch.setenv(VARIABLE, str(path))
    with pytest.raises(WeightsError):
        recognisers.configured()


def test_weights_of_the_operators_own_are_checked_by_their_digest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own.onnx").write_bytes(b"other weights")
    said = (
        f'default = "ours"\n[ours]\nnetwork = "onnx"\npackage = ""\nfile = "{tmp_path}/own.onnx"\nsha256 = "{0:064}"\n'
    )
    (tmp_path / "ours.toml").write_text(
        said + "size = 112\nmatch = 0.5\nreview = 0.4\nmargin = 0.1\nsmallest_px = 48\n"
    )
    monkeypatch.setenv(VARIABLE, str(tmp_path / "ours.toml"))
    with pytest.raises(WeightsError, match="should have SHA-256"):
        Recogniser()


def test_thresholds_that_would_let_everybody_through_are_refused() -> None:
    with pytest.raises(ValueError, match="0 < review < match < 1"):
        Thresholds(match=0.0, review=-1.0, margin=0.0, smallest_px=48)


def test_a_template_that_holds_no_numbers_is_refused(performers: Path) -> None:
    made = faces.enrol([path.read_bytes() for path in sorted(performers.glob("mara_enrol_*.jpg"))])
    kept = templates.to_bytes(made)
    assert np.array_equal(templates.from_bytes(kept).embedding, made.embedding)
    for broken in (kept.replace(b'"embedding": [', b'"embedding": [NaN, '), b"{}", kept[:40]):
        with pytest.raises(WeightsError, match="enrol the performer again"):
            templates.from_bytes(broken)
