"""Two analyses brought together: which footage frames stand for each plate frame, on what geometry, in what light."""

from collections.abc import Generator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from synthesis import geometry, light, retrieve
from synthesis.analysis import Analysis
from synthesis.geometry import POINTS, Head, Points
from synthesis.light import Light
from synthesis.retrieve import Look
from synthesis.types import Floats, Progress

STEADY = 0.8  # frames: landmarks jitter by about half a pixel, expression does not change that fast
LIGHT_STEADY = 2.0
MOST_GAIN = 0.8  # of a logarithm: beyond a factor of 2.2 it is not light any more but noise
MOST_RIM = 0.25  # of a logarithm: how far the complexion of forehead, ears and neck may follow the nearest skin
HAIR, SKIN = -0.6, -0.25  # of a logarithm against the complexion: darker is hair, lighter is skin
BRIDGE, NOSE_TIP = 6, 1  # landmarks between which the upper half of the face goes over into the lower


@dataclass(frozen=True, slots=True)
class Share:
    """How much one footage frame gives to the upper and to the lower half of a face."""

    upper: float = 0.0
    lower: float = 0.0


@dataclass(frozen=True, eq=False)
class Casting:
    """`chosen[t]` maps indices into the footage's analysis to shares, for the t-th frame of the plate's analysis."""

    footage: Analysis
    plate: Analysis
    source: Head
    target: Head
    chosen: list[dict[int, Share]]
    source_light: Light
    target_light: Light
    faces: NDArray[np.int32]

    @cached_property
    def shape(self) -> NDArray[np.float64]:
        """The source's face in the plate's coordinates, neutral (468, 3)."""
        return geometry.target_shape(self.source, self.target)

    @cached_property
    def upper(self) -> Floats:
        """Per vertex (468, 1): 1 in the upper half of the face, 0 in the lower, smooth between."""
        y = self.shape[:, 1]
        x = np.clip((y[NOSE_TIP] - y) / (y[NOSE_TIP] - y[BRIDGE]), 0, 1)
        return np.asarray(x * x * (3 - 2 * x), np.float32)[:, None]

    @cached_property
    def gap(self) -> Floats:
        """Logarithm (3,) of what turns the plate performer's complexion into the source performer's."""
        return np.asarray(self.source_light.complexion - self.target_light.complexion, np.float32)

    @cached_property
    def rim_gap(self) -> Floats:
        """Per vertex (468, 3), what the skin beyond the face needs on top of `gap` to meet the face there."""
        own = light.albedo(self.footage.colours, self.footage.points, self.faces, self.source_light)
        other = light.albedo(self.plate.colours, self.plate.points, self.faces, self.target_light)
        # Below, a beard would be taken for complexion.
        trust = 0.3 + 0.7 * self.upper
        return np.asarray(np.clip((own - other) * trust, -MOST_RIM, MOST_RIM), np.float32)

    @cached_property
    def bare(self) -> Floats:
        """Per vertex (468, 1): 1 for skin, 0 for the source's hair at temples and forehead, which stays with them."""
        own = light.albedo(self.footage.colours, self.footage.points, self.faces, self.source_light)
        dark = np.clip((own.mean(1, keepdims=True) - HAIR) / (SKIN - HAIR), 0, 1)
        return np.asarray(1 - self.upper * (1 - dark), np.float32)

    def points(self, t: int) -> Points:
        """The geometry to draw in plate frame t (468, 3): the source's face, the plate's expression and pose."""
        return self.target.poses[t].put(self.shape + self.target.expression[t])

    def gain(self, t: int, index: int, normals: Floats) -> Floats:
        """Logarithm (468, 3) of what brings footage frame `index` into the light of plate frame t."""
        slope = self.target_light.slope[t] - self.source_light.slope[index]
        level = self.target_light.level[t] - self.source_light.level[index] + self.gap
        return np.asarray(np.clip(normals[:, :2] @ slope.T + level, -MOST_GAIN, MOST_GAIN), np.float32)

    def origins(self, t: int) -> dict[int, float]:
        """The footage frame numbers plate frame t comes from, with weights that sum to 1, for the lineage."""
        return {int(self.footage.numbers[i]): (s.upper + s.lower) / 2 for i, s in self.chosen[t].items()}


def cast(footage: Analysis, plate: Analysis) -> Generator[Progress, None, Casting]:
    """Settle shape, light and retrieval for a pair of clips."""
    said = Progress(stage="retrieve", fraction=0.0, note="Choosing the footage for every frame.")
    yield said
    steady = geometry.smooth(plate.points, plate.numbers, sigma=STEADY)
    source = geometry.head(footage.points[:, :POINTS], footage.blendshapes)
    yield said
    target = geometry.head(steady[:, :POINTS], plate.blendshapes)
    yield said
    faces = geometry.triangles(target.neutral)
    source_light = light.measure(footage.colours, footage.points, faces)
    yield said
    target_light = light.measure(plate.colours, plate.points, faces).smoothed(plate.numbers, sigma=LIGHT_STEADY)
    chosen = yield from _chosen(footage, plate, source, target)
    return Casting(footage, plate, source, target, chosen, source_light, target_light, faces)


def _chosen(
    footage: Analysis, plate: Analysis, source: Head, target: Head
) -> Generator[Progress, None, list[dict[int, Share]]]:
    turned = source.rotations @ geometry.similarity(source.neutral, target.neutral).rotation.T
    upper = yield from retrieve.path(
        Look(target.rotations, retrieve.eyes(plate.blendshapes)), Look(turned, retrieve.eyes(footage.blendshapes))
    )
    lower = yield from retrieve.path(
        Look(target.rotations, retrieve.mouth(plate.blendshapes, plate.points)),
        Look(turned, retrieve.mouth(footage.blendshapes, footage.points)),
    )
    above, below = (retrieve.crossfade(each, plate.numbers) for each in (upper, lower))
    return [
        {i: Share(a.get(i, 0.0), b.get(i, 0.0)) for i in sorted({*a, *b})} for a, b in zip(above, below, strict=True)
    ]
