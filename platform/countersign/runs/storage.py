"""Where footage, work in progress and outputs lie.

A clip is hashed, then sealed under a key of its own; no disk has its bytes in the clear. It gets its name when it is
whole. Each row has a file of its own: the same film in two productions is sealed under two keys.
"""

import hashlib
import io
import os
import re
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from django.conf import settings

from consent import pieces


class NoDigestError(Exception):
    """What should name a file is no digest; a path in its place could lead to any file, keys among them."""


class TooLargeError(Exception):
    """More bytes came than the limit allows; what had come was dropped."""


@dataclass(frozen=True, slots=True)
class Came:
    """An upload, measured."""

    sha256: str
    size: int


class Clip(Protocol):
    """A clip's row."""

    pk: Any
    sha256: Any


def prepare() -> None:
    for name in ("footage", "runs", "models", "outputs", "incoming", "tmp", "queue/control", "bench", "static"):
        (settings.DATA / name).mkdir(mode=0o700, parents=True, exist_ok=True)


def footage(footage_id: UUID) -> Path:
    """The sealed file of a clip."""
    return _folder("footage") / str(UUID(str(footage_id)))


def plain(clip: Clip) -> Path:
    """Where an earlier version kept a clip in the clear. An upload that was over the limit was never kept."""
    return _folder("footage") / (clip.sha256 if is_digest(clip.sha256) else str(clip.pk) + ".never")


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


def measured(chunks: Iterable[bytes], *, limit: int) -> Came:
    """Digest and size of an upload, read whole. Raises TooLargeError."""
    digest, size = hashlib.sha256(), 0
    for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise TooLargeError(f"over {limit} bytes")
        digest.update(chunk)
    return Came(digest.hexdigest(), size)


def keep_footage(footage_id: UUID, chunks: Iterable[bytes], *, came: Came, key: bytes) -> Path:
    """Seal a clip in its place, whole or not at all. Raises VaultError where another length comes than was measured."""
    final = footage(footage_id)
    with tempfile.NamedTemporaryFile(dir=_folder("incoming"), delete=False) as file:
        try:
            pieces.seal(chunks, file.file, key=key, name=came.sha256, size=came.size)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(final)
        finally:
            Path(file.name).unlink(missing_ok=True)
    return final


def opened(footage_id: UUID, *, sha256: str, key: bytes) -> io.BufferedReader:
    """The clip in the clear, to be read and sought in; close it. Raises OSError if it is not there, VaultError."""
    return pieces.opened(footage(footage_id).open("rb"), key=key, name=sha256)


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
