"""Values of the synthesis room.

Frames are `uint8` arrays of shape (H, W, 3), RGB. Points are `float32` pixels, origin top left. Embeddings are
`float32`, unit length, as long as the recogniser makes them. Times are seconds.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from consent.types import Band

Image: TypeAlias = NDArray[np.uint8]
Floats: TypeAlias = NDArray[np.float32]
Mask: TypeAlias = NDArray[np.bool_]

Precision = Literal["fp32", "bf16", "fp16"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What an uploaded clip may be at most: longer side in pixels, length in seconds."""

    max_side: int = 4096
    max_seconds: float = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What a clip is, read from its own streams."""

    width: int
    height: int
    frames: int
    rate: Fraction
    duration_s: float
    video_codec: str
    audio_streams: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A performer's face as enrolled: mean unit embedding (n,) float32 of `stills` pictures.

    `recogniser` is the model's id and its SHA-256. `agreement` is the lowest cosine of a
    still to the mean of the others.
    """

    embedding: NDArray[np.float32]
    recogniser: str
    stills: int
    agreement: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What a face looked like in one frame, as JPEG."""

    frame: int
    picture: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceTrack:
    """One face followed through a clip. `embeddings` is (n, d) float32 of sampled frames; `thumbnail` is a JPEG of its
    best, `moments` are a few spread over the track, for people who compare."""

    number: int
    first_frame: int
    last_frame: int
    frames_seen: int
    median_face_px: float
    embeddings: NDArray[np.float32]
    thumbnail: bytes
    moments: tuple[Moment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """Whom a track looks like: the best performer and the second best, with their median cosines (-1 for nobody).

    Both are named only where the band is MATCH or REVIEW; below, a name would say nothing.
    """

    name: str | None
    score: float
    second: str | None
    second_score: float
    band: Band


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One step of a long job. `fraction` is 0 to 1 of this `stage`; `note` is one plain sentence; `figures` are named
    measurements (loss, frames per second)."""

    stage: str
    fraction: float
    note: str = ""
    figures: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clips:
    """The two clips of a swap, as local files: the likeness performer's footage and the plate."""

    footage: Path
    plate: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Vault:
    """How what is kept between steps is encrypted: `open(seal(x)) == x`, under the consent's own key."""

    seal: Callable[[bytes], bytes]
    open: Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """Where and how precisely to compute: `name` is torch's ("cpu", "cuda", "cuda:1")."""

    name: str = "cpu"
    precision: Precision = "fp32"
    threads: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """Measures of a finished clip (`quality.measure`). Cosines are SFace medians over sampled frames."""

    to_likeness: float
    to_plate: float
    identity_margin: float
    expression_error: float
    flicker: float
    sharpness_ratio: float
    frames_measured: int
