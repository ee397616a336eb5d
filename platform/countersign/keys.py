"""Where key files lie, and how one is made once even when several processes start together."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock


def made_once(path: Path, make: Callable[[], bytes]) -> bytes:
    """The bytes of the key file at `path`, made by `make` if there is none yet; readable by its owner alone."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with FileLock(path.with_suffix(".lock")):
            if not path.exists():
                _write_private(path, make())
    return path.read_bytes()


def _write_private(path: Path, content: bytes) -> None:
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def site_secret(folder: Path) -> str:
    return made_once(folder / "web" / "site-secret", lambda: secrets.token_urlsafe(64).encode()).decode()
