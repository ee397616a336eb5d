"""How many processor cores are free. Two spinning threads on one busy core are twenty times slower than one thread."""

import os
from pathlib import Path
from time import sleep

STAT = Path("/proc/stat")


def free(*, look_s: float = 0.25) -> int:
    """Cores this process may use that nobody is using now; at least 1. Call it while nothing of ours computes."""
    ours = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if not STAT.exists():
        return ours
    before = _times()
    sleep(look_s)
    passed = [b - a for a, b in zip(before, _times(), strict=True)]
    idle = (passed[3] + passed[4]) / max(sum(passed), 1) * (os.cpu_count() or 1)
    return max(1, min(ours, round(idle)))


def _times() -> list[int]:
    """Ticks of all cores: user, nice, system, idle, iowait, irq, softirq, steal."""
    return [int(x) for x in STAT.read_text().split("\n", 1)[0].split()[1:9]]
