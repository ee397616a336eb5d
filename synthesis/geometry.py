"""The shape of a head: neutral form, pose and expression, apart from each other. numpy only.

Coordinates are MediaPipe's: x to the right, y down, z away from the camera; all in pixels of the frame, or in units of
the neutral shape. The 468 points of the skin are used, the ten of the irises are not.
"""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

POINTS = 468
ENOUGH = 400  # frames from which a neutral shape is estimated
# The outline of the face, in order, from the top of the forehead clockwise as the camera sees it (MediaPipe FACE_OVAL).
OVAL = [
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149),
    *(150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
]
LIPS = [
    *(61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 185, 40, 39, 37, 0, 267, 269, 270, 409, 78, 95, 88, 178, 87),
    *(14, 317, 402, 318, 324, 308, 191, 80, 81, 82, 13, 312, 311, 310, 415),
]
EYES = [
    *(33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246),
    *(263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466),
]
BROWS = [
    *(46, 53, 52, 65, 55, 70, 63, 105, 66, 107),
    *(276, 283, 282, 295, 285, 300, 293, 334, 296, 336),
]

Points = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Pose:
    """A similarity: points p of a shape stand at `scale * p @ rotation.T + shift`."""

    scale: float
    rotation: NDArray[np.float64]
    shift: NDArray[np.float64]

    def put(self, shape: NDArray[np.floating]) -> Points:
        """The shape (n, 3) in this pose."""
        return np.asarray(self.scale * shape @ self.rotation.T + self.shift, np.float32)

    def lift(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """The inverse of `put`."""
        return np.asarray(((points - self.shift) @ self.rotation) / self.scale, np.float64)


@dataclass(frozen=True, eq=False)
class Head:
    """A performer's head in a clip: `neutral` (468, 3), one pose per frame, `expression` (n, 468, 3) residuals."""

    neutral: NDArray[np.float64]
    poses: list[Pose]
    expression: NDArray[np.float32]

    @cached_property
    def rotations(self) -> NDArray[np.float64]:
        """(n, 3, 3)."""
        return np.stack([pose.rotation for pose in self.poses])


def similarity(shape: NDArray[np.floating], points: NDArray[np.floating]) -> Pose:
    """The pose that brings `shape` nearest to `points`, both (n, 3)."""
    return similarities(shape, points[None], np.ones(len(shape)))[0]


def similarities(
    shape: NDArray[np.floating], frames: NDArray[np.floating], weights: NDArray[np.floating]
) -> list[Pose]:
    """The poses that bring `shape` (p, 3) nearest to each of `frames` (n, p, 3), points weighted (Umeyama, 1991)."""
    w = weights / weights.sum()
    from_, to = w @ shape, np.einsum("p,npk->nk", w, frames)
    a, b = shape - from_, frames - to[:, None]
    U, S, Vt = np.linalg.svd(np.einsum("p,npi,pj->nij", w, b, a))
    sign = np.ones((len(frames), 3))
    sign[:, 2] = np.sign(np.linalg.det(U @ Vt))
    rotations = U @ (sign[..., None] * Vt)
    scales = (S * sign).sum(1) / (w @ (a * a).sum(1))
    shifts = to - scales[:, None] * np.einsum("nij,j->ni", rotations, from_)
    return [Pose(float(s), r, t) for s, r, t in zip(scales, rotations, shifts, strict=True)]


def head(points: Points, blendshapes: NDArray[np.float32], *, rounds: int = 6) -> Head:
    """Separate shape, pose and expression of (n, 468, 3) landmarks: generalised Procrustes, steady points weigh more.

    The neutral shape is the median over the calmest frames, by `blendshapes` (n, 52), so that it means the same for
    a performer who talks through the clip and for one who is silent.
    """
    every = points[:, :POINTS].astype(np.float64)
    some = every[np.unique(np.linspace(0, len(every) - 1, ENOUGH).round().astype(int))]
    neutral = every[0] - every[0].mean(0)
    neutral /= np.sqrt((neutral**2).sum(1).mean())
    weights = np.ones(POINTS)
    for _ in range(rounds):
        lifted = _lifted(similarities(neutral, some, weights), some)
        neutral = np.median(lifted, axis=0)
        spread = lifted.std(0).sum(1)
        weights = 1 / (spread + np.median(spread) * 0.3 + 1e-6) ** 2
    poses = similarities(neutral, every, weights)
    lifted = _lifted(poses, every)
    neutral = np.median(lifted[calmest(blendshapes)], axis=0)
    return Head(neutral, poses, np.asarray(lifted - neutral, np.float32))


def _lifted(poses: list[Pose], frames: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.stack([pose.lift(frame) for pose, frame in zip(poses, frames, strict=True)])


def calmest(blendshapes: NDArray[np.float32], *, share: float = 0.2, fewest: int = 5) -> NDArray[np.int64]:
    """The frames with the least expression; where the eyes look does not count (nor does index 0, `neutral`)."""
    looks = range(11, 19)
    rest = [i for i in range(1, blendshapes.shape[1]) if i not in looks]
    count = max(fewest, round(share * len(blendshapes)))
    return np.argsort(blendshapes[:, rest].sum(1), kind="stable")[:count]


def target_shape(source: Head, plate: Head, *, rim: float = 0.16) -> NDArray[np.float64]:
    """The source's neutral face in the plate's coordinates, its outline drawn to the plate's own (468, 3).

    With the outline of the plate the face meets the neck and ears that stay; the source's identity lies inside it.
    `rim` is how far the outline reaches inward, as a fraction of the face's width.
    """
    own = similarity(source.neutral, plate.neutral).put(source.neutral).astype(np.float64)
    flat = own[:, None, :2] - own[None, OVAL, :2]
    distance = np.sqrt((flat**2).sum(-1)) / float(np.ptp(own[:, 0]))  # (468, 36)
    # Every point follows the outline near it as a whole, so that the order of layers in depth stays the source's.
    near = np.exp(-0.5 * ((distance - distance.min(1, keepdims=True)) / 0.06) ** 2)
    moved = near / near.sum(1, keepdims=True) @ (plate.neutral[OVAL] - own[OVAL])
    return np.asarray(own + np.exp(-((distance.min(1) / rim) ** 2))[:, None] * moved, np.float64)


def smooth(values: NDArray[np.float32], numbers: NDArray[np.int64], *, sigma: float) -> NDArray[np.float32]:
    """Gaussian smoothing of (n, ...) along time; frames that are not neighbours in the clip are not mixed."""
    reach = int(np.ceil(3 * sigma))
    total = np.zeros_like(values, np.float64)
    mass = np.zeros(len(values))
    for step in range(-reach, reach + 1):
        here = np.arange(max(0, -step), min(len(values), len(values) - step))
        near = here[numbers[here + step] - numbers[here] == step]
        weight = float(np.exp(-0.5 * (step / sigma) ** 2))
        total[near] += weight * values[near + step]
        mass[near] += weight
    return np.asarray(total / mass.reshape(-1, *[1] * (values.ndim - 1)), np.float32)


def triangles(shape: NDArray[np.floating]) -> NDArray[np.int32]:
    """Delaunay triangles (m, 3) over a neutral shape seen from the front."""
    flat = shape[:, :2].astype(np.float32)
    low, high = flat.min(0) - 1, flat.max(0) + 1
    plane = cv2.Subdiv2D((float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1])))
    order = [plane.insert((float(x), float(y))) for x, y in flat]
    number = {vertex: i for i, vertex in enumerate(order)}
    found = [[number.get(v) for v in corners] for corners in _corners(plane)]
    return np.array([c for c in found if None not in c], np.int32)


def normals(points: NDArray[np.floating], faces: NDArray[np.int32]) -> NDArray[np.float32]:
    """Unit normals (n, 3) of a posed mesh, towards the camera (z < 0 points at it)."""
    a, b, c = (points[faces[:, i]] for i in range(3))
    each = np.cross(b - a, c - a)
    each *= np.where(each[:, 2:] > 0, -1, 1)
    total = np.zeros((len(points), 3))
    for i in range(3):
        np.add.at(total, faces[:, i], each)
    return np.asarray(total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-9), np.float32)


def _corners(plane: cv2.Subdiv2D) -> list[list[int]]:
    """The vertex ids of every triangle; walking the edges keeps ids where getTriangleList gives coordinates."""
    corners = []
    for edge in plane.getLeadingEdgeList():
        around, ids = int(edge), []
        for _ in range(3):
            ids.append(int(plane.edgeOrg(around)[0]))
            around = plane.getEdge(around, cv2.SUBDIV2D_NEXT_AROUND_LEFT)
        corners.append(ids)
    return corners
