"""Faces that are left alone: where they are in each frame, and that not one of their pixels is altered.

The rules this module keeps:
1. Such a face has a region in every frame from the first to the last in which it was seen; between two sightings it is
   where a straight line puts it.
2. A face to be made that reaches into such a region is refused before anything is made.
3. Whatever was drawn, the plate's own pixels stand in those regions afterwards.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from synthesis.detect import Face
from synthesis.errors import LeftAloneError, NoFaceError
from synthesis.tracking import Track
from synthesis.types import Floats, Image

AROUND = 0.25  # of the box, on each side: hair, ears and chin belong to the face


@dataclass(frozen=True, slots=True, eq=False)
class Regions:
    """Where the faces are that are left alone: `boxes` (n, 5), each a frame's number and left, top, right, bottom."""

    boxes: Floats

    def of(self, number: int) -> Floats:
        """The regions (k, 4) of one frame."""
        return self.boxes[self.boxes[:, 0] == number, 1:]

    def keep(self, number: int, plate: Image, made: Image) -> None:
        """Put the plate's pixels back into the regions of a frame, in place."""
        for left, top, right, bottom in self.of(number).astype(int):
            rows, columns = slice(max(top, 0), max(bottom, 0)), slice(max(left, 0), max(right, 0))
            made[rows, columns] = plate[rows, columns]

    def clear_of(self, target: Track) -> None:
        """Raises LeftAloneError if the target's face is within one of the regions in any frame."""
        for number, face in zip(target.numbers, target.faces, strict=True):
            if any(_meet(_box(face), region) for region in self.of(number)):
                message = f"in frame {number} the face to be made overlaps a face that is to be left alone"
                raise LeftAloneError(message)


def regions(tracks: Sequence[Track], excluded: Sequence[int]) -> Regions:
    """The regions of the tracks with those numbers. Raises NoFaceError for a number that no track has."""
    if unknown := [number for number in excluded if not 0 <= number < len(tracks)]:
        raise NoFaceError(f"the plate has {len(tracks)} face tracks, number {unknown[0]} was to be left alone")
    boxes = [_followed(tracks[number]) for number in excluded]
    return Regions(np.concatenate([np.zeros((0, 5), np.float32), *boxes]))


def _followed(track: Track) -> Floats:
    """A track's region (n, 5) in every frame from its first to its last."""
    seen = np.stack([_box(face, AROUND) for face in track.faces])
    numbers = np.arange(track.numbers[0], track.numbers[-1] + 1)
    sides = [np.interp(numbers, track.numbers, seen[:, i]) for i in range(4)]
    left, top, right, bottom = (np.floor(sides[0]), np.floor(sides[1]), np.ceil(sides[2]), np.ceil(sides[3]))
    return np.stack([numbers, left, top, right, bottom], 1).astype(np.float32)


def _box(face: Face, around: float = 0.0) -> Floats:
    x, y, w, h = face.box
    return np.array([x - around * w, y - around * h, x + (1 + around) * w, y + (1 + around) * h], np.float32)


def _meet(one: Floats, other: Floats) -> bool:
    return bool((np.maximum(one[:2], other[:2]) < np.minimum(one[2:], other[2:])).all())
