"""The whole line for real, tiny, on the CPU: analysed, trained, killed, resumed, converted, measured."""

import json
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from cryptography.fernet import Fernet

from consent.types import Grant
from synthesis import admission, checkpoint, faces, quality, train, video
from synthesis.convert import convert
from synthesis.errors import CheckpointError, NoFaceError
from synthesis.settings import TrainSettings
from synthesis.train import fit
from synthesis.types import Clips, Device, Progress, Vault
from tests.conftest import ROOT
from tests.synthesis.conftest import grant_over

TINY = TrainSettings(seconds=0, max_steps=6, size=64, batch=2, checkpoint_seconds=0)


class Job:
    """An admitted pair in a private folder, with its key."""

    def __init__(self, folder: Path, clips: Clips, **granted: object) -> None:
        self.folder, self.grant = folder, grant_over(clips, **granted)
        self.clips = admission.admit(self.grant, clips, folder, datetime.now(UTC))
        self.key = Fernet.generate_key()
        fernet = Fernet(self.key)
        self.vault = Vault(seal=fernet.encrypt, open=fernet.decrypt)
        self.device = Device(threads=1)

    def fit(self, settings: TrainSettings = TINY, **changes: object) -> list[Progress]:
        asked = {"folder": self.folder, "settings": settings, "device": self.device, "vault": self.vault, **changes}
        return list(fit(self.grant, self.clips, **asked))  # type: ignore[arg-type]

    def convert(self, target: Path) -> list[Progress]:
        return list(
            convert(self.grant, self.clips, folder=self.folder, target=target, device=self.device, vault=self.vault)
        )

    def model(self) -> dict[str, torch.Tensor]:
        return train.load(self.folder, grant=self.grant, vault=self.vault)[0].state_dict()


@pytest.fixture(scope="module")
def trained(footage: Path, plate: Path, tmp_path_factory: pytest.TempPathFactory) -> Job:
    job = Job(tmp_path_factory.mktemp("run") / "work", Clips(footage=footage, plate=plate))
    job.said = job.fit()  # type: ignore[attr-defined]
    return job


@pytest.fixture(scope="module")
def film(trained: Job) -> Path:
    target = trained.folder / "film.mp4"
    trained.convert(target)
    return target


def test_training_says_what_it_does_and_reports_the_held_out_error(trained: Job) -> None:
    said: list[Progress] = trained.said  # type: ignore[attr-defined]
    assert [p.figures["step"] for p in said if p.stage == "train" and "step" in p.figures] == [1, 2, 3, 4, 5, 6]
    assert said[-1].fraction == 1.0
    assert {"held_out_plain", "held_out_refined", "refine"} <= said[-1].figures.keys()


def test_a_trained_likeness_is_not_trained_again(trained: Job) -> None:
    before = (trained.folder / train.MODEL).read_bytes()
    assert [p.stage for p in trained.fit()][-1] == "train"
    assert (trained.folder / train.MODEL).read_bytes() == before


def test_nothing_lies_in_the_folder_in_the_clear(trained: Job) -> None:
    kept = {p.name for p in trained.folder.iterdir()}
    assert {"likeness.model", "footage.analysis", "plate.analysis"} <= kept
    for name in ("likeness.model", "footage.analysis", "plate.analysis"):
        data = (trained.folder / name).read_bytes()
        assert data.startswith(b"gAAAA")  # Fernet's version byte: sealed
        assert b"leave.weight" not in data


