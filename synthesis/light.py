"""Light on a face, apart from its complexion.

Model, in the logarithm of the coded values, per colour channel: skin at a vertex = level + slope · (nx, ny) + what the
skin itself is. The mean level over a clip counts as complexion and is never transferred; its changes within the clip
and the slope (where the light comes from, and its tint) are light and are.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from synthesis import geometry
from synthesis.types import Floats, Image

DARKEST = 4.0  # coded value below which a logarithm says more of noise than of skin
STIFFNESS = 0.02  # ridge: keeps the slope small where the normals hardly vary


@dataclass(frozen=True, slots=True, eq=False)
class Light:
    """Per frame: `level` (n, 3) and `slope` (n, 3, 2), logarithms."""

    level: Floats
    slope: Floats

    @property
    def complexion(self) -> Floats:
        """The clip's median level (3,): complexion under the clip's exposure."""
        return np.asarray(np.median(self.level, axis=0), np.float32)

    def smoothed(self, numbers: NDArray[np.int64], *, sigma: float) -> "Light":
        """The same light without frame-to-frame noise."""
        return Light(
            geometry.smooth(self.level, numbers, sigma=sigma), geometry.smooth(self.slope, numbers, sigma=sigma)
        )


def vertex_colours(image: Image, points: geometry.Points) -> Floats:
    """Logarithm of the blurred colour under each vertex (468, 3) of an RGB frame."""
    flat = points[: geometry.POINTS, :2]
    reach = float(np.ptp(flat[:, 0])) * 0.02
    low = np.maximum(flat.min(0).astype(int) - 8, 0)
    high = np.minimum(flat.max(0).astype(int) + 8, image.shape[1::-1])
    region = image[low[1] : high[1], low[0] : high[0]]
    if region.size == 0:
        return np.full((geometry.POINTS, 3), np.log(DARKEST), np.float32)
    soft = cv2.GaussianBlur(region, (0, 0), max(reach, 0.5))
    at = (flat - low).astype(np.float32)[:, None]
    colours = cv2.remap(soft, at, np.empty(0), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[:, 0]
    return np.asarray(np.log(np.maximum(colours.astype(np.float32), DARKEST)), np.float32)


def measure(colours: Floats, points: Floats, faces: NDArray[np.int32]) -> Light:
    """Fit the light of every frame from vertex colours (n, 468, 3) and landmarks (n, 468+, 3)."""
    skin = upper_skin(points)
    level, slope = [], []
    for colour, frame in zip(colours, points, strict=True):
        n = geometry.normals(frame[: geometry.POINTS], faces)[skin, :2]
        tilt = n - n.mean(0)
        seen = colour[skin]
        gram = tilt.T @ tilt + STIFFNESS * len(tilt) * np.eye(2)
        fit = np.linalg.solve(gram, tilt.T @ (seen - seen.mean(0)))  # (2, 3)
        slope.append(fit.T)
        level.append(np.median(seen - n @ fit, axis=0))
    return Light(np.array(level, np.float32), np.array(slope, np.float32))


def albedo(colours: Floats, points: Floats, faces: NDArray[np.int32], lit: Light) -> Floats:
    """What the skin itself is at each vertex (468, 3), a logarithm against the level: the clip's median, light out."""
    left = []
    for t in np.unique(np.linspace(0, len(points) - 1, 60).round().astype(int)):
        n = geometry.normals(points[t, : geometry.POINTS], faces)[:, :2]
        left.append(colours[t] - n @ lit.slope[t].T - lit.level[t])
    return np.asarray(np.median(left, axis=0), np.float32)


def upper_skin(points: Floats) -> NDArray[np.int64]:
    """Vertices of bare skin above the upper lip: no eyes, brows, lips, outline, and no beard to take for a shadow."""
    middle = np.median(points[:, : geometry.POINTS], axis=0)
    kept = set(range(geometry.POINTS)) - {*geometry.EYES, *geometry.BROWS, *geometry.LIPS, *geometry.OVAL}
    return np.array([i for i in sorted(kept) if middle[i, 1] < middle[2, 1]], np.int64)
