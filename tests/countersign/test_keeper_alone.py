"""What the keeper of the keys alone reads: the store, and the key that its answers are believed by."""

import subprocess
import sys
from pathlib import Path

import pytest

from countersign import confine, keys, worker
from tests.conftest import ROOT

ROOMS = ("consent", "platform", "provenance", "synthesis")
RUNS = "platform/countersign/runs"


def using(text: str) -> set[str]:
    """The modules of the house, by their whole path: many have the same name."""
    sources = {path.relative_to(ROOT): path.read_text() for room in ROOMS for path in (ROOT / room).rglob("*.py")}
    return {str(path) for path, source in sources.items() if text in source}


def test_nothing_but_the_keeper_opens_the_store() -> None:
    """Neither pages nor API, neither a worker's task nor a setting: one module, which one process runs."""
    assert using("keys.store(") == {f"{RUNS}/sharing.py"}
    assert using("sharing.store(") == {f"{RUNS}/answering.py", f"{RUNS}/deposits.py"}  # the latter for `prepare`
    carried_out = ("sharing.keep_up(", "answering.answer_all(", "answering.shred_owed(")
    assert set().union(*map(using, carried_out)) == {"platform/countersign/keeper.py"}
    assert {path for path in using("StoreKeyring") if not path.startswith("consent/")} == set()


def test_nothing_but_the_keeper_signs_answers() -> None:
    assert using("keeper_private(") == {"platform/countersign/keys.py", f"{RUNS}/answering.py"}
    assert using("answers.pem") | using('"keeper" /') == {"platform/countersign/keys.py"}


def test_the_keeper_needs_the_public_half_of_the_gates_key_alone() -> None:
    assert using("gate_private(") == {"platform/countersign/keys.py", f"{RUNS}/services.py"}


def test_everybody_reads_by_what_answers_are_believed_and_nobody_how_they_are_signed(tmp_path: Path) -> None:
    keys.prepare(tmp_path)
    modes = [(tmp_path / name).stat().st_mode & 0o777 for name in ("keeper", "keeper/answers.pem", "keeper.pub.pem")]
    assert modes == [0o700, 0o600, 0o644]
    made = keys.keeper_public(tmp_path)
    keys.prepare(tmp_path)
    assert keys.keeper_public(tmp_path) == made != keys.gate_public(tmp_path)


OPEN = """
import sys
from pathlib import Path
from countersign import confine
keys, data, files, *closed = sys.argv[1:]
confine.shut_away(*(Path(keys) / name for name in closed), writable=[Path(data)])
for name in files.split():
    try:
        (Path(keys) / name).read_bytes()
        print(name)
    except PermissionError:
        pass
"""
SECRET = ["vault/consent-1", "keeper/answers.pem", "gate/grants.pem", "sign/identity.pem", "gpu/identity.pem"]
PUBLIC = ["grants.pub.pem", "keeper.pub.pem", "workers.json"]
READS = {
    "gpu": ["gpu/identity.pem"],
    "sign": ["sign/identity.pem"],
    "default": [],
    "keeper": ["vault/consent-1", "keeper/answers.pem"],
}


@pytest.mark.skipif(not confine.supported(), reason="this kernel has no Landlock")
@pytest.mark.parametrize("who", sorted(READS))
def test_a_confined_process_reads_its_own_keys_and_no_others(tmp_path: Path, who: str) -> None:
    folder, work = tmp_path / "keys", tmp_path / "work"
    for name in (*SECRET, *PUBLIC):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("secret")
    work.mkdir()
    command = [sys.executable, "-c", OPEN, str(folder), str(work), " ".join((*SECRET, *PUBLIC)), *worker.SHUT_AWAY[who]]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout.split() == READS[who] + PUBLIC
