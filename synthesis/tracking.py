"""Follow faces from frame to frame. Used to say who is in a clip and to choose the face that is worked on.

A cut ends every track: two people who stand in the same place in two shots are two tracks.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import cv2
import numpy as np

from synthesis.detect import Face
from synthesis.types import Floats, Image

OVERLAP = 0.3  # intersection over union with the last box seen
PATIENCE = 25  # frames a face may be hidden before its track ends
CUT = 38.0  # mean grey difference of 32x32 thumbnails between two shots
SHORTEST = 3  # frames; less is a false detection, not a person


@dataclass(slots=True, eq=False)
class Track:
    """One face through a clip: frame numbers and where it was seen in each."""

    numbers: list[int] = field(default_factory=list)
    faces: list[Face] = field(default_factory=list)

    @property
    def median_size(self) -> float:
        """Median of the shorter side of the box, in pixels."""
        return float(np.median([face.size for face in self.faces]))


class Tracker:
    """Links detections into tracks, frame by frame."""

    def __init__(self) -> None:
        self._open: list[Track] = []
        self._closed: list[Track] = []
        self._thumbnail: Floats | None = None

    def add(self, number: int, image: Image, faces: list[Face]) -> list[tuple[Track, Face]]:
        """Give each face of this frame its track; answers the pairs."""
        self._end(number, cut=self._is_cut(image))
        free = list(self._open)
        pairs = []
        for face in faces:
            track = max(free, key=lambda t: overlap(t.faces[-1], face), default=None)
            if track is None or overlap(track.faces[-1], face) < OVERLAP:
                track = Track()
                self._open.append(track)
            else:
                free.remove(track)
            track.numbers.append(number)
            track.faces.append(face)
            pairs.append((track, face))
        return pairs

    def tracks(self) -> list[Track]:
        """All tracks, in order of appearance and, when they appear together, from left to right."""
        kept = [t for t in self._closed + self._open if len(t.numbers) >= SHORTEST]
        return sorted(kept, key=lambda t: (t.numbers[0], float(t.faces[0].box[0])))

    def _end(self, number: int, *, cut: bool) -> None:
        ended = [t for t in self._open if cut or number - t.numbers[-1] > PATIENCE]
        self._closed += ended
        self._open = [t for t in self._open if t not in ended]

    def _is_cut(self, image: Image) -> bool:
        small = cv2.resize(image, (32, 32), interpolation=cv2.INTER_AREA)
        grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
        last, self._thumbnail = self._thumbnail, grey
        return last is not None and float(np.abs(grey - last).mean()) > CUT


def overlap(one: Face, other: Face) -> float:
    """Intersection over union of two boxes."""
    low = np.maximum(one.box[:2], other.box[:2])
    high = np.minimum(one.box[:2] + one.box[2:], other.box[:2] + other.box[2:])
    both = float(np.prod(np.clip(high - low, 0, None)))
    return both / max(float(np.prod(one.box[2:]) + np.prod(other.box[2:])) - both, 1e-6)


def evenly(count: int, most: int) -> Iterator[int]:
    """At most `most` indices spread evenly over range(count)."""
    return iter(sorted({round(x) for x in np.linspace(0, count - 1, min(count, most))}) if count else [])
