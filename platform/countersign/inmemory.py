"""Files that are in memory alone: what is sealed at rest is worked on here, and no disk ever has it in the clear.

Where the system has no memory files (Linux has), a private file takes their place and is deleted afterwards.
Memory may be written to a swap device: give the machine none, or an encrypted one.
"""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SUPPORTED = hasattr(os, "memfd_create")
UNCHANGING = ("F_SEAL_WRITE", "F_SEAL_GROW", "F_SEAL_SHRINK", "F_SEAL_SEAL")


@contextmanager
def place(name: str) -> Iterator[Path]:
    """An empty file called `name`, for this process and its children, gone when the block ends."""
    with tempfile.TemporaryDirectory(prefix="private-") as folder:
        path = Path(folder) / name
        if not SUPPORTED:
            path.touch(mode=0o600)
            yield path
            path.unlink(missing_ok=True)
            return
        fd = os.memfd_create(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        try:
            path.symlink_to(f"/proc/{os.getpid()}/fd/{fd}")
            yield path
        finally:
            os.close(fd)


def freeze(path: Path) -> None:
    """From now on nobody changes the file, this process included (memory files only)."""
    if SUPPORTED:
        with path.open("r+b") as file:
            fcntl.fcntl(file, fcntl.F_ADD_SEALS, sum(getattr(fcntl, seal) for seal in UNCHANGING))
