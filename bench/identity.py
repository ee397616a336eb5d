"""Who is taken for whom: every performer's template against every clip, by the recogniser that is configured.

`python -m bench.identity [--footage FOLDER]`: the folder's performers are added to those that ship with the demo, as
NAME_enrol_1.jpg and so on with clips NAME_*.mp4. "younger" performers count as look-alikes of the older ones, not as
the same person.
"""

import argparse
import time
from itertools import combinations
from pathlib import Path

import numpy as np

from bench import report
from consent.types import Band
from synthesis import faces, recognisers
from synthesis.types import FaceTrack, Template

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = ROOT / "demo" / "performers"
SHARED = ROOT.parent / "shared" / "data" / "performers"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--footage", type=Path, default=SHARED if SHARED.is_dir() else SHIPPED)
    folder = parser.parse_args().footage
    templates = {name: template(folder, name) for name in names(folder)}
    begun, clips = time.monotonic(), {path.stem: tracks(path) for path in sorted(folder.glob("*.mp4"))}
    seconds = time.monotonic() - begun
    table(templates, clips)
    report.write("identity", {**scored(templates, clips), "examine_s": seconds})


def names(folder: Path) -> list[str]:
    return sorted({path.name.split("_enrol_")[0] for path in folder.glob("*_enrol_*.jpg")})


def template(folder: Path, name: str) -> Template:
    return faces.enrol([path.read_bytes() for path in sorted(folder.glob(f"{name}_enrol_*.jpg"))])


def tracks(path: Path) -> list[FaceTrack]:
    return [one for one in faces.tracks(path) if isinstance(one, FaceTrack)]


def scored(templates: dict[str, Template], clips: dict[str, list[FaceTrack]]) -> dict[str, float]:
    """Clips with one face, whose name says whose it is: what the tracks' medians are and what the bands say."""
    same, other, alike, bands = [], [], [], []
    for clip, (track, *more) in clips.items():
        who = owner(clip, templates)
        if more or who is None:
            continue
        found = faces.match(track, templates)
        bands.append((who, found.name, found.band))
        for name, one in templates.items():
            score = float(np.median(track.embeddings @ one.embedding))
            (same if name == who else alike if kin(name, who) else other).append(score)
    return {
        "performers": len(templates),
        "clips": len(bands),
        "same_lowest_cosine": min(same),
        "same_median_cosine": float(np.median(same)),
        "different_highest_cosine": max(other),
        "different_median_cosine": float(np.median(other)),
        "look_alike_highest_cosine": max(alike, default=-1.0),
        "template_look_alike_cosine": nearest(templates),
        "threshold_match_cosine": recognisers.configured().thresholds.match,
        "threshold_review_cosine": recognisers.configured().thresholds.review,
        "false_matches": sum(band is Band.MATCH and name != who for who, name, band in bands),
        "matches": sum(band is Band.MATCH and name == who for who, name, band in bands),
        "for_people": sum(band is Band.REVIEW for _, _, band in bands),
        "false_matches_at_threshold": sum(s >= recognisers.configured().thresholds.match for s in [*other, *alike]),
    }


def nearest(templates: dict[str, Template]) -> float:
    """How near the two most similar performers' templates are."""
    pairs = combinations(templates.values(), 2)
    return max(float(one.embedding @ two.embedding) for one, two in pairs)


def owner(clip: str, templates: dict[str, Template]) -> str | None:
    return max((name for name in templates if clip.startswith(f"{name}_")), key=len, default=None)


def kin(one: str, other: str) -> bool:
    return one.split("_", maxsplit=1)[0] == other.split("_", maxsplit=1)[0]


def table(templates: dict[str, Template], clips: dict[str, list[FaceTrack]]) -> None:
    """Each face of each clip, its median cosine to everybody, and what it is called."""
    print(f"{recognisers.configured().label}\n\n{'':<28}" + "".join(f"{name:>16}" for name in templates))
    for clip, found in clips.items():
        for track in found:
            row = "".join(f"{float(np.median(track.embeddings @ one.embedding)):>16.2f}" for one in templates.values())
            said = faces.match(track, templates)
            print(f"{clip + ' ' + str(track.number):<28}{row}   {said.band.value} {said.name or ''}")
    print()


if __name__ == "__main__":
    main()
