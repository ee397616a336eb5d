"""Who is in a picture: enrol a performer from stills, find the face tracks of a clip, match one to the other.

Thresholds were measured on 42,495 pairs; a track decides by its median, never by its best frame.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from consent.types import Band
from synthesis import video
from synthesis.detect import Face, Finder, Recogniser, mean_unit
from synthesis.errors import EnrolmentError, NoFaceError, WeightsError
from synthesis.tracking import Track, Tracker
from synthesis.types import FaceTrack, Floats, Progress, Template

MATCH = 0.45
REVIEW = 0.35
SMALLEST_PX = 48
FEWEST_STILLS = 3
EMBEDDED_FRAMES = 40  # per track: more samples hardly move the median


def enrol(stills: Sequence[bytes]) -> Template:
    """A performer's template from at least three encoded pictures (JPEG, PNG, ...); the largest face of each counts.

    Raises NoFaceError for a still without a usable face, EnrolmentError (stills-too-few, stills-disagree).
    """
    if len(stills) < FEWEST_STILLS:
        raise EnrolmentError("stills-too-few", f"{FEWEST_STILLS} stills are needed at least, {len(stills)} came")
    finder, recogniser = Finder(), Recogniser()
    embeddings = np.stack([_embed_still(s, n, finder, recogniser) for n, s in enumerate(stills, 1)])  # (n, 128)
    agreement, odd = min((float(e @ mean_unit(np.delete(embeddings, i, 0))), i) for i, e in enumerate(embeddings))
    if agreement < MATCH:
        message = f"still {odd + 1} agrees with the others at {agreement:.2f}; {MATCH:.2f} is needed for one person"
        raise EnrolmentError("stills-disagree", message)
    return Template(
        embedding=mean_unit(embeddings), recogniser=recogniser.label, stills=len(stills), agreement=agreement
    )


def expect_same(new: Template, known: Template) -> None:
    """Raises EnrolmentError if `new` is somebody else's face: a name, once enrolled, is not given another face."""
    if known.recogniser != new.recogniser:
        return  # not to be compared; templates of another recogniser match nobody either (see `match`)
    score = float(new.embedding @ known.embedding)
    if score < MATCH:
        message = f"the face agrees with the one enrolled before at {score:.2f}; {MATCH:.2f} is needed for one person"
        raise EnrolmentError("stills-disagree", message)


def tracks(path: Path) -> Iterator[Progress | FaceTrack]:
    """Follow every face through a clip; progress comes about twice a second, the tracks at the end.

    Raises UnreadableClipError.
    """
    total = video.probe(path).frames
    finder, tracker, samples = Finder(), Tracker(), _Samples(total)
    said = monotonic()
    for frame in video.frames_of(path):
        for track, face in tracker.add(frame.number, frame.image, finder.find(frame.image)):
            samples.see(track, face, frame)
        if monotonic() - said > 0.5:
            said = monotonic()
            yield Progress(stage="faces", fraction=min(1.0, frame.number / total), note="Looking for faces.")
    for number, track in enumerate(tracker.tracks()):
        yield samples.face_track(number, track)


def match(track: FaceTrack, templates: Mapping[str, Template]) -> tuple[str | None, float, Band]:
    """The best template for a track, its median cosine (-1 without templates), and how sure that is.

    The name is given only with Band.MATCH. Raises WeightsError for a template of another recogniser.
    """
    if other := [name for name, t in templates.items() if t.recogniser != Recogniser.label]:
        raise WeightsError(f"the template of {other[0]} was not made with {Recogniser.label}; enrol again")
    scores = {name: float(np.median(track.embeddings @ t.embedding)) for name, t in templates.items()}
    name = max(scores, key=lambda n: scores[n], default=None)
    score = scores[name] if name is not None else -1.0
    if track.median_face_px < SMALLEST_PX or not len(track.embeddings):
        return None, score, Band.TOO_SMALL
    if score >= MATCH:
        return name, score, Band.MATCH
    return None, score, Band.REVIEW if score >= REVIEW else Band.REFUSE


class _Samples:
    """Embeddings of some frames of each track, and its best picture."""

    def __init__(self, total: int) -> None:
        self._stride = max(1, total // EMBEDDED_FRAMES)
        self._recogniser = Recogniser()
        self._embeddings: dict[int, list[Floats]] = {}
        self._thumbnails: dict[int, tuple[float, bytes]] = {}

    def see(self, track: Track, face: Face, frame: video.Frame) -> None:
        taken = self._embeddings.setdefault(id(track), [])
        # Short tracks are sampled densely first, so that nobody passes by unidentified.
        if len(taken) < 5 or len(track.numbers) % self._stride == 0:
            taken.append(self._recogniser.embed(frame.image, face))
            if face.score * face.size > self._thumbnails.get(id(track), (0.0, b""))[0]:
                self._thumbnails[id(track)] = (face.score * face.size, thumbnail(frame.image, face))

    def face_track(self, number: int, track: Track) -> FaceTrack:
        return FaceTrack(
            number=number,
            first_frame=track.numbers[0],
            last_frame=track.numbers[-1],
            frames_seen=len(track.numbers),
            median_face_px=track.median_size,
            embeddings=np.stack(self._embeddings[id(track)]),
            thumbnail=self._thumbnails[id(track)][1],
        )


def _embed_still(still: bytes, number: int, finder: Finder, recogniser: Recogniser) -> Floats:
    coded = np.frombuffer(still, np.uint8)
    try:
        image = cv2.imdecode(coded, cv2.IMREAD_COLOR) if len(coded) else None
    except cv2.error as e:  # such as a header that promises more pixels than OpenCV takes
        raise NoFaceError(f"still {number} is not a picture that can be read") from e
    if image is None:
        raise NoFaceError(f"still {number} is not a picture that can be read")
    rgb = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
    found = finder.find(rgb)
    if not found or found[0].size < SMALLEST_PX:
        raise NoFaceError(f"still {number} shows no face of at least {SMALLEST_PX} pixels")
    return recogniser.embed(rgb, found[0])


def thumbnail(image: NDArray[Any], face: Face, side: int = 160) -> bytes:
    """A square JPEG of `side` pixels around a face of an RGB frame."""
    x, y, w, h = face.box
    scale = side / (1.6 * max(w, h))
    move = np.array(
        [[scale, 0, side / 2 - scale * (x + w / 2)], [0, scale, side / 2 - scale * (y + h / 2)]], np.float32
    )
    return video.jpeg(cv2.warpAffine(image, move, (side, side), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE))