def test_killed_training_ends_as_unbroken_training_would(trained: Job, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    shutil.copytree(trained.folder, folder, ignore=shutil.ignore_patterns("likeness.*", "film*", "lineage*"))
    grant = tmp_path / "grant"
    grant.write_bytes(pickle.dumps(trained.grant))
    job = {
        "folder": str(folder),
        "footage": str(trained.clips.footage),
        "plate": str(trained.clips.plate),
        "key": trained.key.decode(),
        "grant": str(grant),
        "settings": asdict(TINY),
        "kill_at": 4,
    }
    command = [sys.executable, "-m", "tests.synthesis.kill_me", json.dumps(job)]
    died = subprocess.run(command, cwd=ROOT, check=False, capture_output=True)
    assert died.returncode == -9, died.stderr.decode()[-2000:]
    assert not (folder / train.MODEL).exists()
    steps = [p.figures["step"] for p in trained.fit(folder=folder) if "step" in p.figures]
    assert steps in ([4, 5, 6], [5, 6])
    again, _, _ = train.load(folder, grant=trained.grant, vault=trained.vault)
    assert all(torch.equal(a, b) for a, b in zip(again.state_dict().values(), trained.model().values(), strict=True))


def test_stopping_is_dropping_the_iterator(trained: Job, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    shutil.copytree(trained.folder, folder, ignore=shutil.ignore_patterns("likeness.*", "film*"))
    steps = fit(trained.grant, trained.clips, folder=folder, settings=TINY, device=trained.device, vault=trained.vault)
    while next(steps).stage != "train":
        pass
    steps.close()  # type: ignore[attr-defined]
    assert (folder / train.UNFINISHED).is_file()
    assert not (folder / train.MODEL).exists()


def test_a_likeness_of_another_grant_is_refused(trained: Job, clips: Clips) -> None:
    other = grant_over(clips, nonce="6" * 32)
    with pytest.raises(CheckpointError, match="another grant: nonce"):
        train.load(trained.folder, grant=other, vault=trained.vault)


def test_a_checkpoint_begun_with_other_settings_is_refused(trained: Job, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    shutil.copytree(trained.folder, folder, ignore=shutil.ignore_patterns("likeness.*", "film*"))
    steps = fit(trained.grant, trained.clips, folder=folder, settings=TINY, device=trained.device, vault=trained.vault)
    while next(steps).stage != "train":
        pass
    with pytest.raises(CheckpointError, match="other settings"):
        trained.fit(TrainSettings(seconds=0, max_steps=6, size=64, batch=2, seed=99), folder=folder)


@pytest.mark.parametrize("damage", ["missing", "cut", "extra", "shape"])
def test_a_damaged_checkpoint_is_refused_never_patched(trained: Job, tmp_path: Path, damage: str) -> None:
    path, expected = tmp_path / "x", {"a": (2,)}
    tensors = {"a": torch.zeros(3 if damage == "shape" else 2)} | ({"b": torch.zeros(1)} if damage == "extra" else {})
    tensors = {"c": torch.zeros(1)} if damage == "missing" else tensors
    kept = checkpoint.Checkpoint(tensors, {})
    checkpoint.write(path, kept, grant=trained.grant, vault=trained.vault)
    if damage == "cut":
        path.write_bytes(trained.vault.seal(trained.vault.open(path.read_bytes())[:-3]))
    with pytest.raises(CheckpointError):
        checkpoint.read(path, grant=trained.grant, vault=trained.vault, names=expected)


def test_a_film_keeps_the_plates_frames_clock_and_sound(trained: Job, film: Path) -> None:
    assert video.probe(film) == video.probe(trained.clips.plate)
    assert [f.pts for f in video.frames_of(film)] == [f.pts for f in video.frames_of(trained.clips.plate)]
    assert _sound(film) == _sound(trained.clips.plate)


def test_the_film_shows_the_likeness_more_than_the_plates_performer(film: Path, trained: Job, performers: Path) -> None:
    idris, anselm = (
        faces.enrol([p.read_bytes() for p in sorted(performers.glob(f"{name}_enrol_*.jpg"))])
        for name in ("idris", "anselm")
    )
    found = quality.measure(film, plate=trained.clips.plate, likeness=idris, performer=anselm)
    assert found.identity_margin > 0.2
    assert found.to_likeness > 0.45
    assert found.expression_error < 0.1
    unchanged = quality.measure(trained.clips.plate, plate=trained.clips.plate, likeness=idris, performer=anselm)
    assert unchanged.identity_margin < -0.4
    assert (unchanged.expression_error, unchanged.flicker, unchanged.sharpness_ratio) == pytest.approx((0, 1, 1))


def test_every_frame_names_the_footage_it_came_from(trained: Job, film: Path) -> None:
    lineage = json.loads((trained.folder / "lineage.json").read_text())
    assert lineage["footage"] == trained.grant.consents[0].footage_sha256
    assert len(lineage["frames"]) == video.probe(film).frames
    for origins in lineage["frames"]:
        assert sum(origins.values()) == pytest.approx(1, abs=1e-3)
        assert all(0 <= int(number) < 30 for number in origins)


def test_conversion_without_a_trained_likeness_makes_no_pixel(
    clips: Clips, grant: Grant, tmp_path: Path, vault: Vault
) -> None:
    with pytest.raises(CheckpointError, match=r"likeness\.model"):
        list(convert(grant, clips, folder=tmp_path, target=tmp_path / "o.mp4", device=Device(), vault=vault))
    assert list(tmp_path.iterdir()) == []


def test_footage_without_a_face_is_refused(plate: Path, tmp_path: Path, make_grant: Callable[..., Grant]) -> None:
    empty = tmp_path / "wall.mp4"
    with video.Writer(empty, like=plate) as writer:
        for number in range(6):
            writer.write(np.full((320, 320, 3), 80 + number, np.uint8), pts=512 * number)
    job = Job(tmp_path / "work", Clips(footage=empty, plate=plate))
    with pytest.raises(NoFaceError, match="no face"):
        job.fit()


def test_of_two_faces_the_one_asked_for_is_replaced(performers: Path, footage: Path, tmp_path: Path) -> None:
    wide = performers / "two_shot_plate.mp4"
    with video.Writer(tmp_path / "two.mp4", like=wide) as writer:
        for frame in video.frames_of(wide):
            if frame.number < 4:
                writer.write(frame.image, pts=frame.pts)
    job = Job(tmp_path / "work", Clips(footage=footage, plate=tmp_path / "two.mp4"))
    job.fit(TrainSettings(seconds=0, max_steps=1, size=64, batch=1, track=0))
    job.convert(tmp_path / "out.mp4")
    before, after = (next(video.frames(p)).astype(int) for p in (tmp_path / "two.mp4", tmp_path / "out.mp4"))
    middle = before.shape[1] // 2
    changed = np.abs(before - after).mean(-1)
    assert changed[:, :middle].mean() > 4 * changed[:, middle:].mean()


def test_a_contact_sheet_is_one_picture_of_all_clips(trained: Job, film: Path) -> None:
    assert quality.contact_sheet([trained.clips.plate, film]).startswith(b"\xff\xd8")


def test_values_and_errors_load_without_torch_or_opencv() -> None:
    code = "import sys, synthesis.types, synthesis.errors; sys.exit(bool({'torch','cv2','av'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def _sound(path: Path) -> list[tuple[int, bytes]]:
    with av.open(str(path)) as clip:
        return [(p.pts, bytes(p)) for p in clip.demux(audio=0) if p.size]
