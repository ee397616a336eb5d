"""Files that are whole or not there at all, whenever the power fails."""

import os
from pathlib import Path


def write(path: Path, content: bytes) -> None:
    """Put `content` in the place of the file at `path`; it is on the disk when this returns. Raises OSError."""
    draft = path.with_name(f"{path.name}.draft")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)  # the new name, too
    finally:
        os.close(opened)
