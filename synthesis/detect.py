"""Find faces in a frame (YuNet) and turn a face into a unit embedding (SFace)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from synthesis import weights
from synthesis.types import Floats

DETECTION_SIDE = 640
DETECTION_SCORE = 0.7


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Face:
    """A face in a frame: `box` is x, y, width, height; `points` (5, 2): right eye, left eye, nose, mouth corners."""

    box: Floats
    points: Floats
    score: float

    @property
    def size(self) -> float:
        """The shorter side of the box in pixels."""
        return float(min(self.box[2], self.box[3]))


class Finder:
    """Finds faces. Holds a network: make one for each job, not one for each frame."""

    def __init__(self) -> None:
        model = np.frombuffer(weights.read(weights.DETECTOR), np.uint8)
        self._net = cv2.FaceDetectorYN.create("onnx", model, np.empty(0, np.uint8), (320, 320), DETECTION_SCORE)

    def find(self, image: NDArray[Any]) -> list[Face]:
        """All faces of an RGB frame (H, W, 3), largest first."""
        height, width = image.shape[:2]
        scale = min(1.0, DETECTION_SIDE / max(height, width))
        small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else image
        self._net.setInputSize((small.shape[1], small.shape[0]))
        rows = self._net.detect(cv2.cvtColor(small, cv2.COLOR_RGB2BGR))[1]
        found = [] if rows is None else [_face(row, scale) for row in rows]
        return sorted(found, key=lambda face: -face.size)


class Recogniser:
    """Turns faces into embeddings of one model, named by `label`."""

    label = weights.RECOGNISER.label

    def __init__(self) -> None:
        model = np.frombuffer(weights.read(weights.RECOGNISER), np.uint8)
        self._net = cv2.FaceRecognizerSF.create("onnx", model, np.empty(0, np.uint8))

    def embed(self, image: NDArray[Any], face: Face) -> Floats:
        """The embedding (128,) float32, unit length, of a face in an RGB frame."""
        row = np.concatenate([face.box, face.points.ravel(), [face.score]]).astype(np.float32)
        aligned = self._net.alignCrop(cv2.cvtColor(image, cv2.COLOR_RGB2BGR), row)
        return unit(self._net.feature(aligned)[0])


def unit(vector: Floats) -> Floats:
    """The vector at length one."""
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9), np.float32)


def mean_unit(vectors: Sequence[Floats] | Floats) -> Floats:
    """The mean direction of unit vectors (n, 128)."""
    return unit(np.mean(np.asarray(vectors), axis=0))


def _face(row: Floats, scale: float) -> Face:
    row = row.astype(np.float32).copy()
    row[:14] /= scale
    return Face(box=row[:4], points=row[4:14].reshape(5, 2), score=float(row[14]))
