"""A clip once looked at: landmarks, expression and colours of one face in every frame, kept sealed beside the work.

Two passes over the clip: the first follows all faces and settles which one is meant, the second places landmarks on
that one. Memory is bounded by `most` frames (about 12 KB each).
"""

import io
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from synthesis import light, masks, video
from synthesis.detect import Face, Finder
from synthesis.errors import NoFaceError
from synthesis.landmarks import Landmarker
from synthesis.masks import Regions
from synthesis.tracking import Track, Tracker
from synthesis.types import Floats, Progress, Vault

VERSION = 2
BREATH = 0.5  # seconds between signs of life
PLATE_MOST = 60_000
FOOTAGE_MOST = 900
NOWHERE = Regions(np.zeros((0, 5), np.float32))


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """One face of a clip: frame `numbers` (n,), `points` (n, 478, 3), `blendshapes` (n, 52), `colours` (n, 468, 3).

    `away` are the regions of the faces that are left alone.
    """

    numbers: NDArray[np.int64]
    points: Floats
    blendshapes: Floats
    colours: Floats
    away: Regions = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What to look at: a clip, its digest, which track (None is the one that fills most of the clip), and a name.

    `among` are the tracks that may be chosen, None for any; `exclude` are those that are left alone.
    """

    path: Path
    sha256: str
    track: int | None
    name: str
    most: int
    among: tuple[int, ...] | None = None
    exclude: tuple[int, ...] = ()


def of(subject: Subject, *, folder: Path, vault: Vault) -> Generator[Progress, None, Analysis]:
    """The analysis of a clip, from the sealed cache in `folder` or made now.

    Raises UnreadableClipError, NoFaceError, LeftAloneError.
    """
    cache = folder / f"{subject.name}.analysis"
    key = f"{VERSION} {subject.sha256} {subject.track} {subject.most} {subject.among} {subject.exclude}"
    if cache.is_file() and (known := _load(vault.open(cache.read_bytes()), key)):
        return known
    made = yield from _analyse(subject)
    part = cache.with_name(cache.name + ".part")
    part.write_bytes(vault.seal(_dump(made, key)))
    video.replace(part, cache)
    return made


def _analyse(subject: Subject) -> Generator[Progress, None, Analysis]:
    total = video.probe(subject.path).frames
    say = _Voice(f"analyse {subject.name}", total)
    tracker, finder = Tracker(), Finder()
    for frame in video.frames_of(subject.path):
        tracker.add(frame.number, frame.image, finder.find(frame.image))
        yield from say(frame.number / 2, "Following the faces.")
    tracks = tracker.tracks()
    track = choose(tracks, subject)
    away = masks.regions(tracks, subject.exclude)
    away.clear_of(track)
    wanted = _thinned(track, subject.most)
    landmarker, rows = Landmarker(), []
    for frame in video.frames_of(subject.path):
        if face := wanted.get(frame.number):
            marks = landmarker.place(frame.image, face)
            colours = light.vertex_colours(frame.image, marks.points)
            rows.append((frame.number, marks.points, marks.blendshapes, colours))
        yield from say((total + frame.number) / 2, "Placing landmarks.")
    numbers, points, blendshapes, colours_ = zip(*rows, strict=True)
    return Analysis(np.array(numbers, np.int64), np.stack(points), np.stack(blendshapes), np.stack(colours_), away)


def choose(tracks: list[Track], subject: Subject) -> Track:
    """The track asked for (as `faces.tracks` counts), or the one that fills most of the clip; never one that is to be
    left alone, or that is not among those that may be chosen.

    Raises NoFaceError when there is none.
    """
    may = range(len(tracks)) if subject.among is None else subject.among
    free = {n: track for n, track in enumerate(tracks) if n in may and n not in subject.exclude}
    if not free:
        raise NoFaceError(f"no face was found in {subject.path.name}")
    if subject.track is None:
        return max(free.values(), key=lambda t: t.median_size * len(t.numbers))
    if subject.track not in free:
        raise NoFaceError(f"{subject.path.name} has {len(tracks)} face tracks, number {subject.track} was asked for")
    return free[subject.track]


def _thinned(track: Track, most: int) -> dict[int, Face]:
    step = -(-len(track.numbers) // most)
    return dict(list(zip(track.numbers, track.faces, strict=True))[::step])


class _Voice:
    """Says how far a stage is, not more often than is useful."""

    def __init__(self, stage: str, total: int) -> None:
        self._stage, self._total, self._said = stage, max(total, 1), monotonic()

    def __call__(self, done: float, note: str) -> Iterator[Progress]:
        if monotonic() - self._said > BREATH:
            self._said = monotonic()
            yield Progress(stage=self._stage, fraction=min(1.0, done / self._total), note=note)


def _dump(made: Analysis, key: str) -> bytes:
    file = io.BytesIO()
    np.savez(
        file,
        key=np.array(key),
        numbers=made.numbers,
        points=made.points,
        blendshapes=made.blendshapes,
        colours=made.colours,
        away=made.away.boxes,
    )
    return file.getvalue()


def _load(data: bytes, key: str) -> Analysis | None:
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        if str(file["key"]) != key:
            return None
        away = Regions(file["away"])
        return Analysis(file["numbers"], file["points"], file["blendshapes"], file["colours"], away)
