"""A sitting: the short clip by which a performer lets their face be known.

The rules this module keeps:
1. One face in every frame looked at, and it moves: a picture held up, or a row of pictures, is no sitting.
2. Front and both sides are there; what is missing is said in words.
3. The sharpest frames of each pose are taken; whether all of them show one person is for `faces.enrol` to say.
That the face is of a living person who is there is not claimed: whoever films a screen with care is not found out here.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from synthesis import recognisers, video
from synthesis.detect import Face, Finder
from synthesis.errors import EnrolmentError, NoFaceError
from synthesis.landmarks import Landmarker, yaw
from synthesis.types import Floats, Limits

LIMITS = Limits(max_seconds=60.0)
LOOK_AT = 90  # frames looked at in a clip of any length
FEWEST = 15  # frames with a face
FRONT, SIDE = 9.0, 15.0  # degrees: at most, to be from the front; at least, to be from a side
PER_POSE = 2
STILL = 0.5  # mean difference of grey between two neighbouring frames of a face, under which nothing moves
POSES = {
    "front": "look straight into the camera",
    "left": "turn your head to the left",
    "right": "turn your head to the right",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A face in one frame: which pose it is ("" between two), how sharp, and the frame as JPEG."""

    pose: str
    sharpness: float
    picture: bytes


def take(clip: Path) -> list[bytes]:
    """The frames to enrol a performer from, JPEG, sharpest first within front, left and right.

    Raises UnreadableClipError, NoFaceError, EnrolmentError (several-faces, clip-stands-still, poses-missing).
    """
    looks, changes = [], []
    for look, change in _looks(clip):
        looks.append(look)
        changes.append(change)
    if len(looks) < FEWEST:
        raise NoFaceError(f"the clip shows a face in {len(looks)} of the frames looked at; {FEWEST} are needed")
    moving = float(np.median(changes))
    if moving < STILL:
        message = f"the face does not move: {moving:.2f} from frame to frame, at least {STILL:.2f} is needed"
        raise EnrolmentError("clip-stands-still", message)
    return _chosen(looks)


def missing(looks: Sequence[Look]) -> list[str]:
    """What the performer still has to do, in words."""
    seen = Counter(look.pose for look in looks)
    return [words for pose, words in POSES.items() if seen[pose] < PER_POSE]


def pose(degrees: float) -> str:
    """The pose of a face turned so far, positive to the performer's left; "" for one that is neither."""
    if abs(degrees) <= FRONT:
        return "front"
    if abs(degrees) < SIDE:
        return ""
    return "left" if degrees > 0 else "right"


def _chosen(looks: Sequence[Look]) -> list[bytes]:
    if todo := missing(looks):
        raise EnrolmentError("poses-missing", f"the clip lacks a pose: {', then '.join(todo)}")
    best = sorted(looks, key=lambda look: -look.sharpness)
    return [look.picture for name in POSES for look in [one for one in best if one.pose == name][:PER_POSE]]


def _looks(clip: Path) -> Iterator[tuple[Look, float]]:
    """What is seen in frames spread over the clip, and how much the face changed until the next frame."""
    finder, landmarker = Finder(), Landmarker()
    stride = max(2, video.probe(clip, limits=LIMITS).frames // LOOK_AT)
    held: tuple[Look, Face, Floats] | None = None
    for frame in video.frames_of(clip):
        if held is not None:
            look, face, before = held
            yield look, float(np.abs(_grey(frame.image, face) - before).mean())
            held = None
        if frame.number % stride == 0 and (face_now := _only(finder.find(frame.image), frame.number)):
            look = _look(frame.image, face_now, landmarker)
            held = look, face_now, _grey(frame.image, face_now)


def _look(image: NDArray[Any], face: Face, landmarker: Landmarker) -> Look:
    turned = pose(yaw(landmarker.place(image, face).points))
    return Look(pose=turned, sharpness=sharpness(image, face), picture=video.jpeg(image, quality=95))


def _only(found: Sequence[Face], number: int) -> Face | None:
    smallest = recognisers.configured().thresholds.smallest_px
    seen = [face for face in found if face.size >= smallest]
    if len(seen) > 1:
        raise EnrolmentError("several-faces", f"frame {number} shows {len(seen)} faces; only one may be seen")
    return seen[0] if seen else None


def sharpness(image: NDArray[Any], face: Face) -> float:
    """How sharp a face is: variance of the Laplacian at one size, weighed with how sure it is a face."""
    return float(cv2.Laplacian(_grey(image, face, 128), cv2.CV_32F).var()) * face.score


def _grey(image: NDArray[Any], face: Face, side: int = 64) -> Floats:
    x, y, w, h = (int(max(0, v)) for v in face.box)
    crop = cv2.cvtColor(image[y : y + max(h, 1), x : x + max(w, 1)], cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(crop, (side, side), interpolation=cv2.INTER_AREA), np.float32)
