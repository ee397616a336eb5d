"""One site for all tests of the line, with two performers who signed, were approved and are enrolled."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from countersign.demo import story
from countersign.demo.cast import Clip
from countersign.demo.story import Face
from tests.conftest import ROOT
from tests.e2e import clips, stage
from tests.e2e.stage import Stage

PERFORMERS = ROOT / "demo" / "performers"


@dataclass(slots=True)
class Cast:
    idris: Face
    anselm: Face


def stills(name: str) -> tuple[Path, ...]:
    return tuple(sorted(PERFORMERS.glob(f"{name}_enrol_*.jpg")))


@pytest.fixture(scope="session")
def short_clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The demo's clips, cut short: the same people and codec, fewer frames."""
    folder = tmp_path_factory.mktemp("clips")
    lengths = {"idris_training": 48, "anselm_plate": 24, "mara_plate": 24}
    return {
        name: clips.cut(PERFORMERS / f"{name}.mp4", folder / f"{name}.mp4", frames=n) for name, n in lengths.items()
    }


@pytest.fixture(scope="session")
def the_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage.set_up(tmp_path_factory.mktemp("site") / "data") as ready:
        yield ready


@pytest.fixture(scope="session")
def the_cast(the_stage: Stage, short_clips: dict[str, Path]) -> Cast:
    """Idris, whose likeness may be used, and Anselm, who stands in the plate."""
    return consenting(the_stage, short_clips, max_runs=200, max_screen_seconds=9000)


def consenting(ready: Stage, short: dict[str, Path], **terms: Any) -> Cast:
    idris = ready.bring_in(Clip("Idris Vale", short["idris_training"], stills("idris")))
    anselm = ready.bring_in(Clip("Anselm Roth", short["anselm_plate"], stills("anselm")))
    for face, part in ((idris, "likeness"), (anselm, "plate")):
        story.consent(ready.crew, face, ready.desk, part=part, **terms)
        story.enrol(ready.crew, face)
    for face in (idris, anselm):
        story.examined(ready.crew, face)
    return Cast(idris, anselm)


@pytest.fixture(autouse=True)
def connected_anew(request: pytest.FixtureRequest) -> Iterator[None]:
    """Beside Playwright's loop Django keeps another connection, which outlives the database of one test."""
    if "browser" in request.fixturenames:
        request.getfixturevalue("browser")
        connection.close()
    yield
    if "browser" in request.fixturenames:
        connection.close()
