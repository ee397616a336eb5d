"""Nothing is worked on but the very bytes a grant names, while it stands."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from consent.types import Grant, KindOfUse
from provenance import canonical
from synthesis import admission, settings
from synthesis.convert import convert
from synthesis.errors import GrantDoesNotCoverError, InputsChangedError
from synthesis.settings import TrainSettings
from synthesis.train import fit
from synthesis.types import Clips, Device, Vault


def now() -> datetime:
    return datetime.now(UTC)


def test_both_clips_are_copied_into_the_private_folder(grant: Grant, clips: Clips, tmp_path: Path) -> None:
    admitted = admission.admit(grant, clips, tmp_path / "work", now())
    assert admitted.footage.read_bytes() == clips.footage.read_bytes()
    assert admitted.plate.parent == tmp_path / "work"
    assert (tmp_path / "work").stat().st_mode & 0o777 == 0o700


def test_a_swapped_file_leaves_no_copy(grant: Grant, clips: Clips, tmp_path: Path) -> None:
    with pytest.raises(InputsChangedError, match="should have SHA-256"):
        admission.admit(grant, Clips(footage=clips.plate, plate=clips.plate), tmp_path / "work", now())
    assert list((tmp_path / "work").iterdir()) == []


def test_a_missing_file_is_a_changed_input(grant: Grant, clips: Clips, tmp_path: Path) -> None:
    with pytest.raises(InputsChangedError, match="cannot be read"):
        admission.admit(grant, Clips(footage=tmp_path / "gone", plate=clips.plate), tmp_path / "work", now())


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"kind": KindOfUse.AGE_EDIT}, "this is a swap"),
        ({"expires_at": now() - timedelta(seconds=1)}, "expired"),
        ({"issued_at": now() + timedelta(days=9)}, "not valid before"),
        ({"consents": ()}, "names no consent"),
    ],
)
def test_a_grant_that_does_not_cover_admits_nothing(
    make_grant: Callable[..., Grant], clips: Clips, tmp_path: Path, changes: dict[str, object], says: str
) -> None:
    with pytest.raises(GrantDoesNotCoverError, match=says):
        admission.admit(make_grant(**changes), clips, tmp_path / "work", now())
    assert not (tmp_path / "work").exists()


def test_no_grant_admits_nothing(clips: Clips, tmp_path: Path) -> None:
    with pytest.raises(GrantDoesNotCoverError, match="no grant"):
        admission.admit(None, clips, tmp_path, now())  # type: ignore[arg-type]


def test_training_needs_a_grant_that_allows_training(
    make_grant: Callable[..., Grant], clips: Clips, tmp_path: Path, device: Device, vault: Vault
) -> None:
    with pytest.raises(GrantDoesNotCoverError, match="training"):
        next(
            fit(make_grant(trains=False), clips, folder=tmp_path, settings=TrainSettings(), device=device, vault=vault)
        )


def test_fit_and_convert_look_at_the_bytes_again(
    grant: Grant, clips: Clips, tmp_path: Path, device: Device, vault: Vault
) -> None:
    swapped = Clips(footage=clips.plate, plate=clips.plate)
    with pytest.raises(InputsChangedError):
        list(fit(grant, swapped, folder=tmp_path, settings=TrainSettings(), device=device, vault=vault))
    with pytest.raises(InputsChangedError):
        list(convert(grant, swapped, folder=tmp_path, target=tmp_path / "o.mp4", device=device, vault=vault))
    assert list(tmp_path.iterdir()) == []


def test_settings_are_those_the_gate_decided_on(make_grant: Callable[..., Grant]) -> None:
    decided = make_grant(parameters_sha256=canonical.sha256({"seconds": 60, "track": 1}))
    assert settings.granted(decided, {"track": 1, "seconds": 60}) == TrainSettings(seconds=60, track=1)
    with pytest.raises(InputsChangedError, match="not those the grant names"):
        settings.granted(decided, {"seconds": 61, "track": 1})


@pytest.mark.parametrize("parameters", [{"resolution": 9}, {"seconds": -1}, {"size": "large"}, {"size": 100}])
def test_parameters_that_make_no_sense_are_refused(make_grant: Callable[..., Grant], parameters: dict) -> None:
    with pytest.raises(GrantDoesNotCoverError):
        settings.granted(make_grant(parameters_sha256=canonical.sha256(parameters)), parameters)
