"""Who is in a picture: enrol a performer from stills, find the face tracks of a clip, match one to the other.

Thresholds belong to the recogniser (`recognisers.toml`); a track decides by its median, never by its best frame.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import UUID

import cv2
import numpy as np
from numpy.typing import NDArray

from consent.types import Band, Sighting
from synthesis import recognisers, video
from synthesis.detect import Face, Finder, Recogniser, mean_unit
from synthesis.errors import EnrolmentError, NoFaceError, WeightsError
from synthesis.recognisers import Thresholds
from synthesis.tracking import Track, Tracker, evenly
from synthesis.types import FaceTrack, Floats, Likeness, Moment, Progress, Template

FEWEST_STILLS = 5
EMBEDDED_FRAMES = 40  # per track: more samples hardly move the median
MOMENTS = 4  # pictures of a track that people compare with a performer


def enrol(stills: Sequence[bytes]) -> Template:
    """A performer's template from at least five encoded pictures (JPEG, PNG, ...); the largest face of each counts.

    Raises NoFaceError for a still without a usable face, EnrolmentError (stills-too-few, stills-disagree).
    """
    if len(stills) < FEWEST_STILLS:
        raise EnrolmentError("stills-too-few", f"{FEWEST_STILLS} stills are needed at least, {len(stills)} came")
    finder, recogniser = Finder(), Recogniser()
    embeddings = np.stack([_embed_still(s, n, finder, recogniser) for n, s in enumerate(stills, 1)])  # (n, d)
    agreement = _agreement(embeddings)
    return Template(
        embedding=mean_unit(embeddings), recogniser=recogniser.label, stills=len(stills), agreement=agreement
    )


def _agreement(embeddings: Floats) -> float:
    """How well the still that agrees least agrees with the mean of the others.

    As many pictures of one as of another agree well enough with what lies between the two. Hence every still must also
    lead to every other over pairs that match; so a face turned left and turned right are held together by the front.
    """
    agreement, odd = min((float(e @ mean_unit(np.delete(embeddings, i, 0))), i) for i, e in enumerate(embeddings))
    needed = recognisers.configured().thresholds.match
    known = _led_to(embeddings, needed)
    if agreement >= needed and not known.all():
        odd = int(np.argmin(known))
        agreement = float((embeddings[known] @ embeddings[odd]).max())
    if agreement < needed:
        message = f"still {odd + 1} agrees with the others at {agreement:.2f}; {needed:.2f} is needed for one person"
        raise EnrolmentError("stills-disagree", message)
    return agreement


def _led_to(embeddings: Floats, needed: float) -> NDArray[np.bool_]:
    """Which stills the first one leads to, over pairs that match."""
    near = np.asarray(embeddings @ embeddings.T >= needed)
    known = near[0]
    for _ in embeddings:
        known = near[known].any(axis=0)
    return np.asarray(known, dtype=np.bool_)


def expect_same(new: Template, known: Template) -> None:
    """Raises EnrolmentError if `new` is somebody else's face: a name, once enrolled, is not given another face."""
    if known.recogniser != new.recogniser:
        return  # not to be compared; templates of another recogniser match nobody either (see `match`)
    score, needed = float(new.embedding @ known.embedding), recognisers.configured().thresholds.match
    if score < needed:
        message = f"the face agrees with the one enrolled before at {score:.2f}; {needed:.2f} is needed for one person"
        raise EnrolmentError("stills-disagree", message)


def looks_like(new: Template, others: Mapping[str, Template]) -> dict[str, float]:
    """Those among the others whose template is as near as the review threshold: for people to tell apart.

    Templates of another recogniser are compared with nobody.
    """
    near = recognisers.configured().thresholds.review
    scores = {
        name: float(new.embedding @ other.embedding)
        for name, other in others.items()
        if other.recogniser == new.recogniser
    }
    return {name: score for name, score in scores.items() if score >= near}


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


def comparable(templates: Mapping[str, Template]) -> dict[str, Template]:
    """Those made by the configured recogniser; whoever is left out must be enrolled again."""
    label = recognisers.configured().label
    return {name: template for name, template in templates.items() if template.recogniser == label}


