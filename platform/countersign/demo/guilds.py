"""Two witnesses beside the demo's site, as a guild and an insurer would run them: processes and keys of their own."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from countersign.demo.site import ROOT, SiteError

NAMES = ("guild.example/w", "insurer.example/w")


@contextmanager
def witnessing(folder: Path) -> Iterator[None]:
    """Both run, follow the demo's log, and both must vouch before anything is published."""
    (folder / "logs").mkdir(parents=True, exist_ok=True)
    with ExitStack() as running:
        lines = [running.enter_context(_running(folder, name)) for name in NAMES]
        policy = "".join(f"{line}\n" for line in ("# of the demo", *lines, f"quorum {len(lines)}"))
        (folder / "keys" / "witnesses" / "policy").write_text(policy)
        yield


@contextmanager
def _running(folder: Path, name: str) -> Iterator[str]:
    """Yields the witness's line of the policy."""
    short = name.partition(".")[0]
    command = [sys.executable, "-m", "countersign.witness", "--state", str(folder / "outsiders" / short)]
    command += ["--name", name, "--log", str(folder / "keys" / "log.vkey"), "--listen", "127.0.0.1:0"]
    with (folder / "logs" / f"witness-{short}.log").open("wb") as told:
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=told, text=True)
    try:
        yield _line(process, folder)
    finally:
        process.terminate()
        process.communicate()


def _line(process: "subprocess.Popen[str]", folder: Path) -> str:
    """A witness says its key, and then where it listens."""
    said = [process.stdout.readline().split() if process.stdout else [] for _ in range(2)]
    if not said[1]:
        raise SiteError(f"A witness did not come up; its log is in {folder / 'logs'}.")
    return f"witness {said[0][0]} {said[1][2].rstrip(',')}"
