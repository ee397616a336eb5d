"""Lay a face over a plate: alpha, the plate's other skin, what stands before the face. Outside, no bit is touched."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from synthesis.types import Floats, Image, Mask
from synthesis.warp import Raster

SHARP_EDGE = 0.03  # face widths: nothing of the face is shown nearer to the mesh's border
SOFT_EDGE = 0.14  # face widths: from here inward the face is opaque


@dataclass(frozen=True, slots=True, eq=False)
class Layers:
    """What goes over a window (h, w) of the plate.

    `face` (h, w, 3) float32, 0 to 255; `sure` (h, w), how well the footage shows it; `alpha` (h, w) of it.
    `skin` (h, w): how much of `gap` (h, w, 3), a logarithm, is applied to the plate's own pixels below and around.
    `hidden` (h, w): where the plate itself must be seen.
    """

    face: Floats
    sure: Floats
    alpha: Floats
    skin: Floats
    hidden: Floats
    gap: Floats


def edge_alpha(mesh: Raster, sure: Floats) -> Floats:
    """Alpha (h, w) of a drawn mesh: soft at the rim, weak where the source shows little (`sure` (h, w))."""
    width = float(np.sqrt(max(int(mesh.covered.sum()), 1)))
    side = max(3, int(0.08 * width) | 1)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    body = cv2.morphologyEx(mesh.covered.astype(np.uint8), cv2.MORPH_OPEN, disc)  # no teeth along the silhouette
    inward = cv2.distanceTransform(np.pad(body, 1), cv2.DIST_L2, 3)[1:-1, 1:-1] / width
    ramp = smoothstep((inward - SHARP_EDGE) / (SOFT_EDGE - SHARP_EDGE))
    trusted = smoothstep(cv2.GaussianBlur(sure, (0, 0), 0.02 * width) / 0.7)
    return np.asarray(ramp * np.where(inward > 0.25, 1.0, trusted), np.float32)


def graded(window: Image, layers: Layers) -> Floats:
    """The plate's window with its skin in the other complexion."""
    return np.asarray(window * np.exp(layers.skin[..., None] * layers.gap), np.float32)


def compose(window: Image, layers: Layers) -> Image:
    """The finished window (h, w, 3). Where neither face nor skin reaches, the plate's pixels come back unchanged."""
    shown = layers.alpha[..., None] * (1 - layers.hidden[..., None])
    below = graded(window, layers)
    mixed = np.clip(np.rint(layers.face * shown + below * (1 - shown)), 0, 255).astype(np.uint8)
    return np.where(mask(layers)[..., None], mixed, window)


def mask(layers: Layers) -> Mask:
    """Where the plate may be changed at all (h, w)."""
    return np.asarray((layers.alpha * (1 - layers.hidden) > 1 / 512) | (layers.skin > 1 / 64), np.bool_)


def smoothstep(x: NDArray[Any]) -> Floats:
    """0 below 0, 1 above 1, smooth between."""
    x = np.clip(x, 0, 1)
    return np.asarray(x * x * (3 - 2 * x), np.float32)
