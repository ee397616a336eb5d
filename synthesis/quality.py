"""How good a finished clip is, measured from the files alone.

identity margin = median SFace cosine to the likeness's template less that to the plate performer's; expression error =
mean absolute difference of the 52 blendshapes, plate against output; flicker = what is left of the face after the frame
before was carried along by optical flow, over the same in the plate; sharpness = Laplacian variance on the face, over
the plate's. Nothing here knows how the clip was made.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from synthesis import video
from synthesis.detect import Face, Finder, Recogniser
from synthesis.errors import NoFaceError
from synthesis.geometry import OVAL
from synthesis.landmarks import Landmarker
from synthesis.tracking import overlap
from synthesis.types import Floats, Image, Mask, Quality, Template

SAMPLES = 20  # pairs of neighbouring frames
FACE = 160  # side of the square in which flicker and sharpness are measured
SHEET_COLUMNS, SHEET_HEIGHT = 6, 240


def measure(output: Path, *, plate: Path, likeness: Template, performer: Template) -> Quality:
    """Measure `output` against the plate it was made from, on SAMPLES pairs of frames spread over the clip.

    Raises UnreadableClipError, and NoFaceError when no sampled frame shows the plate's face in both clips.
    """
    recogniser, landmarker, found = Recogniser(), Landmarker(), _Found()
    wanted = _sampled(video.probe(plate).frames)
    for number, before, after in _pairs(plate, output):
        if number in wanted:
            found.see(before, after, landmarker, recogniser)
        else:
            found.forget()
    if not found.embeddings:
        raise NoFaceError(f"no face was found in {output.name} where the plate has one")
    to_likeness = float(np.median(np.stack(found.embeddings) @ likeness.embedding))
    to_plate = float(np.median(np.stack(found.embeddings) @ performer.embedding))
    return Quality(
        to_likeness=to_likeness,
        to_plate=to_plate,
        identity_margin=to_likeness - to_plate,
        expression_error=float(np.mean(found.expression)),
        flicker=_ratio(found.changes),
        sharpness_ratio=_ratio(found.details),
        frames_measured=len(found.embeddings),
    )


def contact_sheet(paths: Sequence[Path]) -> bytes:
    """One row of frames per clip, the same moments below each other, as JPEG. Raises UnreadableClipError."""
    rows = [_row(path) for path in paths]
    width = min(row.shape[1] for row in rows)
    return video.jpeg(np.vstack([row[:, :width] for row in rows]))


def _sampled(total: int) -> set[int]:
    """Pairs of neighbouring frames, spread over the clip: flicker is seen between neighbours."""
    firsts = np.linspace(0, max(total - 2, 0), max(1, min(SAMPLES, total // 2))).round().astype(int)
    return {int(n) + step for n in firsts for step in (0, 1)}


def _pairs(plate: Path, output: Path) -> Iterator[tuple[int, Image, Image]]:
    both = zip(video.frames(plate), video.frames(output), strict=False)
    for number, (before, after) in enumerate(both):
        yield number, before, after


@dataclass(slots=True)
class _Found:
    """What was measured so far; `_last` holds the aligned faces of the frame before, if that was measured."""

    embeddings: list[Floats] = field(default_factory=list)
    expression: list[float] = field(default_factory=list)
    changes: list[tuple[float, float]] = field(default_factory=list)
    details: list[tuple[float, float]] = field(default_factory=list)
    _finder: Finder = field(default_factory=Finder)
    _last: tuple[Image, Image] | None = None

    def forget(self) -> None:
        self._last = None

    def see(self, plate: Image, output: Image, landmarker: Landmarker, recogniser: Recogniser) -> None:
        pair = self._changed_face(plate, output)
        if pair is None:
            return self.forget()
        old, new = pair
        self.embeddings.append(recogniser.embed(output, new))
        was, now = landmarker.place(plate, old), landmarker.place(output, new)
        self.expression.append(float(np.abs(was.blendshapes - now.blendshapes).mean()))
        mask, faces = _aligned(plate, output, was.points)
        self.details.append((_detail(faces[1], mask), _detail(faces[0], mask)))
        if self._last is not None:
            self.changes.append((_change(self._last[1], faces[1], mask), _change(self._last[0], faces[0], mask)))
        self._last = faces

    def _changed_face(self, plate: Image, output: Image) -> tuple[Face, Face] | None:
        """The face that differs most between the two frames, as found in each: the one that was worked on."""
        new = self._finder.find(output)
        pairs = [(old, face) for old in self._finder.find(plate) for face in new if overlap(old, face) > 0.3]
        return max(pairs, key=lambda pair: _difference(plate, output, pair[0]), default=None)


def _difference(plate: Image, output: Image, face: Face) -> float:
    x, y, w, h = np.maximum(face.box, 0).astype(int)
    part = (slice(y, y + h), slice(x, x + w))
    return float(cv2.absdiff(plate[part], output[part]).mean()) if h > 1 and w > 1 else 0.0


def _aligned(plate: Image, output: Image, points: Floats) -> tuple[Mask, tuple[Image, Image]]:
    """Both faces as grey squares cut at the plate's landmarks, and the inside of the oval there."""
    oval = points[OVAL, :2]
    low, side = oval.min(0), float(np.ptp(oval, axis=0).max())
    scale = FACE / side
    move = np.array([[scale, 0, -scale * low[0]], [0, scale, -scale * low[1]]], np.float32)
    mask = np.zeros((FACE, FACE), np.uint8)
    cv2.fillPoly(mask, [np.round((oval - low) * scale).astype(np.int32)], 1)
    inside = cv2.erode(mask, np.ones((9, 9), np.uint8)) > 0
    return inside, (_grey(plate, move), _grey(output, move))


def _grey(image: Image, move: Floats) -> Image:
    return np.asarray(cv2.cvtColor(cv2.warpAffine(image, move, (FACE, FACE), flags=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY))


def _detail(face: Image, mask: Mask) -> float:
    return float(cv2.Laplacian(face, cv2.CV_32F)[mask].var())


def _change(before: Image, after: Image, mask: Mask) -> float:
    """Mean difference left after `before` is carried to `after` by dense optical flow."""
    start: Any = None
    flow = cv2.calcOpticalFlowFarneback(after, before, start, 0.5, 3, 15, 3, 5, 1.2, 0)
    grid = np.stack(np.meshgrid(np.arange(FACE), np.arange(FACE)), -1).astype(np.float32)
    carried = cv2.remap(before, grid + flow, np.empty(0), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return float(np.abs(after.astype(np.float32) - carried)[mask].mean())


def _ratio(pairs: list[tuple[float, float]]) -> float:
    """Median over the output's share; a still plate counts as one grey level of noise."""
    if not pairs:
        return 1.0
    return float(np.median([new / max(old, 0.05) for new, old in pairs]))


def _row(path: Path) -> Image:
    total = video.probe(path).frames
    wanted = np.linspace(0, total - 1, SHEET_COLUMNS).round().astype(int)
    shown = [frame.image for frame in video.frames_of(path) if frame.number in wanted]
    scaled = [_to_height(image, SHEET_HEIGHT) for image in shown]
    return np.hstack(scaled)


def _to_height(image: Image, height: int) -> Image:
    width = round(image.shape[1] * height / image.shape[0])
    return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
