"""The request that was decided, as a bundle holds it: everything the gate judged by, and no names. Pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from consent import particulars
from consent.types import Band, KindOfUse, Part, Participant, Request, Sighting
from countersign.evidence.errors import UnfitError
from provenance.types import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What other runs had taken from a consent when the gate decided."""

    runs: int
    screen_seconds: float


def written(request: Request, *, used: Mapping[UUID, Used]) -> dict[str, Json]:
    return {
        "run_id": str(request.run_id),
        "production_id": str(request.production_id),
        "kind": request.kind.value,
        "participants": [_participant(one) for one in request.participants],
        **(particulars.of(request) if request.scene else dict.fromkeys(particulars.NAMES)),
        "screen_seconds": request.screen_seconds,
        "trains": request.trains,
        "parameters_sha256": request.parameters_sha256,
        "requested_by": str(request.requested_by),
        "used_before": {str(pk): {"runs": one.runs, "screen_seconds": one.screen_seconds} for pk, one in used.items()},
    }


def parse(said: Mapping[str, Any]) -> tuple[Request, dict[UUID, Used]]:
    """Raises UnfitError. Names and titles are empty: the gate decides without them. So is what was erased."""
    try:
        request = Request(
            run_id=UUID(said["run_id"]),
            production_id=UUID(said["production_id"]),
            kind=KindOfUse(said["kind"]),
            participants=tuple(map(_read, said["participants"])),
            **particulars.read(said),
            screen_seconds=float(said["screen_seconds"]),
            trains=said["trains"] is True,
            parameters_sha256=str(said["parameters_sha256"]),
            requested_by=UUID(said["requested_by"]),
        )
        used = {
            UUID(pk): Used(runs=int(one["runs"]), screen_seconds=float(one["screen_seconds"]))
            for pk, one in said["used_before"].items()
        }
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as e:
        raise UnfitError(f"The request cannot be understood: {e!r}") from e
    return request, used


def _participant(one: Participant) -> Json:
    return {
        "part": one.part.value,
        "performer_id": str(one.performer_id),
        "footage_sha256": one.footage_sha256,
        "sightings": [_sighting(sighting) for sighting in one.sightings],
    }


def _sighting(one: Sighting) -> Json:
    return {
        "track": one.track,
        "performer_id": str(one.performer_id) if one.performer_id else None,
        "score": known(one.score),
        "threshold": one.threshold,
        "recogniser": one.recogniser,
        "band": one.band.value,
        "review": one.review,
        "smallest_px": one.smallest_px,
        "second": str(one.second) if one.second else None,
        "reviewed_by": [str(who) for who in one.reviewed_by],
        "left_alone": one.left_alone,
    }


def _read(said: Mapping[str, Any]) -> Participant:
    return Participant(
        part=Part(said["part"]),
        performer_id=UUID(said["performer_id"]),
        performer_name="",
        footage_title="",
        footage_sha256=str(said["footage_sha256"]),
        sightings=tuple(map(_seen, said["sightings"])),
    )


def known(score: float) -> float | None:
    """A score that is still on record; None for one that was erased."""
    return None if math.isinf(score) else score


def _score(said: Mapping[str, Any]) -> float:
    """An erased score counts as whatever the log's band says of it: beyond every threshold, or below."""
    if said["score"] is None:
        return math.inf if said["band"] == Band.MATCH or said.get("reviewed_by") else -math.inf
    return float(said["score"])


def _seen(said: Mapping[str, Any]) -> Sighting:
    return Sighting(
        track=int(said["track"]),
        performer_id=UUID(said["performer_id"]) if said["performer_id"] else None,
        score=_score(said),
        threshold=float(said["threshold"]),
        recogniser=str(said["recogniser"]),
        band=Band(said["band"]),
        review=float(said.get("review", 0.0)),
        smallest_px=float(said.get("smallest_px", 0.0)),
        second=UUID(said["second"]) if said.get("second") else None,
        reviewed_by=tuple(map(UUID, said.get("reviewed_by", ()))),
        left_alone=said.get("left_alone", False) is True,
    )
