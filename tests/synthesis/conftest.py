"""Short clips cut at test time from the performers that ship with the demo, and real grants over their real digests."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import cv2
import numpy as np
import pytest
from cryptography.fernet import Fernet

from consent.types import Grant, GrantedConsent, KindOfUse, Part
from synthesis import video
from synthesis.types import Clips, Device, Image, Vault

SMALL = 320


@pytest.fixture(scope="session")
def footage(performers: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty frames of idris, spread over his training clip."""
    return cut(performers / "idris_training.mp4", tmp_path_factory.mktemp("clips") / "footage.mp4", step=10, most=30)


@pytest.fixture(scope="session")
def plate(performers: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve neighbouring frames of anselm, with the sound of the whole clip."""
    return cut(performers / "anselm_plate.mp4", tmp_path_factory.mktemp("clips") / "plate.mp4", step=1, most=12)


@pytest.fixture
def clips(footage: Path, plate: Path) -> Clips:
    return Clips(footage=footage, plate=plate)


@pytest.fixture
def make_grant(clips: Clips) -> Callable[..., Grant]:
    def make(**changes: object) -> Grant:
        return grant_over(clips, **changes)

    return make


@pytest.fixture
def grant(make_grant: Callable[..., Grant]) -> Grant:
    return make_grant()


@pytest.fixture(scope="session")
def vault() -> Vault:
    key = Fernet(Fernet.generate_key())
    return Vault(seal=key.encrypt, open=key.decrypt)


@pytest.fixture(scope="session")
def device() -> Device:
    return Device(threads=1)


def grant_over(clips: Clips, **changes: object) -> Grant:
    now = datetime.now(UTC)
    consents = (_consent(Part.LIKENESS, clips.footage), _consent(Part.PLATE, clips.plate))
    terms: dict[str, object] = {
        "nonce": "5" * 32,
        "run_id": UUID(int=1),
        "production_id": UUID(int=2),
        "kind": KindOfUse.SWAP,
        "consents": consents,
        "releases": (),
        "tracks": (0,),
        "parameters_sha256": "c" * 64,
        "screen_seconds": 5.0,
        "trains": True,
        "policy_sha256": "d" * 64,
        "issued_at": now - timedelta(minutes=1),
        "expires_at": now + timedelta(hours=1),
    }
    return Grant(**{**terms, **changes})  # type: ignore[arg-type]


def cut(source: Path, target: Path, *, step: int, most: int) -> Path:
    """Every `step`-th frame of a clip, at half its size, at most `most` of them."""
    with video.Writer(target, like=source) as writer:
        for shown, image in enumerate(every(source, step, most)):
            writer.write(image, pts=512 * shown)
    return target


def every(source: Path, step: int, most: int) -> Iterator[Image]:
    for number, image in enumerate(video.frames(source)):
        if number >= step * most:
            return
        if number % step == 0:
            yield np.asarray(cv2.resize(image, (SMALL, SMALL), interpolation=cv2.INTER_AREA), np.uint8)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _consent(part: Part, path: Path) -> GrantedConsent:
    return GrantedConsent(
        consent_id=uuid4(),
        performer_id=uuid4(),
        part=part,
        document_sha256="a" * 64,
        terms_sha256="b" * 64,
        footage_sha256=sha256(path),
    )
