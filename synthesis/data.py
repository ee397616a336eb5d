"""Practice for the refine network: a performer's own frame, rebuilt from a distant one.

Frame i is what is asked for, frame j is warped onto its geometry and brought into its light as in a real swap; then the
light of i and its surroundings is changed, so that only the surroundings tell how the face must be lit, and below the
face lies another one. Every example follows from (seed, step, place in the batch) alone.
"""

from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from synthesis import compose, geometry, light, skin, warp
from synthesis.analysis import Analysis
from synthesis.geometry import POINTS
from synthesis.light import Light
from synthesis.store import Window
from synthesis.types import Floats, Image
from synthesis.warp import Raster

HELD_OUT = 10  # every tenth frame is never asked for in training
LEVEL_CHANGE, SLOPE_CHANGE = 0.03, 0.14  # standard deviations of the practised changes of light


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """What the network sees of one face, at its own size n; float32, 0 to 1, but `normals` (n, n, 2), -1 to 1.

    `lit` (n, n, 3) the warped face, `around` (n, n, 3) the plate's skin without the face, `alpha` (n, n), `sure`
    (n, n).
    """

    lit: Floats
    around: Floats
    alpha: Floats
    sure: Floats
    normals: Floats

    def stacked(self) -> Floats:
        """The network's channels (10, n, n)."""
        flat = (self.lit * 2 - 1, self.around * 2 - 1, self.alpha[..., None], self.sure[..., None], self.normals)
        return np.ascontiguousarray(np.concatenate(flat, -1).transpose(2, 0, 1))


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """Inputs, what the finished picture must be (n, n, 3), and what lies below the face (n, n, 3)."""

    inputs: Inputs
    wanted: Floats
    below: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """A geometry at the network's size: its raster, its points, normals (n, n, 2), and where skin is seen (n, n)."""

    raster: Raster
    points: Floats
    normals: Floats
    skin: Floats = field(default_factory=lambda: np.zeros((0, 0), np.float32))


class Practice:
    """Makes examples from a performer's own windows, which must be at twice the network's size."""

    def __init__(self, footage: Analysis, windows: dict[int, Window], *, size: int, seed: int) -> None:
        self._windows, self._size, self._seed = windows, size, seed
        self._indices = np.array(sorted(windows), np.int64)
        own = geometry.head(footage.points[:, :POINTS], footage.blendshapes)
        self._faces = geometry.triangles(own.neutral)
        self._light: Light = light.measure(footage.colours, footage.points, self._faces)
        self._skin = skin.learn(footage, self._light)
        self._rotations = own.rotations
        self._stages: dict[int, Stage] = {}
        self._pictures = {i: _half(w.image) for i, w in windows.items()}

    def batch(self, step: int, count: int) -> list[Example]:
        """The examples of one training step."""
        asked = self._indices[np.arange(len(self._indices)) % HELD_OUT != HELD_OUT - 1]
        return [self._example(asked, np.random.default_rng((self._seed, step, k))) for k in range(count)]

    def held_out(self, count: int) -> list[Example]:
        """Examples whose wanted frames no training step asks for; always the same ones."""
        asked = self._indices[HELD_OUT - 1 :: HELD_OUT]
        asked = asked if len(asked) else self._indices
        return [self._example(asked, np.random.default_rng((self._seed, 2**31, k))) for k in range(count)]

    def _example(self, asked: NDArray[np.int64], rng: np.random.Generator) -> Example:
        i = int(rng.choice(asked))
        j, other = self._partner(i, rng), self._partner(i, rng)
        stage = self._stage(i)
        face, sure = self._drawn(stage, i, j)
        stranger, _ = self._drawn(stage, i, other)
        alpha = compose.edge_alpha(stage.raster, sure)
        change = self._change(stage, rng)
        wanted = np.asarray(np.clip(self._pictures[i] / 255 * change, 0, 1), np.float32)
        tint = np.exp(rng.normal(0, 0.12, 3)).astype(np.float32)
        inside = stage.raster.covered[..., None]
        soft = cv2.GaussianBlur(inside.astype(np.float32)[..., 0], (0, 0), 0.012 * self._size)[..., None]
        below = np.asarray(wanted * (1 - soft) + np.clip(stranger * tint, 0, 1) * soft, np.float32)
        doubt = np.exp(rng.normal(0, 0.06, 3)).astype(np.float32)
        around = surroundings(wanted * doubt, stage.skin, stage.raster)
        inputs = Inputs(face, around, alpha, sure, stage.normals)
        return Example(inputs, wanted, below)

    def _partner(self, i: int, rng: np.random.Generator) -> int:
        """A frame some way off in pose and time, as retrieval would have to make do with."""
        candidates = rng.choice(self._indices, size=min(6, len(self._indices)), replace=False)
        trace = np.einsum("ij,kij->k", self._rotations[i], self._rotations[candidates])
        turn = np.arccos(np.clip((trace - 1) / 2, -1, 1))
        order = candidates[np.argsort(turn)]
        order = order[order != i] if np.any(order != i) else order
        return int(order[min(int(rng.integers(0, 3)), len(order) - 1)])

    def _stage(self, i: int) -> Stage:
        if i not in self._stages:
            points = self._windows[i].points * 0.5
            points[:, :2] -= 0.25  # pixel centres
            made = stage(points, self._faces, self._size)
            seen = self._skin.likelihood(self._pictures[i], made.raster.covered)
            self._stages[i] = replace(made, skin=seen)
        return self._stages[i]

    def _drawn(self, stage: Stage, i: int, j: int) -> tuple[Floats, Floats]:
        window = self._windows[j]
        pixels = warp.pull(stage.raster, window.image, window.points).astype(np.float32) / 255
        n = geometry.normals(stage.points, self._faces)[:, :2]
        gain = n @ (self._light.slope[i] - self._light.slope[j]).T + self._light.level[i] - self._light.level[j]
        lit = pixels * stage.raster.spread(np.exp(gain).astype(np.float32))
        sure = stage.raster.spread(warp.confidence(stage.points, window.points, self._faces))[..., 0]
        return np.clip(lit, 0, 1), sure

    def _change(self, stage: Stage, rng: np.random.Generator) -> Floats:
        """A smooth change of light over the whole window (n, n, 3), following the face's normals on the face."""
        slope = rng.normal(0, SLOPE_CHANGE, (1, 2)) + rng.normal(0, SLOPE_CHANGE / 3, (3, 2))
        level = rng.normal(0, LEVEL_CHANGE) + rng.normal(0, LEVEL_CHANGE / 3, 3)
        wide = cv2.GaussianBlur(stage.normals, (0, 0), 0.06 * self._size)
        return np.exp(wide @ slope.T + level).astype(np.float32)


def stage(points: Floats, faces: NDArray[np.int32], size: int) -> Stage:
    """The geometry (468, 3), already in coordinates of a window of `size`, made ready."""
    raster = warp.raster(points, faces, size)
    return Stage(raster, points, raster.spread(geometry.normals(points, faces)[:, :2]))


def surroundings(picture: Floats, bare: Floats, mesh: Raster) -> Floats:
    """The bare skin (n, n) of a picture (n, n, 3) around the face: a wall behind it says nothing of the light on it."""
    side = max(3, round(0.02 * len(picture)) | 1)
    out = cv2.dilate(mesh.covered.astype(np.uint8), np.ones((side, side), np.uint8))
    return np.asarray(np.clip(picture, 0, 1) * (bare * (1 - out))[..., None], np.float32)


def _half(image: Image) -> Image:
    return np.asarray(cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)
