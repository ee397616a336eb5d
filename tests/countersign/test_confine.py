import subprocess
import sys
from pathlib import Path

import pytest

from countersign import confine

TRY = """
import sys
from pathlib import Path
from countersign import confine
key, other, later = map(Path, sys.argv[1:])
confine.shut_away(key.parent, writable=[later.parent])
print(other.read_text())
later.write_text("made after")
print(later.read_text())
for attempt in (key.read_text, lambda: key.write_text("mine")):
    try:
        attempt()
    except PermissionError:
        print("refused")
"""


@pytest.mark.skipif(not confine.supported(), reason="this kernel has no Landlock")
def test_confined_process_opens_everything_but_the_key(tmp_path: Path) -> None:
    key = tmp_path / "keys" / "sign" / "leaf.pem"
    work = tmp_path / "work"
    for folder in (key.parent, work):
        folder.mkdir(parents=True)
    key.write_text("secret")
    (work / "plate").write_text("plate")
    paths = [str(p) for p in (key, work / "plate", work / "later")]
    done = subprocess.run([sys.executable, "-c", TRY, *paths], check=False, capture_output=True, text=True)
    assert done.stderr == ""
    assert done.stdout.split("\n")[:4] == ["plate", "made after", "refused", "refused"]
    assert key.read_text() == "secret"


CHANGE = """
import os, sys
from pathlib import Path
from countersign import confine
keys, outputs, runs = map(Path, sys.argv[1:])
confine.shut_away(keys / "sign", writable=[runs])
public, film, evil = keys / "grants.pub.pem", outputs / "film.mp4", runs / "evil"
evil.write_text("mine")
for attempt in (
    lambda: public.write_text("mine"),
    lambda: os.truncate(public, 0),
    public.unlink,
    lambda: evil.rename(public),
    lambda: os.link(evil, keys / "link"),
    lambda: (keys / "consent-roots.pem").symlink_to(evil),
    lambda: keys.rename(keys.with_name("moved")),
    lambda: film.write_text("unsigned"),
    lambda: evil.rename(film),
):
    try:
        attempt()
    except OSError:
        print("refused")
print(public.read_text(), film.read_text())
evil.unlink()
"""


@pytest.mark.skipif(not confine.supported(), reason="this kernel has no Landlock")
def test_confined_process_changes_nothing_that_others_trust(tmp_path: Path) -> None:
    keys, outputs, runs = (tmp_path / name for name in ("keys", "outputs", "runs"))
    for folder in (keys / "sign", outputs, runs):
        folder.mkdir(parents=True)
    (keys / "grants.pub.pem").write_text("the gate's")
    (outputs / "film.mp4").write_text("signed")
    arguments = [str(path) for path in (keys, outputs, runs)]
    done = subprocess.run([sys.executable, "-c", CHANGE, *arguments], check=False, capture_output=True, text=True)
    assert done.stderr == ""
    assert done.stdout.split("\n") == ["refused"] * 9 + ["the gate's signed", ""]
    assert [path.name for path in runs.iterdir()] == []


def test_writable_folder_cannot_hold_what_is_shut_away(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError):
        confine.shut_away(tmp_path / "keys" / "sign", writable=[tmp_path])