def match(track: FaceTrack, templates: Mapping[str, Template]) -> Likeness:
    """Whom the track looks like and how sure that is: by its median cosine to each template.

    Two performers who both reach the match and lie within the margin of each other are no match: people tell them
    apart. Raises WeightsError for a template of another recogniser.
    """
    which = recognisers.configured()
    if other := [name for name, t in templates.items() if t.recogniser != which.label]:
        raise WeightsError(f"the template of {other[0]} was not made with {which.label}; enrol again")
    scores = {name: float(np.median(track.embeddings @ t.embedding)) for name, t in templates.items()}
    first, second = [*sorted(scores, key=lambda n: (-scores[n], n)), None, None][:2]
    best, next_best = scores.get(first or "", -1.0), scores.get(second or "", -1.0)
    band = _band(track, best, next_best, which.thresholds)
    told = band in (Band.MATCH, Band.REVIEW)
    return Likeness(
        name=first if told else None,
        score=best,
        second=second if told else None,
        second_score=next_best if told else -1.0,
        band=band,
    )


def sighting(track: FaceTrack, found: Likeness) -> Sighting:
    """What the gate is told of a track: only a match names a performer. Templates go by the ids of performers."""
    which = recognisers.configured()
    best, second = (UUID(name) if name else None for name in (found.name, found.second))
    return Sighting(
        track=track.number,
        performer_id=best if found.band is Band.MATCH else None,
        score=found.score,
        threshold=which.thresholds.match,
        recogniser=which.label,
        band=found.band,
        review=which.thresholds.review,
        smallest_px=which.thresholds.smallest_px,
        second=second,
    )


def _band(track: FaceTrack, best: float, second: float, limits: Thresholds) -> Band:
    if track.median_face_px < limits.smallest_px or not len(track.embeddings):
        return Band.TOO_SMALL
    if best < limits.review:
        return Band.REFUSE
    alike = second >= limits.match and best - second < limits.margin
    return Band.MATCH if best >= limits.match and not alike else Band.REVIEW


class _Samples:
    """Embeddings of some frames of each track, and its best picture."""

    def __init__(self, total: int) -> None:
        self._stride = max(1, total // EMBEDDED_FRAMES)
        self._recogniser = Recogniser()
        self._embeddings: dict[int, list[Floats]] = {}
        self._thumbnails: dict[int, tuple[float, bytes]] = {}
        self._moments: dict[int, list[Moment]] = {}

    def see(self, track: Track, face: Face, frame: video.Frame) -> None:
        taken = self._embeddings.setdefault(id(track), [])
        # Short tracks are sampled densely first, so that nobody passes by unidentified.
        if len(taken) < 5 or len(track.numbers) % self._stride == 0:
            taken.append(self._recogniser.embed(frame.image, face))
            small = Moment(frame=frame.number, picture=thumbnail(frame.image, face))
            self._moments.setdefault(id(track), []).append(small)
            if face.score * face.size > self._thumbnails.get(id(track), (0.0, b""))[0]:
                self._thumbnails[id(track)] = (face.score * face.size, small.picture)

    def face_track(self, number: int, track: Track) -> FaceTrack:
        seen = self._moments[id(track)]
        return FaceTrack(
            number=number,
            first_frame=track.numbers[0],
            last_frame=track.numbers[-1],
            frames_seen=len(track.numbers),
            median_face_px=track.median_size,
            embeddings=np.stack(self._embeddings[id(track)]),
            thumbnail=self._thumbnails[id(track)][1],
            moments=tuple(seen[i] for i in evenly(len(seen), MOMENTS)),
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
    smallest = recognisers.configured().thresholds.smallest_px
    if not found or found[0].size < smallest:
        raise NoFaceError(f"still {number} shows no face of at least {smallest:.0f} pixels")
    return recogniser.embed(rgb, found[0])


def thumbnail(image: NDArray[Any], face: Face, side: int = 160) -> bytes:
    """A square JPEG of `side` pixels around a face of an RGB frame."""
    x, y, w, h = face.box
    scale = side / (1.6 * max(w, h))
    move = np.array(
        [[scale, 0, side / 2 - scale * (x + w / 2)], [0, scale, side / 2 - scale * (y + h / 2)]], np.float32
    )
    return video.jpeg(cv2.warpAffine(image, move, (side, side), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE))
