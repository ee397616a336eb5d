"""Whether the faces on record in a clip are those that were found in it: a row alone is not believed.

Who can write rows cannot write the ledger back, and the ledger has every examination of every clip.
"""

from collections.abc import Iterable, Mapping

from consent.types import Reason, ReasonCode
from countersign.runs.models import FaceTrack, Footage
from provenance import ledger
from provenance.types import EntryKind, Json

SAID = ("track", "performer", "band", "recogniser", "threshold")


def otherwise(footage: Footage) -> Reason | None:
    """The reason against a clip whose faces on record are not those of its last examination. Raises LedgerError."""
    told = ledger.about([f"footage:{footage.pk}"], kinds=(EntryKind.FOOTAGE_EXAMINED,))
    faces = told[-1].body.get("faces") if told and told[-1].body.get("sha256") == footage.sha256 else None
    found = faces if isinstance(faces, list) else []
    if told and _sorted(map(_told, found)) == _sorted(map(_kept, footage.tracks.all())):
        return None
    return Reason(
        code=ReasonCode.LEDGER_DISAGREES,
        sentence=f"The faces on record in “{footage.title}” are not those that were found in it.",
        asked="faces as the record has them now",
        allowed="faces as the ledger says they were found",
        remedy="Tell the operator: the record was altered. Upload the clip again, so that it is examined anew.",
    )


def _kept(track: FaceTrack) -> dict[str, Json]:
    performer = str(track.performer_id) if track.performer_id else None
    return {
        "track": track.number,
        "performer": performer,
        "band": track.band,
        "recogniser": track.recogniser,
        "threshold": round(track.threshold, 4),  # as the ledger writes it
    }


def _told(face: Json) -> dict[str, Json]:
    said: Mapping[str, Json] = face if isinstance(face, dict) else {}
    return {name: said.get(name) for name in SAID}


def _sorted(faces: Iterable[dict[str, Json]]) -> list[dict[str, Json]]:
    return sorted(faces, key=repr)
