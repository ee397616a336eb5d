"""The PostgreSQL of our own: made once, shared, and back after a kill."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from countersign.embedded import server
from countersign.embedded.address import databases

HOLD = """
import sys
from pathlib import Path
from countersign.embedded import server
print(server.ensure(Path(sys.argv[1]), "countersign"), flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "postgres"
    postmaster = server._postmaster(tmp_path / "postgres")
    if postmaster:
        postmaster.kill()


def _user(folder: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", HOLD, str(folder)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _arrived(user: "subprocess.Popen[str]") -> str:
    assert user.stdout
    return user.stdout.readline().strip()


def _leave(user: "subprocess.Popen[str]") -> None:
    assert user.stdin
    assert user.stdout
    user.stdin.write("\n")
    user.stdin.flush()
    user.wait(20)
    user.stdin.close()
    user.stdout.close()


def _postmaster(folder: Path) -> psutil.Process | None:
    return server._postmaster(folder)


def test_two_commands_that_start_together_share_one_server(folder: Path) -> None:
    users = [_user(folder), _user(folder)]
    sockets = {_arrived(user) for user in users}
    assert len(sockets) == 1
    assert len(json.loads(folder.with_suffix(".users").read_text())) == 2
    _leave(users[0])
    assert _postmaster(folder) is not None
    _leave(users[1])
    assert _postmaster(folder) is None


def test_server_comes_back_after_everything_was_killed(folder: Path) -> None:
    first = _user(folder)
    _arrived(first)
    postmaster = _postmaster(folder)
    assert postmaster
    for process in (first.pid, postmaster.pid):
        os.kill(process, signal.SIGKILL)
    first.communicate()
    second = _user(folder)
    assert _arrived(second)
    _leave(second)
    assert _postmaster(folder) is None  # the dead user did not keep it up


def test_a_foreign_process_under_the_old_number_is_not_our_server(folder: Path) -> None:
    user = _user(folder)
    _arrived(user)
    _leave(user)
    (folder / "postmaster.pid").write_text(f"{os.getpid()}\n{folder}\n0\n5432\n{folder}\n\n0 0\nready\n")
    assert _postmaster(folder) is None
    again = _user(folder)
    assert _arrived(again)
    _leave(again)


def test_only_postgresql_is_accepted(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="must name a PostgreSQL database"):
        databases({"DATABASE_URL": "sqlite:///x.db"}, tmp_path)


def test_application_gives_up_the_owners_rights(tmp_path: Path) -> None:
    url = {"DATABASE_URL": "postgresql://app@db/x", "DATABASE_OWNER_URL": "postgresql://owner@db/x"}
    assert databases(url, tmp_path)["default"]["OPTIONS"]["assume_role"] == "countersign_app"
    owner = databases({**url, "COUNTERSIGN_DATABASE_ROLE": "owner"}, tmp_path)["default"]
    assert (owner["USER"], owner["OPTIONS"]["assume_role"]) == ("owner", None)
