"""For every plate frame, the footage frames that come nearest in pose and expression, chosen as smooth paths.

The eyes and the mouth are looked for apart: nobody has ever filmed every blink together with every word.
"""

from collections.abc import Generator
from dataclasses import dataclass
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from synthesis.types import Floats, Progress

POSE_RADIANS = np.radians(8.0)  # a pose this far off costs 1
EXPRESSION = 1.5  # weight of a squared blendshape distance
GAZE_WEIGHT = 3.0  # against other blendshapes: what a viewer sees first
OPENING = 0.08  # a mouth opened this much wider or less, in eye distances, costs 1
LOYALTY = 0.6  # cost of leaving for a frame that looks different, against the cost of fit
CROSSFADE = (0.25, 0.5, 0.25)  # weights of the frames chosen for t-1, t, t+1
BREATH = 0.5

# Among the 52 blendshapes of the landmarker; 0 is "neutral".
BROWS_AND_LIDS = [1, 2, 3, 4, 5, 7, 8, 9, 10, 19, 20, 21, 22]
GAZE = [11, 12, 13, 14, 15, 16, 17, 18]
MOUTH = [6, *range(23, 52)]


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What frames are compared by: rotations (n, 3, 3) in one common system, features (n, f) of unit weight."""

    rotations: NDArray[np.float64]
    features: Floats


def eyes(blendshapes: Floats) -> Floats:
    """Features (n, f) of brows, lids and gaze."""
    rest, gaze = blendshapes[:, BROWS_AND_LIDS], blendshapes[:, GAZE]
    return np.asarray(np.sqrt(EXPRESSION) * np.concatenate([rest, np.sqrt(GAZE_WEIGHT) * gaze], 1), np.float32)


def mouth(blendshapes: Floats, points: Floats) -> Floats:
    """Features (n, f) of jaw and lips, with the opening measured between the inner lips."""
    eye_distance = np.linalg.norm(points[:, 33] - points[:, 263], axis=1)
    opening = np.linalg.norm(points[:, 13] - points[:, 14], axis=1) / eye_distance / OPENING
    return np.concatenate([np.sqrt(EXPRESSION) * blendshapes[:, MOUTH], opening[:, None]], 1).astype(np.float32)


def distances(one: Look, other: Look) -> Floats:
    """Cost (n, m) of showing each frame of `other` in the place of each frame of `one`."""
    trace = np.einsum("aij,bij->ab", one.rotations, other.rotations)
    turn = np.arccos(np.clip((trace - 1) / 2, -1, 1)) / POSE_RADIANS
    a, b = one.features, other.features
    expression = (a**2).sum(1)[:, None] + (b**2).sum(1)[None] - 2 * a @ b.T
    return np.asarray(turn**2 + np.maximum(expression, 0), np.float32)


def path(plate: Look, footage: Look) -> Generator[Progress, None, NDArray[np.int64]]:
    """One footage index per plate frame (n,): the cheapest path (Viterbi, 1967) over fit and loyalty."""
    fit = distances(plate, footage)
    leave = LOYALTY * distances(footage, footage)  # (m, m)
    back = np.zeros(fit.shape, np.int16)
    total, said = fit[0], monotonic()
    for t in range(1, len(fit)):
        through = total[:, None] + leave
        back[t] = through.argmin(0)
        total = through[back[t], np.arange(len(total))] + fit[t]
        if monotonic() - said > BREATH:
            said = monotonic()
            yield Progress(stage="retrieve", fraction=t / len(fit), note="Choosing the footage for every frame.")
    chosen = [int(total.argmin())]
    for t in range(len(fit) - 1, 0, -1):
        chosen.append(int(back[t, chosen[-1]]))
    return np.array(chosen[::-1], np.int64)


def crossfade(chosen: NDArray[np.int64], numbers: NDArray[np.int64]) -> list[dict[int, float]]:
    """Per plate frame, footage indices with weights that sum to 1: a change of frame is faded, not cut.

    `numbers` are the plate's frame numbers; across a gap nothing is faded.
    """
    mixed = []
    for t in range(len(chosen)):
        weights: dict[int, float] = {}
        for step, weight in zip((-1, 0, 1), CROSSFADE, strict=True):
            near = t + step
            steady = 0 <= near < len(chosen) and numbers[near] - numbers[t] == step
            index = int(chosen[near] if steady else chosen[t])
            weights[index] = weights.get(index, 0.0) + weight
        mixed.append(weights)
    return mixed
