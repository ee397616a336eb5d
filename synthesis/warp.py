"""Carry pixels from one posed mesh to another: piecewise affine over the triangles.

A `Raster` is made once for a target geometry; every source frame is then one index map and one `remap`.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from synthesis.geometry import POINTS, Points
from synthesis.types import Floats, Image, Mask

SUBPIXEL = 4  # bits, for fillConvexPoly
CRACK = np.ones((5, 5), np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Box:
    """A square window of a frame: top left corner and side in pixels; may reach over the edge of the frame."""

    x: int
    y: int
    side: int

    def local(self, points: NDArray[np.floating], scale: float = 1.0) -> Points:
        """Frame points in window coordinates, the window being scaled by `scale`; depth is scaled with them."""
        moved = np.array(points, np.float32)
        moved[..., 0] -= self.x
        moved[..., 1] -= self.y
        if scale != 1.0:
            moved *= scale
            moved[..., :2] += 0.5 * scale - 0.5  # pixel centres, as cv2.resize places them
        return moved

    def cut(self, image: Image) -> Image:
        """The window's pixels (side, side, 3); the edge is repeated outside the frame."""
        height, width = image.shape[:2]
        ys = np.clip(np.arange(self.y, self.y + self.side), 0, height - 1)
        xs = np.clip(np.arange(self.x, self.x + self.side), 0, width - 1)
        return np.asarray(image[ys][:, xs], np.uint8)

    def paste(self, image: Image, window: Image) -> None:
        """Write the window back into the frame, in place; what lies outside the frame is dropped."""
        height, width = image.shape[:2]
        y0, x0 = max(self.y, 0), max(self.x, 0)
        y1, x1 = min(self.y + self.side, height), min(self.x + self.side, width)
        if y1 > y0 and x1 > x0:
            image[y0:y1, x0:x1] = window[y0 - self.y : y1 - self.y, x0 - self.x : x1 - self.x]


@dataclass(frozen=True, slots=True, eq=False)
class Raster:
    """Which triangle covers each pixel of a window (h, w), -1 for none, and its barycentric coordinates there."""

    triangle: NDArray[np.int16]
    corners: NDArray[np.int16]  # (k, 3) vertex numbers of covered pixels
    shares: Floats  # (k, 3) barycentric, of covered pixels
    rows: NDArray[np.int16]
    columns: NDArray[np.int16]

    @property
    def covered(self) -> Mask:
        """(h, w)."""
        return self.triangle >= 0

    def spread(self, values: Floats) -> Floats:
        """Per-vertex values (468, c) interpolated to pixels (h, w, c); 0 outside."""
        out = np.zeros((*self.triangle.shape, values.shape[1]), np.float32)
        out[self.rows, self.columns] = sum(values[self.corners[:, i]] * self.shares[:, i, None] for i in range(3))
        return out


def window(points: Points, *, margin: float = 1.75, lower: float = 0.05) -> Box:
    """The square around face, ears and neck: `margin` times the face's larger extent, `lower` of that further down."""
    low, high = points[:POINTS, :2].min(0), points[:POINTS, :2].max(0)
    extent = float((high - low).max())
    side = int(np.ceil(extent * margin))
    x, y = (low + high) / 2 - side / 2
    return Box(round(float(x)), round(float(y) + lower * extent), side)


def raster(points: Points, faces: NDArray[np.int32], size: int) -> Raster:
    """Draw a posed mesh (468, 3), in window coordinates, into (size, size) pixels; the nearer triangle wins.

    Triangles that face away are not drawn: at the silhouette they would show what is behind it. The hairline cracks
    that this leaves inside the mesh take the triangle next to them.
    """
    flat = points[:, :2]
    drawn = np.full((size, size), -1, np.int16)
    corners = np.round(flat[faces] * 2**SUBPIXEL).astype(np.int32)
    areas = _areas(points, faces)
    towards = np.sign(np.median(areas)) * areas > 0
    for i in np.argsort(-points[faces, 2].mean(1), kind="stable"):
        if towards[i]:
            cv2.fillConvexPoly(drawn, corners[i], int(i), lineType=cv2.LINE_8, shift=SUBPIXEL)
    cracks = cv2.morphologyEx((drawn >= 0).astype(np.uint8), cv2.MORPH_CLOSE, CRACK) > 0
    drawn = np.where(cracks & (drawn < 0), cv2.dilate(drawn, CRACK), drawn)
    rows, columns = (axis.astype(np.int16) for axis in np.nonzero(drawn >= 0))
    which = faces[drawn[rows, columns]].astype(np.int16)
    shares = _barycentric(flat, which, np.stack([columns, rows], 1).astype(np.float32))
    return Raster(drawn, which, shares, rows, columns)


def pull(target: Raster, source: Image, points: Floats, *, sharp: bool = True) -> Image:
    """The source picture drawn onto the target mesh: `points` (468, 2+) are the mesh in the source picture."""
    out = np.zeros((*target.triangle.shape, 3), np.uint8)
    if not len(target.rows):
        return out
    rows = slice(int(target.rows.min()), int(target.rows.max()) + 1)
    columns = slice(int(target.columns.min()), int(target.columns.max()) + 1)
    at = np.ascontiguousarray(target.spread(points[:POINTS, :2].astype(np.float32))[rows, columns])
    how = cv2.INTER_CUBIC if sharp else cv2.INTER_LINEAR
    drawn = cv2.remap(source, at, np.empty(0), how, borderMode=cv2.BORDER_REPLICATE)
    out[rows, columns] = np.where(target.covered[rows, columns, None], drawn, 0)
    return out


def confidence(target: Points, source: Points, faces: NDArray[np.int32]) -> Floats:
    """Per vertex (468, 1), 0 to 1: how well the source shows what the target needs there.

    0 where the source's triangle faces away or is seen so steeply that its pixels would be smeared.
    """
    wanted, shown = _areas(target, faces), _areas(source, faces)
    front = np.sign(np.median(shown))
    scale = np.median(np.abs(shown)) / max(float(np.median(np.abs(wanted))), 1e-6)
    ratio = np.clip(2.5 * front * shown / np.maximum(np.abs(wanted) * scale, 1e-3), 0, 1)
    total, mass = np.zeros(POINTS), np.zeros(POINTS)
    for i in range(3):
        np.add.at(total, faces[:, i], ratio)
        np.add.at(mass, faces[:, i], 1)
    return np.asarray(total / np.maximum(mass, 1), np.float32)[:, None]


def _areas(points: Points, faces: NDArray[np.int32]) -> Floats:
    a, b, c = (points[faces[:, i], :2] for i in range(3))
    u, v = b - a, c - a
    return np.asarray(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0], np.float32)


def _barycentric(flat: Floats, which: NDArray[np.int16], at: Floats) -> Floats:
    a, b, c = (flat[which[:, i]] for i in range(3))
    u, v, p = b - a, c - a, at - a
    area = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    area = np.where(np.abs(area) < 1e-3, 1e-3, area)
    second = (p[:, 0] * v[:, 1] - p[:, 1] * v[:, 0]) / area
    third = (u[:, 0] * p[:, 1] - u[:, 1] * p[:, 0]) / area
    shares = np.clip(np.stack([1 - second - third, second, third], 1), 0, 1)
    return np.asarray(shares / shares.sum(1, keepdims=True), np.float32)
