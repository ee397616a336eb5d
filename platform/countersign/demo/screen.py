"""What the demo says while it works: plain lines, and a progress bar where there is a terminal."""

import sys
import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

WIDTH = 28


def say(line: str = "") -> None:
    _clear()
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def step(title: str) -> None:
    say()
    say(f"── {title} " + "─" * max(2, 72 - len(title)))


def reasons(found: Iterable[Mapping[str, Any]]) -> None:
    for reason in found:
        say(textwrap.fill(reason["sentence"], 96, initial_indent="   ✗ ", subsequent_indent="     "))
        for label, key in (("asked", "asked"), ("allowed", "allowed"), ("what to do", "remedy")):
            if reason.get(key):
                say(
                    textwrap.fill(
                        f"{label}: {reason[key]}", 96, initial_indent="       ", subsequent_indent="         "
                    )
                )


class Bar:
    """A line that is drawn over itself on a terminal; without one, a line whenever the stage changes."""

    def __init__(self) -> None:
        self._stage = ""

    def show(self, stage: str, fraction: float, note: str = "") -> None:
        if sys.stdout.isatty():
            done = round(fraction * WIDTH)
            bar = "█" * done + "·" * (WIDTH - done)
            sys.stdout.write(f"\r\033[K   {bar} {fraction:4.0%}  {stage}  {note[:40]}")
            sys.stdout.flush()
        elif stage != self._stage:
            say(f"   … {stage}")
        self._stage = stage


def _clear() -> None:
    if sys.stdout.isatty():
        sys.stdout.write("\r\033[K")
