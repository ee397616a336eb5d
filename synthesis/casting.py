"""Two analyses brought together: which footage frames stand for each plate frame, on what geometry, in what light."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from synthesis import geometry, light, retrieve
from synthesis.analysis import Analysis
from synthesis.geometry import POINTS, Head, Points
from synthesis.light import Light

STEADY = 0.8  # frames: landmarks jitter by about half a pixel, expression does not change that fast
LIGHT_STEADY = 2.0
MOST_GAIN = 0.8  # of a logarithm: beyond a factor of 2.2 it is not light any more but noise


@dataclass(frozen=True, eq=False)
class Casting:
    """`chosen[t]` maps indices into the footage's analysis to weights, for the t-th frame of the plate's analysis."""

    footage: Analysis
    plate: Analysis
    source: Head
    target: Head
    chosen: list[dict[int, float]]
    source_light: Light
    target_light: Light
    faces: NDArray[np.int32]

    @cached_property
    def shape(self) -> NDArray[np.float64]:
        """The source's face in the plate's coordinates, neutral (468, 3)."""
        return geometry.target_shape(self.source, self.target)

    @cached_property
    def complexion_gap(self) -> NDArray[np.float32]:
        """Logarithm (3,) of what turns the plate performer's skin into the source performer's."""
        return self.source_light.complexion - self.target_light.complexion

    def points(self, t: int) -> Points:
        """The geometry to draw in plate frame t (468, 3): the source's face, the plate's expression and pose."""
        return self.target.poses[t].put(self.shape + self.target.expression[t])

    def gain(self, t: int, index: int, points: Points) -> NDArray[np.float32]:
        """Logarithm (468, 3) of what brings footage frame `index` into the light of plate frame t."""
        n = geometry.normals(points, self.faces)[:, :2]
        slope = self.target_light.slope[t] - self.source_light.slope[index]
        level = self.target_light.level[t] - self.source_light.level[index] + self.complexion_gap
        return np.clip(n @ slope.T + level, -MOST_GAIN, MOST_GAIN).astype(np.float32)


def cast(footage: Analysis, plate: Analysis) -> Casting:
    """Settle shape, light and retrieval for a pair of clips."""
    steady = geometry.smooth(plate.points, plate.numbers, sigma=STEADY)
    source = geometry.head(footage.points[:, :POINTS], footage.blendshapes)
    target = geometry.head(steady[:, :POINTS], plate.blendshapes)
    faces = geometry.triangles(target.neutral)
    turn = geometry.similarity(source.neutral, target.neutral).rotation
    path = retrieve.path(
        retrieve.Look(target.rotations, plate.blendshapes),
        retrieve.Look(source.rotations @ turn.T, footage.blendshapes),
    )
    return Casting(
        footage=footage,
        plate=plate,
        source=source,
        target=target,
        chosen=retrieve.crossfade(path, plate.numbers),
        source_light=light.measure(footage.colours, footage.points, faces),
        target_light=light.measure(plate.colours, plate.points, faces).smoothed(plate.numbers, sigma=LIGHT_STEADY),
        faces=faces,
    )


def numbered(footage: Analysis, weights: Mapping[int, float]) -> dict[int, float]:
    """Weights by the clip's own frame numbers, for the lineage."""
    return {int(footage.numbers[index]): weight for index, weight in weights.items()}
