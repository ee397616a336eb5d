"""For every plate frame, the footage frames that come nearest in pose and expression, chosen as one smooth path."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

POSE_RADIANS = np.radians(8.0)  # a pose this far off costs as much as ...
EXPRESSION = 1.5  # ... a squared blendshape distance of 1 / EXPRESSION
LOYALTY = 0.6  # cost of leaving for a frame that looks different, against the cost of fit
GAZE = slice(11, 19)  # eyeLook* among the 52 blendshapes: what a viewer sees first
GAZE_WEIGHT = 3.0
CROSSFADE = (0.25, 0.5, 0.25)  # weights of the frames chosen for t-1, t, t+1


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What frames are compared by: rotations (n, 3, 3) in one common coordinate system, blendshapes (n, 52)."""

    rotations: NDArray[np.float64]
    blendshapes: NDArray[np.float32]


def distances(one: Look, other: Look) -> NDArray[np.float32]:
    """Cost (n, m) of showing each frame of `other` in the place of each frame of `one`."""
    trace = np.einsum("aij,bij->ab", one.rotations, other.rotations)
    turn = np.arccos(np.clip((trace - 1) / 2, -1, 1)) / POSE_RADIANS
    weights = np.ones(one.blendshapes.shape[1], np.float32)
    weights[GAZE] = GAZE_WEIGHT
    a, b = one.blendshapes * np.sqrt(weights), other.blendshapes * np.sqrt(weights)
    expression = (a**2).sum(1)[:, None] + (b**2).sum(1)[None] - 2 * a @ b.T
    return np.asarray(turn**2 + EXPRESSION * np.maximum(expression, 0), np.float32)


def path(plate: Look, footage: Look) -> NDArray[np.int64]:
    """One footage index per plate frame (n,): the cheapest path (Viterbi, 1967) over fit and loyalty."""
    fit = distances(plate, footage)
    leave = LOYALTY * distances(footage, footage)  # (m, m)
    back = np.zeros(fit.shape, np.int16)
    total = fit[0]
    for t in range(1, len(fit)):
        through = total[:, None] + leave
        back[t] = through.argmin(0)
        total = through[back[t], np.arange(len(total))] + fit[t]
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
