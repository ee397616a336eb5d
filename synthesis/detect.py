"""Find faces in a frame (YuNet) and turn a face into a unit embedding, by the recogniser that is configured."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from synthesis import recognisers, weights
from synthesis.recognisers import Recognition
from synthesis.types import Floats, Image

DETECTION_SIDE = 640
DETECTION_SCORE = 0.7
# Where recognisers of the ArcFace family expect eyes, nose and corners of the mouth in a face of 112 pixels.
ALIGNED = np.array([[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]])


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
    """Turns faces into embeddings of one recogniser, by default the configured one."""

    def __init__(self, which: Recognition | None = None) -> None:
        """Raises WeightsError."""
        self._which = which or recognisers.configured()
        model = np.frombuffer(weights.read(self._which.weights), np.uint8)
        self._run = _sface(model) if self._which.network == "sface" else _onnx(model, self._which)

    @property
    def label(self) -> str:
        """What stands in every template and decision."""
        return self._which.label

    def embed(self, image: NDArray[Any], face: Face) -> Floats:
        """The embedding (n,) float32, unit length, of a face in an RGB frame."""
        aligned = align(image, face, self._which.size)
        vector = unit(self._run(aligned))
        return mean_unit([vector, unit(self._run(aligned[:, ::-1]))]) if self._which.mirrored else vector


def align(image: NDArray[Any], face: Face, size: int) -> Image:
    """The face upright in a square of `size` pixels, its five points where recognisers expect them (Umeyama, 1991)."""
    wanted = ALIGNED * (size / 112)
    centre, target = face.points.mean(0), wanted.mean(0)
    u, s, v = np.linalg.svd((wanted - target).T @ (face.points - centre))
    sign = np.array([1.0, np.sign(np.linalg.det(u @ v))])
    turn = (s * sign).sum() / max(float(((face.points - centre) ** 2).sum()), 1e-6) * (u * sign) @ v
    move = np.concatenate([turn, (target - turn @ centre)[:, None]], 1).astype(np.float32)
    return np.asarray(cv2.warpAffine(image, move, (size, size), flags=cv2.INTER_LINEAR), np.uint8)


def _sface(model: NDArray[np.uint8]) -> Callable[[Image], Floats]:
    net = cv2.FaceRecognizerSF.create("onnx", model, np.empty(0, np.uint8))
    return lambda aligned: np.asarray(net.feature(cv2.cvtColor(aligned, cv2.COLOR_RGB2BGR))[0], np.float32)


def _onnx(model: NDArray[np.uint8], which: Recognition) -> Callable[[Image], Floats]:
    net = cv2.dnn.readNetFromONNX(model)

    def run(aligned: Image) -> Floats:
        seen = aligned if which.order == "rgb" else aligned[..., ::-1]
        net.setInput(cv2.dnn.blobFromImage(np.ascontiguousarray(seen), which.scale, mean=(which.mean,) * 3))
        return np.asarray(net.forward(), np.float32).ravel()

    return run


def unit(vector: Floats) -> Floats:
    """The vector at length one."""
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9), np.float32)


def mean_unit(vectors: Sequence[Floats] | Floats) -> Floats:
    """The mean direction of unit vectors (n, d)."""
    return unit(np.mean(np.asarray(vectors), axis=0))


def _face(row: Floats, scale: float) -> Face:
    row = row.astype(np.float32).copy()
    row[:14] /= scale
    return Face(box=row[:4], points=row[4:14].reshape(5, 2), score=float(row[14]))
