"""Which recogniser is used, as data: weights, how they are read, and the thresholds that were measured for them.

`recognisers.toml` lists those that ship; COUNTERSIGN_RECOGNISER names another of them, or a file of the same form that
an operator brings, whose `default` is then used. Pure but for reading that file; no network is loaded in here.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from synthesis.errors import WeightsError
from synthesis.weights import Weights

CATALOGUE = Path(__file__).with_name("recognisers.toml")
VARIABLE = "COUNTERSIGN_RECOGNISER"

Network = Literal["sface", "onnx"]
Order = Literal["rgb", "bgr"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Cosines from which a track's median is a match, or for people to look at; how near two performers may come; the
    smallest face in pixels. Raises ValueError for values that make no sense."""

    match: float
    review: float
    margin: float
    smallest_px: float

    def __post_init__(self) -> None:
        if not 0 < self.review < self.match < 1:
            raise ValueError(f"expected 0 < review < match < 1, got {self.review} and {self.match}")
        if not 0 <= self.margin < 1 or not self.smallest_px >= 16:
            raise ValueError(f"expected a margin of 0 to 1 and 16 pixels, got {self.margin}, {self.smallest_px}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognition:
    """A recogniser as configured: how its network is run, and what its answers mean."""

    weights: Weights
    network: Network
    size: int
    thresholds: Thresholds
    order: Order = "rgb"
    mean: float = 0.0
    scale: float = 1.0
    mirrored: bool = False

    @property
    def label(self) -> str:
        """Name and SHA-256, as stored with every template and in every decision."""
        return f"{self.weights.name}@{self.weights.sha256}"


def configured() -> Recognition:
    """The recogniser of this installation. Raises WeightsError if it is not described, or not as it should be."""
    asked = os.environ.get(VARIABLE, "")
    return _of_file(Path(asked), "") if asked.endswith(".toml") else _of_file(CATALOGUE, asked)


@cache
def _of_file(path: Path, name: str) -> Recognition:
    try:
        said = tomllib.loads(path.read_text())
        chosen = name or said["default"]
        return _recognition(chosen, said[chosen])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WeightsError(f"the recogniser {name or 'by default'} of {path.name} cannot be used: {error!r}") from error


def _recognition(name: str, said: Mapping[str, Any]) -> Recognition:
    values = dict(said)
    weights = Weights(name=name, **{key: str(values.pop(key)) for key in ("package", "file", "sha256")})
    limits = Thresholds(**{key: float(values.pop(key)) for key in ("match", "review", "margin", "smallest_px")})
    if values["network"] not in get_args(Network) or values.get("order", "rgb") not in get_args(Order):
        raise ValueError(f"no such network or order of colours: {values['network']}, {values.get('order')}")
    return Recognition(weights=weights, thresholds=limits, **values)
