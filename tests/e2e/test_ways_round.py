"""Ways round the gate, each as a dishonest producer would try it, through the doors that are there: all refused.

Every trick is refused with the right reason, leaves an entry in the ledger that says so, and makes no pixel. The tricks
stand in `tests.e2e.ways`, by what they try.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e import stage
from tests.e2e.conftest import Cast, consenting
from tests.e2e.stage import Stage, until
from tests.e2e.ways import faces, later, papers, passkeys, rows, rules, scope
from tests.e2e.ways.ground import Ground, Trick

pytestmark = pytest.mark.line

KINDS = (papers, later, rules, scope, faces, rows, passkeys)
TRICKS = tuple(trick for kind in KINDS for trick in kind.TRICKS)


@pytest.fixture(scope="module")
def own_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A site on which nobody has withdrawn yet: a trick must fail by itself."""
    with stage.set_up(tmp_path_factory.mktemp("ways") / "data") as ready:
        yield ready


@pytest.fixture(scope="module")
def own_cast(own_stage: Stage, short_clips: dict[str, Path]) -> Cast:
    return consenting(own_stage, short_clips, max_runs=200, max_screen_seconds=9000)


@pytest.fixture
def ground(own_stage: Stage, own_cast: Cast, short_clips: dict[str, Path], tmp_path: Path) -> Ground:
    until(lambda: examined(own_stage, own_cast), most_s=90)  # whoever is enrolled is looked for in every clip again
    return Ground(own_stage, own_cast, short_clips, tmp_path)


@pytest.mark.parametrize("trick", TRICKS, ids=lambda trick: trick.name.replace(" ", "-"))
def test_way_round_the_gate_is_refused(ground: Ground, trick: Trick) -> None:
    outputs, before = published(ground), newest(ground)
    assert trick.refused_with in trick.attempt(ground)
    if trick.entry:
        until(lambda: kept(ground, trick, since=before), most_s=20)
    assert published(ground) <= outputs | ground.honest, "something was made"


def test_a_hundred_ways_and_more_are_tried() -> None:
    assert len({trick.name for trick in TRICKS}) == len(TRICKS) >= 100


def test_the_ledger_of_all_this_verifies(own_stage: Stage) -> None:
    found = own_stage.crew.legal.get("/api/ledger/verification")
    assert found["intact"], found["faults"]


def examined(site: Stage, cast: Cast) -> bool:
    """Whether both clips are ready, with the faces of both performers known."""
    seen = [site.crew.producer.get(f"/api/footage/{one.footage_id}") for one in (cast.idris, cast.anselm)]
    return all(clip["state"] == "ready" and any(face["performer"] for face in clip["faces"]) for clip in seen)


def newest(ground: Ground) -> int:
    """The number of the last entry before a trick is tried."""
    return max(entry["index"] for entry in ground.stage.ledger())


def kept(ground: Ground, trick: Trick, *, since: int) -> bool:
    """Whether the ledger says by now that exactly this was refused."""
    entries = [entry for entry in ground.stage.ledger(kind=trick.entry) if entry["index"] > since]
    return any(trick.refused_with in entry["body"]["reasons"] for entry in entries)


def published(ground: Ground) -> set[Path]:
    return {path for path in ground.stage.made() if "outputs" in path.parts}
