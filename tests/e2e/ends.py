"""Ends brought about at a site with real workers, and how long until nobody computes any more."""

import re
import time
from typing import Any

from countersign.demo import story
from countersign.demo.client import Somebody
from countersign.demo.story import Face
from tests.e2e.stage import Stage, until

LONG = {"seconds": 120, "size": 96, "seed": 20}


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


def stopped_after(site: Stage, run_id: str, begun: float, *, finished: int) -> float:
    """Seconds until the worker itself has dropped the work, by its own log, and nothing of the run lies there any more.
    `finished` is what `tasks_finished` said before."""
    until(lambda: tasks_finished(site) > finished, most_s=60, every_s=0.02)
    seconds = time.monotonic() - begun
    assert not site.run(run_id)["open"]
    assert not (site.folder / "runs" / run_id).exists()
    return seconds


def tasks_finished(site: Stage) -> int:
    """How often the gpu worker has come to the end of a training or a conversion."""
    said = "".join(path.read_text(errors="replace") for path in (site.folder / "logs").glob("*.log"))
    return len(re.findall(r"Task countersign\.(?:train|convert)\[[^]]+\] succeeded", said))


def at_step(site: Stage, run_id: str, wanted: str) -> bool:
    run = site.run(run_id)
    return bool(run["state"] == wanted and (wanted != "training" or "step" in run["note"].lower()))


def told(site: Stage, subject: str) -> set[str]:
    with site.database() as database:
        rows = database.execute("SELECT kind FROM provenance_ledgerentry WHERE subject = %s", [subject]).fetchall()
    return {row[0].strip('"') for row in rows}


def bring_again(site: Stage, face: Face, *, part: str) -> None:
    """A consent and a clip for a performer who has none any more; the face is measured again where it was forgotten."""
    active = consents_of(site, face)
    if not any(one["matter"] == "replica" for one in active):
        known = bool(active)
        story.consent(site.crew, face, site.desk, part=part, biometric_release=not known)
        if not known:
            story.enrol(site.crew, face)
    if _state(site, face) == "destroyed":
        path = f"/api/productions/{site.crew.production}/footage"
        face.footage_id = site.crew.producer.upload(path, [("file", face.clip.path)], title=face.clip.name).body["id"]
    story.examined(site.crew, face)
    until(lambda: "footage:keyed" in told(site, f"footage:{face.footage_id}"), most_s=60)


def _state(site: Stage, face: Face) -> str:
    return str(site.crew.producer.get(f"/api/footage/{face.footage_id}")["state"])
