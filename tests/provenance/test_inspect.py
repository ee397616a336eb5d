"""The child that reads strangers' files, held to its limits."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from provenance import verify
from provenance.types import Integrity
from tests.provenance.conftest import Authority

ROOT = Path(__file__).resolve().parents[2]


def test_box_that_claims_to_be_huge_brings_nobody_down(published: Path, studio: Authority, tmp_path: Path) -> None:
    film = bytearray(published.read_bytes())
    box = film.index(b"uuid\xd8\xfe\xc3\xd6") - 4
    film[box : box + 4] = (2**32 - 1).to_bytes(4)
    path = tmp_path / "film.mp4"
    path.write_bytes(film)
    os.truncate(path, 2**32 + len(film))  # sparse
    found = verify.verdict(path, media_type="video/mp4", anchors=studio.anchors)
    assert found.integrity in (Integrity.CHANGED, Integrity.UNREADABLE)


@pytest.mark.parametrize(
    "excess",
    ["bytearray(3 * 2**30)", "open('f', 'wb').write(bytes(65 * 2**20))"],
    ids=["memory", "disk"],
)
def test_child_is_held_to_its_limits(excess: str, tmp_path: Path) -> None:
    code = f"from provenance import inspect; inspect.confine(); {excess}"
    environment = {"PYTHONPATH": str(ROOT)}
    child = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, check=False
    )
    assert child.returncode != 0
    assert b"MemoryError" in child.stderr or b"File too large" in child.stderr
