"""The site of the demo: web server, workers and database on this machine, stopped together."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import requests
from filelock import FileLock, Timeout

ROOT = Path(__file__).resolve().parents[3]
FIRST_PORT, LAST_PORT = 8000, 8099


class SiteError(Exception):
    """The site could not be brought up; the message says what to do."""


@contextmanager
def chosen(folder: Path) -> Iterator[str]:
    """A fresh data folder and a free port, in the environment of every process of the demo; yields the address."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder.with_suffix(".demo-lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise SiteError("A demo runs already; stop it with Ctrl-C in its terminal, then start this one.") from error
    shutil.rmtree(folder, ignore_errors=True)
    address = f"http://localhost:{free_port()}"  # a name: browsers use no passkeys at a bare number
    os.environ |= {
        "COUNTERSIGN_DATA": str(folder),
        "COUNTERSIGN_SITE_URL": address,
        "DJANGO_SETTINGS_MODULE": "countersign.settings",
        "COUNTERSIGN_LOG_LEVEL": "WARNING",
    }
    try:
        yield address
    finally:
        lock.release()


def prepare() -> None:
    subprocess.run([sys.executable, "manage.py", "prepare"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def running(address: str, logs: Path, *, environment: Mapping[str, str] | None = None) -> Iterator[None]:
    logs.mkdir(parents=True, exist_ok=True)
    port = address.rsplit(":", 1)[1]
    web = [
        "-m",
        "gunicorn",
        "countersign.wsgi",
        "-b",
        f"127.0.0.1:{port}",
        "-w",
        "2",
        "--threads",
        "4",
        "--no-control-socket",
    ]
    commands = {"web": web, "work": ["manage.py", "work"]}
    processes = [_start(command, logs / f"{name}.log", environment) for name, command in commands.items()]
    try:
        _wait(address, processes, logs)
        yield
    finally:
        for process in reversed(processes):
            process.terminate()
        for process in processes:
            _end(process)


def _start(command: list[str], log: Path, environment: Mapping[str, str] | None) -> "subprocess.Popen[bytes]":
    with log.open("wb") as file:
        return subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env=environment, stdout=file, stderr=subprocess.STDOUT
        )


def _wait(address: str, processes: list["subprocess.Popen[bytes]"], logs: Path) -> None:
    for _ in range(240):
        if any(process.poll() is not None for process in processes):
            break
        try:
            requests.get(address + "/verify", timeout=5)
        except requests.RequestException:
            time.sleep(0.25)
        else:
            return
    raise SiteError(f"The site did not come up; its logs are in {logs}.")


def _end(process: "subprocess.Popen[bytes]") -> None:
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port() -> int:
    for port in range(FIRST_PORT, LAST_PORT):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    raise SiteError(f"No free port between {FIRST_PORT} and {LAST_PORT}; close something and try again.")
