"""Figures of a room, for people and for scripts: an aligned table, and var/bench/ROOM.json."""

import json
import os
import platform
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def write(room: str, figures: Mapping[str, float]) -> Path:
    """Print the figures of `room` and put them into var/bench/ROOM.json, with machine, commit and date.

    Every key ends in or contains its unit, such as `train_images_per_s_128`.
    """
    about = {
        "room": room,
        "machine": platform.node(),
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        "python": platform.python_version(),
        "commit": commit(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    folder = ROOT / "var" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{room}.json"
    part = target.with_suffix(".part")
    part.write_text(json.dumps({**about, "figures": dict(figures)}, indent=2) + "\n")
    part.replace(target)
    _print(about, figures)
    print(f"written: {target}")
    return target


def processor() -> str:
    """The processor's own name."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    named = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or "unknown"


def commit() -> str:
    """The commit the figures belong to; `+` when files differ from it, empty outside a checkout."""

    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], cwd=ROOT, check=False, capture_output=True, text=True)
        return done.stdout.strip() if done.returncode == 0 else ""

    at = git("rev-parse", "--short", "HEAD")
    return at + "+" if at and git("status", "--porcelain", "--untracked-files=no") else at


def _print(about: Mapping[str, object], figures: Mapping[str, float]) -> None:
    width = max((len(name) for name in [*about, *figures]), default=0)
    for name, value in about.items():
        print(f"{name:<{width}}  {value}")
    print("-" * (width + 16))
    for name, value in figures.items():
        print(f"{name:<{width}}  {value:>14,.0f}" if value >= 1000 else f"{name:<{width}}  {value:>14.4g}")
