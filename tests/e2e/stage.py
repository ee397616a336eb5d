"""A whole site for a test: web, workers, queue and database of its own, driven through everybody's doors."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg

from countersign.demo import cast, site, story
from countersign.demo.cast import Clip, Login
from countersign.demo.client import Somebody
from countersign.demo.signing import SigningDesk
from countersign.demo.story import Crew, Face
from tests.conftest import ROOT

QUICK = {"seconds": 4, "size": 96, "seed": 20}
PEOPLE = {"producer": "Petra Lindqvist", "artist": "Arun Mehta", "legal": "Lena Okafor"}


@dataclass(slots=True)
class Stage:
    address: str
    folder: Path
    environment: Mapping[str, str]
    desk: SigningDesk
    crew: Crew
    logins: dict[str, Login]

    def introduce(self, name: str, performer_id: str) -> Login:
        login = cast.login_for("performer", name)
        manage(self.environment, "introduce", login.email, performer_id, stdin=login.password + "\n")
        return login

    def bring_in(self, clip: Clip) -> Face:
        return story.bring_in(self.crew, clip, introduce=self.introduce)

    def ask(self, likeness: Face, plate: Face, **changed: Any) -> Any:
        return story.ask_for_run(self.crew, likeness, plate, **{"parameters": QUICK, **changed})

    def run(self, run_id: str) -> Any:
        return self.crew.producer.get(f"/api/runs/{run_id}")

    def ledger(self, **filters: str) -> list[dict[str, Any]]:
        query = "&".join(f"{key}={value}" for key, value in filters.items())
        entries: list[dict[str, Any]] = self.crew.legal.get(f"/api/ledger?{query}")["entries"]
        return entries

    def worker(self, queue: str) -> psutil.Process:
        """The running worker of a queue, or the keeper: the process that works, found by its own command line."""
        mine = "countersign.keeper" if queue == "keeper" else f"countersign.worker {queue}"
        for process in psutil.process_iter():
            try:
                if mine in " ".join(process.cmdline()) and process.environ().get("COUNTERSIGN_DATA") == str(
                    self.folder
                ):
                    return process
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
        raise AssertionError(f"no {queue} worker runs")

    def database(self) -> "psycopg.Connection[Any]":
        """As the owner of the database: what an administrator could do."""
        folder = str(self.folder / "postgres")
        return psycopg.connect(host=folder, user="postgres", dbname="countersign", autocommit=True)

    def made(self) -> set[Path]:
        """Every file under runs/, outputs/ and models/: pixels, weights, or anything on the way to them."""
        folders = (self.folder / name for name in ("runs", "outputs", "models"))
        return {path for folder in folders for path in folder.rglob("*") if path.is_file()}


@contextmanager
def set_up(folder: Path, **more: str) -> Iterator[Stage]:
    address = f"http://127.0.0.1:{site.free_port()}"
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("COUNTERSIGN_")},
        "COUNTERSIGN_DATA": str(folder),
        "COUNTERSIGN_SITE_URL": address,
        "COUNTERSIGN_LOG_LEVEL": "INFO",
        **more,
    }
    environment.pop("DATABASE_URL", None)
    manage(environment, "prepare")
    logins = {role: _enlist(environment, role, name) for role, name in PEOPLE.items()}
    desk = SigningDesk.opened(folder)
    with site.running(address, folder / "logs", environment=environment):
        people = {role: Somebody(address, email=login.email, password=login.password) for role, login in logins.items()}
        crew = Crew(people["producer"], people["legal"], people["producer"].get("/api/productions")[0]["id"])
        yield Stage(address, folder, environment, desk, crew, logins)


def manage(environment: Mapping[str, str], *arguments: str, stdin: str = "") -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=dict(environment),
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def until(true: Callable[[], Any], *, most_s: float, every_s: float = 0.2) -> Any:
    end = time.monotonic() + most_s
    while time.monotonic() < end:
        if found := true():
            return found
        time.sleep(every_s)
    raise AssertionError(f"did not come about within {most_s} s")


def _enlist(environment: Mapping[str, str], role: str, name: str) -> Login:
    login = cast.login_for(role, name)
    where = ("--organisation", cast.ORGANISATION, "--production", cast.PRODUCTION)
    manage(environment, "enlist", login.email, "--name", name, *where, "--role", role, stdin=login.password + "\n")
    return login
