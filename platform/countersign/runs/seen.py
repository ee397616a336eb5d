"""Whether the faces on record in a clip are those that were found in it: a row alone is not believed.

Who can write rows cannot write the ledger back, and the ledger has every examination of every clip. Of faces for people
to judge it has whom they resemble and which pictures of them were kept, by their digests.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

from consent.types import Band, Reason, ReasonCode
from countersign.runs.models import FaceTrack, Footage
from provenance import ledger
from provenance.types import EntryKind, Json

SAID = ("track", "performer", "band", "recogniser", "threshold", "review")
COMPARED = ("best", "review", "thumbnail_sha256", "moments_sha256")


def otherwise(footage: Footage) -> Reason | None:
    """The reason against a clip whose faces on record are not those of its last examination. Raises LedgerError."""
    found, tracks = _found(footage), list(footage.tracks.all())
    same = found is not None and _sorted(map(_told, found)) == _sorted(map(_kept, tracks))
    return None if same and not _another_best(found or (), tracks) else disagreement(footage)


def compared(track: FaceTrack) -> dict[str, Json]:
    """What people compare of a face that they may be asked about, as its examination writes it down."""
    if track.band != Band.REVIEW or track.best_id is None:
        return {}
    return {
        "best": str(track.best_id),
        "review": round(track.review, 4),
        "thumbnail_sha256": _digest(track.thumbnail),
        "moments_sha256": [_digest(moment.picture) for moment in track.moments.all()],
    }


def told(footage: Footage) -> dict[int, dict[str, Json]]:
    """The same by the ledger, by track. Raises LedgerError."""
    known = [face for face in _found(footage) or () if "best" in face]
    return {int(str(face["track"])): {name: face[name] for name in COMPARED if name in face} for face in known}


def disagreement(footage: Footage) -> Reason:
    """The record was altered."""
    return Reason(
        code=ReasonCode.LEDGER_DISAGREES,
        sentence=f"The faces on record in “{footage.title}” are not those that were found in it.",
        asked="faces as the record has them now",
        allowed="faces as the ledger says they were found",
        remedy="Tell the operator: the record was altered. Upload the clip again, so that it is examined anew.",
    )


def _found(footage: Footage) -> Sequence[Mapping[str, Json]] | None:
    """The faces of the last examination of these very bytes; None where there was none."""
    said = ledger.about([f"footage:{footage.pk}"], kinds=(EntryKind.FOOTAGE_EXAMINED,))
    faces = said[-1].body.get("faces") if said and said[-1].body.get("sha256") == footage.sha256 else None
    return [face for face in faces if isinstance(face, dict)] if isinstance(faces, list) else None


def _another_best(found: Iterable[Mapping[str, Json]], tracks: Iterable[FaceTrack]) -> bool:
    """Whether a face resembles somebody else by now. An erasure forgets whom it resembled, and that is no lie; an
    examination that did not say it says nothing against."""
    said = {face.get("track"): face.get("best") for face in found}
    unsure = [track for track in tracks if track.band == Band.REVIEW and track.best_id]
    return any(said.get(track.number) not in (None, str(track.best_id)) for track in unsure)


def _digest(picture: bytes | memoryview) -> str:
    return sha256(bytes(picture)).hexdigest()


def _kept(track: FaceTrack) -> dict[str, Json]:
    performer = str(track.performer_id) if track.performer_id else None
    return {
        "track": track.number,
        "performer": performer,
        "band": track.band,
        "recogniser": track.recogniser,
        "threshold": round(track.threshold, 4),  # as the ledger writes it
        "review": round(track.review, 4),
    }


def _told(face: Mapping[str, Json]) -> dict[str, Json]:
    return {name: face.get(name, 0.0 if name == "review" else None) for name in SAID}


def _sorted(faces: Iterable[dict[str, Json]]) -> list[dict[str, Json]]:
    return sorted(faces, key=repr)
