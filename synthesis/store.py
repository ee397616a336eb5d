"""Windows of the footage, cut out once and held in memory within a stated bound."""

from collections.abc import Generator, Iterable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import cv2
import numpy as np

from synthesis import video, warp
from synthesis.analysis import BREATH, Analysis
from synthesis.errors import UnreadableClipError
from synthesis.geometry import POINTS
from synthesis.types import Floats, Image, Progress

BUDGET = 512 * 2**20  # bytes of pixels held at once
LEAST_SIDE = 192


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """One footage frame around the face: pixels (s, s, 3) and the mesh in them (468, 3)."""

    image: Image
    points: Floats


def load(
    path: Path, analysis: Analysis, *, indices: Iterable[int], side: int | None = None
) -> Generator[Progress, None, dict[int, Window]]:
    """Windows of the frames with these indices in `analysis`, at their own size or at `side`, within BUDGET.

    Raises UnreadableClipError.
    """
    wanted = {int(analysis.numbers[i]): int(i) for i in indices}
    most = max(LEAST_SIDE, int(np.sqrt(BUDGET / 3 / max(len(wanted), 1))))
    held: dict[int, Window] = {}
    said = monotonic()
    for frame in video.frames_of(path):
        if (index := wanted.get(frame.number)) is not None:
            held[index] = window(frame.image, analysis.points[index], side=side, most=most)
        if monotonic() - said > BREATH:
            said = monotonic()
            yield Progress(stage="footage", fraction=len(held) / max(len(wanted), 1), note="Reading the footage.")
    if len(held) < len(wanted):
        raise UnreadableClipError("file-truncated", f"{path.name} has fewer frames than when it was analysed")
    return held


def window(image: Image, points: Floats, *, side: int | None = None, most: int = 4096) -> Window:
    """The window around one face, scaled to `side`, or down to `most`."""
    box = warp.window(points)
    to = side or min(box.side, most)
    cut = box.cut(image)
    if to != box.side:
        how = cv2.INTER_AREA if to < box.side else cv2.INTER_CUBIC
        cut = np.asarray(cv2.resize(cut, (to, to), interpolation=how), np.uint8)
    return Window(cut, box.local(points[:POINTS], to / box.side))
