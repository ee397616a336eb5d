"""What is worked on in the clear lies in memory alone, for a confined worker too; PyAV and children can read it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from countersign import inmemory
from tests.conftest import ROOT

pytestmark = pytest.mark.skipif(not inmemory.SUPPORTED, reason="this system has no memory files")

CONFINED = """
import hashlib, os, subprocess, sys, tempfile
from pathlib import Path
from countersign import confine, inmemory
from synthesis import video
film, work, keys = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
tempfile.tempdir = str(work)
if confine.supported():
    confine.shut_away(keys, writable=[work, Path("/dev"), Path("/proc")])
with inmemory.place("plate.clip") as path, inmemory.place("made.mp4") as made:
    path.write_bytes(film.read_bytes())
    inmemory.freeze(path)
    print(hashlib.sha256(path.read_bytes()).hexdigest())
    print(video.probe(path).frames)
    print(subprocess.run(["sha256sum", str(path)], capture_output=True, text=True, check=True).stdout[:64])
    with video.Writer(made, like=path) as writer:
        for frame in list(video.frames_of(path))[:5]:
            writer.write(frame.image, pts=frame.pts)
    print(video.probe(made).frames)
    print(sum(one.is_file() and not one.is_symlink() for one in work.rglob("*")))
print(len(list(work.rglob("*"))))
"""


def test_confined_worker_reads_and_makes_films_in_memory(tmp_path: Path, performers: Path) -> None:
    work, keys = tmp_path / "work", tmp_path / "keys"
    work.mkdir()
    keys.mkdir()
    film = performers / "anselm_plate.mp4"
    command = [sys.executable, "-c", CONFINED, str(film), str(work), str(keys)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.stderr == ""
    digest, frames, childs, made, on_disk, left = done.stdout.split()
    assert digest == childs
    assert int(frames) > 5
    assert (made, on_disk, left) == ("5", "0", "0")


def test_frozen_file_cannot_be_changed() -> None:
    with inmemory.place("plate.clip") as path:
        path.write_bytes(b"film")
        inmemory.freeze(path)
        with pytest.raises(OSError):
            path.write_bytes(b"else")
        assert path.read_bytes() == b"film"


def test_file_is_gone_when_the_block_ends() -> None:
    with inmemory.place("plate.clip") as path:
        path.write_bytes(b"film")
        inside = os.readlink(path)
    assert not path.exists()
    assert not Path(inside).exists()


def test_without_memory_files_a_private_file_takes_their_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inmemory, "SUPPORTED", False)
    with inmemory.place("plate.clip") as path:
        path.write_bytes(b"film")
        inmemory.freeze(path)
        assert path.stat().st_mode & 0o777 == 0o600
    assert not path.exists()
