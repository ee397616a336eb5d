"""478 face landmarks and 52 blendshapes of a face, from the models inside MediaPipe's `.task` bundle.

The only importer of ai_edge_litert.
"""

import io
import zipfile
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from synthesis import weights
from synthesis.detect import Face
from synthesis.types import Floats, Image

CROP = 256
MARGIN = 1.5
EYES = (33, 263)  # outer corners: performer's right, left
SIDES = (234, 454)  # where the face meets the ears: performer's right, left
# The 146 landmarks the blendshape model reads (MediaPipe, face_blendshapes_graph.cc, kLandmarksSubsetIdxs).
SUBSET = [
    *(0, 1, 4, 5, 6, 7, 8, 10, 13, 14, 17, 21, 33, 37, 39, 40, 46, 52, 53, 54, 55, 58, 61, 63, 65, 66, 67, 70, 78, 80),
    *(81, 82, 84, 87, 88, 91, 93, 95, 103, 105, 107, 109, 127, 132, 133, 136, 144, 145, 146, 148, 149, 150, 152, 153),
    *(154, 155, 157, 158, 159, 160, 161, 162, 163, 168, 172, 173, 176, 178, 181, 185, 191, 195, 197, 234, 246, 249),
    *(251, 263, 267, 269, 270, 276, 282, 283, 284, 285, 288, 291, 293, 295, 296, 297, 300, 308, 310, 311, 312, 314),
    *(317, 318, 321, 323, 324, 332, 334, 336, 338, 356, 361, 362, 365, 373, 374, 375, 377, 378, 379, 380, 381, 382),
    *(384, 385, 386, 387, 388, 389, 390, 397, 398, 400, 402, 405, 409, 415, 454, 466, 468, 469, 470, 471, 472, 473),
    *(474, 475, 476, 477),
]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Landmarks:
    """`points` (478, 3) float32: x, y in frame pixels, z in the same scale; `blendshapes` (52,) 0 to 1."""

    points: Floats
    blendshapes: Floats


class Landmarker:
    """Places landmarks on faces found before. Holds two networks: make one for each job."""

    def __init__(self, *, threads: int = 1) -> None:
        with zipfile.ZipFile(io.BytesIO(weights.read(weights.LANDMARKER))) as bundle:
            self._mesh = _Net(bundle.read("face_landmarks_detector.tflite"), 1434, threads)
            self._shapes = _Net(bundle.read("face_blendshapes.tflite"), 52, threads)

    def place(self, image: Image, face: Face) -> Landmarks:
        """The landmarks of one face of an RGB frame. A second look, centred on the first, steadies them."""
        x, y, w, h = face.box
        right, left = face.points[:2]
        first = self._look(image, np.array([x + w / 2, y + h / 2]), max(w, h) * MARGIN, _angle(right, left))
        angle = _angle(first[EYES[0], :2], first[EYES[1], :2])
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        level = first[:, :2] @ turn.T
        low, high = level.min(0), level.max(0)
        points = self._look(image, turn.T @ ((low + high) / 2), float((high - low).max()) * MARGIN, angle)
        return Landmarks(points=points, blendshapes=self._shapes(points[SUBSET, :2][None]).reshape(52))

    def _look(self, image: Image, centre: NDArray[Any], side: float, angle: float) -> Floats:
        scale = CROP / side
        c, s = np.cos(-angle) * scale, np.sin(-angle) * scale
        x, y = centre
        move = np.array([[c, -s, CROP / 2 - (c * x - s * y)], [s, c, CROP / 2 - (s * x + c * y)]], np.float32)
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        crop = cv2.warpAffine(image, move, (CROP, CROP), flags=how, borderMode=cv2.BORDER_REPLICATE)
        points = self._mesh(np.asarray(crop[None] / 255, np.float32)).reshape(478, 3)
        back = cv2.invertAffineTransform(move)
        flat = points[:, :2] @ back[:, :2].T + back[:, 2]
        return np.concatenate([flat, points[:, 2:] / scale], 1).astype(np.float32)


def yaw(points: Floats) -> float:
    """How far a face (478, 3) is turned, in degrees, positive to the performer's left."""
    across = points[SIDES[1]] - points[SIDES[0]]
    return float(np.degrees(np.arctan2(across[2], across[0])))


class _Net:
    """A tflite model with one input, of which the output of a given length is wanted."""

    def __init__(self, model: bytes, length: int, threads: int) -> None:
        self._net = Interpreter(model_content=model, num_threads=threads)
        self._net.allocate_tensors()
        self._input = self._net.get_input_details()[0]["index"]
        sizes = {int(np.prod(d["shape"])): d["index"] for d in self._net.get_output_details()}
        self._output = sizes[length]

    def __call__(self, value: Floats) -> Floats:
        self._net.set_tensor(self._input, value.astype(np.float32))
        self._net.invoke()
        return np.array(self._net.get_tensor(self._output), np.float32)


def _angle(right: NDArray[Any], left: NDArray[Any]) -> float:
    return float(np.arctan2(left[1] - right[1], left[0] - right[0]))
