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
confine.shut_away(key.parent)
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
