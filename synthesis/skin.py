"""Which pixels of a plate are the performer's skin, and which hide it.

Both are learnt from the clip itself: skin is what is coloured like the bare part of the face, an occluder is what the
face never looks like at that place.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from synthesis import geometry, light
from synthesis.analysis import Analysis
from synthesis.light import DARKEST, Light
from synthesis.types import Floats, Image, Mask
from synthesis.warp import Raster

EARS, FOREHEAD = 0.24, 0.36  # face widths around the outline in which they are looked for
NECK = 0.75  # face widths below the chin in which the neck is looked for
# Standard deviations of red against green, green against blue, and brightness, all logarithms.
LEAST_SPREAD, MOST_SPREAD = np.array([0.10, 0.10, 0.35]), np.array([0.14, 0.14, 0.50])


@dataclass(frozen=True, slots=True, eq=False)
class Skin:
    """A clip's skin: colour statistics, and per vertex the range of colours (468, 3) seen there, light taken out."""

    mean: Floats
    whiten: Floats
    low: Floats
    high: Floats

    def likelihood(self, window: Image, face: Mask) -> Floats:
        """0 to 1 (h, w): skin that belongs to the face (h, w) — forehead, ears, neck — and the face itself."""
        size = window.shape[1::-1]
        small = cv2.resize(window, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        inside = np.asarray(
            cv2.resize(face.astype(np.uint8), small.shape[1::-1], interpolation=cv2.INTER_NEAREST), np.uint8
        )
        soft = cv2.GaussianBlur(small, (0, 0), 1.0).astype(np.float32)
        off = (_features(np.log(np.maximum(soft, DARKEST))) - self.mean) @ self.whiten
        alike: Floats = np.exp(-0.5 * np.maximum(np.sqrt((off**2).sum(-1)) - 2.4, 0) ** 2).astype(np.float32)
        alike = alike * _head(inside)
        alike = alike * _joined(alike, inside)
        return np.asarray(cv2.resize(cv2.GaussianBlur(alike, (0, 0), 0.8), size, interpolation=cv2.INTER_LINEAR))

    def hidden(self, window: Image, mesh: Raster, level: Floats) -> Floats:
        """0 to 1 (h, w): what stands before the face; `level` (3,) is the light of this frame."""
        width = float(np.sqrt(mesh.covered.sum()))
        seen = np.log(np.maximum(cv2.GaussianBlur(window, (0, 0), 0.012 * width).astype(np.float32), DARKEST))
        bounds = mesh.spread(np.concatenate([self.low, self.high], 1) + np.tile(level, 2))
        outside = np.maximum(bounds[..., :3] - seen, seen - bounds[..., 3:])
        strange = ((outside.max(-1) > 0) & mesh.covered).astype(np.uint8)
        return _blobs(strange, width)


def learn(plate: Analysis, lit: Light) -> Skin:
    """The skin of the performer of a clip, from vertex colours (n, 468, 3) and the light found in them."""
    bare = light.upper_skin(plate.points)
    seen = _features(plate.colours[:, bare].reshape(-1, 3))
    mean = np.median(seen, axis=0)
    # Shine on a face is white like a window: a plain covariance would take the window for skin, too.
    spread = np.clip(1.48 * np.median(np.abs(seen - mean), axis=0), LEAST_SPREAD, MOST_SPREAD)
    whiten = np.diag(1 / spread)
    own = plate.colours - lit.level[:, None]
    edge = np.full(geometry.POINTS, 7.0)
    edge[[*geometry.EYES, *geometry.BROWS, *geometry.LIPS]] = 2.0  # they move: rarer colours are still the face
    low = np.stack([np.percentile(own[:, i], edge[i], axis=0) for i in range(geometry.POINTS)])
    high = np.stack([np.percentile(own[:, i], 100 - edge[i], axis=0) for i in range(geometry.POINTS)])
    slack = 0.18 + 0.5 * (high - low)
    return Skin(*(np.asarray(a, np.float32) for a in (mean, whiten, low - slack, high + slack)))


def _features(logs: Floats) -> Floats:
    """Two colour differences and brightness (..., 3) of logarithmic RGB."""
    r, g, b = logs[..., 0], logs[..., 1], logs[..., 2]
    return np.stack([r - g, g - b, (r + g + b) / 3], -1)


def _head(inside: Image) -> Floats:
    """Where a head's other skin can be: close around the face, and in a column below the jaw; soft-edged."""
    rows, columns = np.nonzero(inside)
    if not len(rows):
        return np.zeros(inside.shape, np.float32)
    width, chin = float(np.ptp(columns) + 1), int(rows.max())
    jaw = columns[rows > chin - 0.35 * np.ptp(rows)]
    y, x = np.mgrid[: inside.shape[0], : inside.shape[1]].astype(np.float32)
    reach = np.where(y < rows.min() + 0.2 * np.ptp(rows), FOREHEAD, EARS) * width
    around = np.clip(3 * (1 - cv2.distanceTransform(1 - inside, cv2.DIST_L2, 3) / reach), 0, 1)
    left, right = jaw.min() - 0.11 * width, jaw.max() + 0.11 * width
    beside = np.clip(np.minimum(x - left, right - x) / (0.08 * width), 0, 1)
    below = np.clip((chin + NECK * width - y) / (0.2 * width), 0, 1) * (y > chin - 0.35 * np.ptp(rows))
    edge = np.minimum(np.minimum(x, x[:, ::-1]), np.minimum(y, y[::-1])) / (0.04 * len(inside))
    return np.asarray(np.maximum(around, beside * below) * np.clip(edge, 0, 1), np.float32)


def _joined(alike: Floats, inside: Image) -> Floats:
    """Only what hangs together with the face: a wooden wall is coloured like skin, too."""
    likely = ((alike > 0.35) | (inside > 0)).astype(np.uint8)
    _, labels = cv2.connectedComponents(likely, connectivity=4)
    ours = np.isin(labels, np.unique(labels[inside > 0])) & (likely > 0)
    return cv2.dilate(ours.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(np.float32)


def _blobs(strange: Image, width: float) -> Floats:
    """Compact shapes of some size, their holes closed and their edge soft; specks and wrinkles are no occluders."""

    def disc(share: float) -> Image:
        side = max(3, int(share * width) | 1)
        return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)

    core = cv2.morphologyEx(strange, cv2.MORPH_OPEN, disc(0.06))
    grown = cv2.morphologyEx(core, cv2.MORPH_CLOSE, disc(0.16))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(grown)
    large = np.flatnonzero(stats[:, cv2.CC_STAT_AREA] > (0.1 * width) ** 2)
    kept = cv2.dilate(np.isin(labels, large[large > 0]).astype(np.uint8), disc(0.025))
    return np.asarray(cv2.GaussianBlur(kept.astype(np.float32), (0, 0), 0.012 * width))
