"""How long work goes on after a performer withdrew: real withdrawals during real trainings by a real worker."""

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

ROUNDS = 3


def stops() -> dict[str, float]:
    """Median and longest time from the withdrawal until the worker has dropped its work."""
    from tests.e2e import clips, stage
    from tests.e2e.conftest import PERFORMERS, consenting

    with tempfile.TemporaryDirectory(prefix="countersign-bench-") as folder:
        short = {
            name: clips.cut(PERFORMERS / f"{name}.mp4", Path(folder) / f"{name}.mp4", frames=frames)
            for name, frames in (("idris_training", 48), ("anselm_plate", 24))
        }
        with stage.set_up(Path(folder) / "data") as site:
            them = consenting(site, short)
            times = [_once(site, them) for _ in range(ROUNDS)]
    return {
        "withdraw_stop_s": round(statistics.median(times), 3),
        "withdraw_stop_max_s": round(max(times), 3),
        "withdrawals": len(times),
    }


def _once(site: Any, them: Any) -> float:
    from countersign.demo import story
    from tests.e2e import ends
    from tests.e2e.stage import until

    ends.bring_again(site, them.idris, part="likeness")
    run = site.ask(them.idris, them.anselm, title="To be withdrawn", parameters=ends.LONG).body
    until(lambda: ends.at_step(site, run["id"], "training"), most_s=180, every_s=0.05)
    finished, begun = ends.tasks_finished(site), time.monotonic()
    story.withdraw(site.address, them.idris)
    return ends.stopped_after(site, run["id"], begun, finished=finished)
