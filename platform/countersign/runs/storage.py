"""Where footage, work in progress and outputs lie. A file is hashed while it comes in and renamed when it is whole."""

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.conf import settings


class NoDigestError(Exception):
    """What should name a file is no digest; a path in its place could lead to any file, keys among them."""


class TooLargeError(Exception):
    """More bytes came than the limit allows; what had come was dropped."""


@dataclass(frozen=True, slots=True)
class Stored:
    path: Path
    sha256: str
    size: int


def prepare() -> None:
    for name in ("footage", "runs", "models", "outputs", "incoming", "tmp", "queue/control", "bench", "static"):
        (settings.DATA / name).mkdir(mode=0o700, parents=True, exist_ok=True)


def footage(sha256: str) -> Path:
    return _folder("footage") / _checked(sha256)


def work(run_id: UUID) -> Path:
    """A run's private folder: unsigned work, served by nothing, gone when the run ends."""
    folder = _folder("runs") / str(run_id)
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def clear(run_id: UUID) -> None:
    shutil.rmtree(settings.DATA / "runs" / str(run_id), ignore_errors=True)


def model(sha256: str) -> Path:
    return _folder("models") / _checked(sha256)


def output(sha256: str) -> Path:
    return _folder("outputs") / f"{_checked(sha256)}.mp4"


@contextmanager
def received(chunks: Iterable[bytes], *, limit: int) -> Iterator[Stored]:
    """An upload, whole and hashed, beside the footage; dropped unless `keep` moves it there. Raises TooLargeError."""
    digest, size = hashlib.sha256(), 0
    with tempfile.NamedTemporaryFile(dir=_folder("incoming"), delete=False) as file:
        draft = Path(file.name)
        try:
            for chunk in chunks:
                size += len(chunk)
                if size > limit:
                    raise TooLargeError(f"over {limit} bytes")
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
            yield Stored(draft, digest.hexdigest(), size)
        finally:
            draft.unlink(missing_ok=True)


def keep(draft: Path, final: Path) -> Path:
    """Move `draft` to its place in one step; a file of the same digest that is already there stays."""
    if not final.exists():
        draft.replace(final)
    return final


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_digest(text: str) -> bool:
    return re.fullmatch(r"[0-9a-f]{64}", text) is not None


def _checked(sha256: str) -> str:
    if not is_digest(sha256):
        raise NoDigestError(f"expected a SHA-256 in hexadecimal, got {sha256!r}")
    return sha256


def _folder(name: str) -> Path:
    folder = Path(settings.DATA) / name
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def copy(source: Path, target: Path) -> None:
    """Copy in one step: `target` is whole or absent."""
    draft = target.with_name(target.name + ".draft")
    shutil.copyfile(source, draft)
    draft.replace(target)
