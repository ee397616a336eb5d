"""`make demo`: brings a site up on this machine, plays the main job through it, and leaves it running to look at."""

import argparse
import subprocess
import sys
import time
from pathlib import Path

from countersign.demo import guilds, outsiders, screen, site
from countersign.demo.cast import Clip, Login
from countersign.demo.screen import say

ROOT = site.ROOT
PERFORMERS = ROOT / "demo" / "performers"


def main() -> int:
    asked = _arguments()
    began = time.monotonic()
    folder = ROOT / "var" / "demo"
    try:
        with site.chosen(folder) as address:
            say(f"Countersign, the main job from start to finish. Everything it makes lies under {folder}.")
            say("Making keys, certificates and a PostgreSQL of its own …")
            site.prepare()
            say("Starting two witnesses, as a guild and an insurer would run them; both must vouch …")
            with guilds.witnessing(folder), outsiders.time_stamps(folder), site.running(address, folder / "logs"):
                logins = _play(address, folder, asked)
                say(f"took: {time.monotonic() - began:.0f} s")
                if not asked.once:
                    _stay(address, logins)
    except (site.SiteError, KeyboardInterrupt) as error:
        say(str(error) or "stopped")
        return 1
    return 0


def _play(address: str, folder: Path, asked: argparse.Namespace) -> list[Login]:
    import django

    django.setup()
    from countersign.demo.play import play

    source, plate = _clip(asked.source, folder, "Idris Vale"), _clip(asked.plate, folder, "Anselm Roth")
    return play(address, folder, source, plate)


def _clip(path: Path, folder: Path, name: str) -> Clip:
    """One of the demo's own performers with their stills, or the user's clip with stills taken from it."""
    known = sorted(PERFORMERS.glob(f"{path.stem.split('_')[0]}_enrol_*.jpg"))
    if path.parent == PERFORMERS and known:
        return Clip(name, path, tuple(known))
    target = folder / "stills" / path.stem
    target.mkdir(parents=True)
    run = subprocess.run(
        [sys.executable, "-m", "synthesis.stills", path, target], cwd=ROOT, check=False, capture_output=True, text=True
    )
    if run.returncode:
        raise site.SiteError(run.stderr.strip() or f"no stills could be taken from {path}")
    return Clip(f"The performer of {path.name}", path, tuple(sorted(target.glob("*.jpg"))))


def _stay(address: str, logins: list[Login]) -> None:
    screen.step("The site stays up; look around, Ctrl-C stops it")
    say(f"   {address}/verify    drop a file and learn what it is (no log-in)")
    say(f"   {address}/sign-in   as one of:")
    for login in logins:
        say(f"      {login.part:<10} {login.email:<38} {login.password}")
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        say("stopping …")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--source", type=_existing, default=PERFORMERS / "idris_training.mp4", help="whose face")
    parser.add_argument("--plate", type=_existing, default=PERFORMERS / "anselm_plate.mp4", help="into which clip")
    parser.add_argument("--once", action="store_true", help="end when the story ends, instead of leaving the site up")
    asked = parser.parse_args()
    asked.once = asked.once or not sys.stdout.isatty()
    return asked


def _existing(text: str) -> Path:
    path = Path(text).resolve()
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"{path} is not a file")
    return path


if __name__ == "__main__":
    sys.exit(main())
