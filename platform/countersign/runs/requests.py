"""From the rows of an order to the values the gate decides on."""

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from consent import particulars
from consent.models import Performer
from consent.types import (
    Alteration,
    Band,
    Context,
    Grant,
    KindOfUse,
    OutputClass,
    Part,
    Participant,
    Reason,
    ReasonCode,
    Request,
    Sighting,
)
from countersign.accounts.models import Person
from countersign.runs import reviews
from countersign.runs.models import FaceTrack, Footage, FootageState, Run
from provenance import canonical
from provenance.types import Json

FASTEST = 60.0  # frames a second that anybody watches: what a clip is squeezed to in its file buys no more
DEFAULT_PARAMETERS: Mapping[str, Json] = {"seconds": 75, "size": 128, "seed": 20}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a producer or an artist asks for, and what they declare of the shot: who declares it falsely has it signed
    into the ledger."""

    title: str
    likeness: Performer
    plate_performer: Performer
    footage: Footage
    plate: Footage
    scene: str
    medium: str
    territories: tuple[str, ...]
    output_class: OutputClass = OutputClass.FEATURE
    languages: tuple[str, ...] = ()
    alterations: tuple[Alteration, ...] = ()
    contexts: tuple[Context, ...] = ()
    advertiser: str = ""
    product_line: str = ""
    script_sha256: str = ""
    reuses_model: bool = False
    parameters: Mapping[str, Json] = field(default_factory=lambda: dict(DEFAULT_PARAMETERS))


def declaring(said: Mapping[str, Any]) -> dict[str, Any]:
    """What a form or a program said of a shot, as the values that an order takes."""
    return {
        **said,
        "territories": tuple(said["territories"]),
        "output_class": OutputClass(said["output_class"]),
        "languages": tuple(said["languages"]),
        "alterations": tuple(map(Alteration, said["alterations"])),
        "contexts": tuple(map(Context, said["contexts"])),
    }


def of_order(order: Order, *, run_id: UUID, by: Person) -> Request:
    return Request(
        run_id=run_id,
        production_id=order.plate.production_id,
        kind=KindOfUse.SWAP,
        participants=(
            _participant(Part.LIKENESS, order.likeness, order.footage),
            _participant(Part.PLATE, order.plate_performer, order.plate, left_alone=left_alone(order.parameters)),
        ),
        **{name: getattr(order, name) for name in particulars.NAMES},
        screen_seconds=max(order.plate.duration_s, order.plate.frames / FASTEST),
        trains=True,
        parameters_sha256=canonical.sha256(dict(order.parameters)),
        requested_by=by.pk,
    )


def declared(order: Order, *, run_id: UUID, by: Person) -> Order:
    """The order with what it declares among its parameters, whose digest the grant names."""
    said = particulars.declared(of_order(order, run_id=run_id, by=by), nonce=secrets.token_hex(16))
    return replace(order, parameters={**order.parameters, particulars.DECLARED: said})


def of_run(run: Run) -> Request:
    order = Order(
        title=run.title,
        likeness=run.likeness,
        plate_performer=run.plate_performer,
        footage=run.footage,
        plate=run.plate,
        **particulars.read({name: getattr(run, name) for name in particulars.NAMES}),
        parameters=run.parameters,
    )
    return of_order(order, run_id=run.pk, by=run.requested_by)


def granted_otherwise(run: Run, grant: Grant) -> Reason | None:
    """The reason against a run whose row is not, or no longer, what its grant was given for."""
    asked = of_run(run)
    people = {(p.part, p.performer_id, p.footage_sha256) for p in asked.participants}
    given = {(c.part, c.performer_id, c.footage_sha256) for c in grant.consents}
    same_run = (grant.run_id, grant.production_id, grant.kind) == (run.pk, asked.production_id, asked.kind)
    declared = particulars.declares(run.parameters, asked)
    if same_run and declared and people <= given and grant.parameters_sha256 == asked.parameters_sha256:
        return None
    return Reason(
        code=ReasonCode.GRANT_OTHER_RUN,
        sentence="The run is not what its grant was given for.",
        asked="another run, clip, performer, declaration or setting than the grant names",
        allowed="exactly what was granted",
        remedy="Nothing is signed or published. Tell the operator, for somebody changed the database; then start anew.",
    )


def not_ready(footage: Footage) -> Reason | None:
    if footage.state == FootageState.READY:
        return None
    if footage.destroyed_at is not None:
        return Reason(
            code=ReasonCode.FOOTAGE_DESTROYED,
            sentence=f"The clip “{footage.title}” was destroyed on {footage.destroyed_at:%-d %B %Y}.",
            asked="a clip that is gone",
            allowed=f"its schedule was: {footage.destroyed_under}",
            remedy="Upload the clip again if you may still have it; it is examined anew.",
        )
    return Reason(
        code=ReasonCode.FOOTAGE_NOT_READY,
        sentence=f"The clip “{footage.title}” has not been examined for faces.",
        asked="a clip whose faces are known",
        allowed=f"it is: {FootageState(footage.state).label.lower()}",
        remedy="Wait until it says “Ready”, or upload another clip if it was refused.",
    )


def unknown_tracks(order: Order) -> Reason | None:
    """The reason against an order that leaves faces alone which are not in the plate."""
    known = set(order.plate.tracks.values_list("number", flat=True))
    unknown = [number for number in left_alone(order.parameters) if number not in known]
    if not unknown:
        return None
    return Reason(
        code=ReasonCode.TRACK_UNKNOWN,
        sentence=f"“{order.plate.title}” has no face {unknown[0]} that could be left alone.",
        asked=", ".join(f"face {number}" for number in unknown),
        allowed=", ".join(f"face {number}" for number in sorted(known)) or "none: no face was found",
        remedy="Choose among the faces that were found in the plate.",
    )


def left_alone(parameters: Mapping[str, Json]) -> tuple[int, ...]:
    """The faces of the plate that the run does not touch."""
    said = parameters.get("exclude", [])
    return tuple(number for number in said if isinstance(number, int)) if isinstance(said, list) else ()


def _participant(
    part: Part, performer: Performer, footage: Footage, *, left_alone: Collection[int] = ()
) -> Participant:
    return Participant(
        part=part,
        performer_id=performer.pk,
        performer_name=performer.name,
        footage_title=footage.title,
        footage_sha256=footage.sha256,
        sightings=_sightings(footage, left_alone),
    )


def _sightings(footage: Footage, left_alone: Collection[int]) -> tuple[Sighting, ...]:
    said = reviews.counted(footage)
    return tuple(
        _sighting(track, reviewed_by=said.get(track.number, ()), left_alone=track.number in left_alone)
        for track in footage.tracks.all()
    )


def _sighting(track: FaceTrack, *, reviewed_by: tuple[UUID, ...], left_alone: bool) -> Sighting:
    return Sighting(
        track=track.number,
        performer_id=track.best_id if reviewed_by else track.performer_id,
        score=track.score,
        threshold=track.threshold,
        recogniser=track.recogniser,
        band=Band(track.band),
        review=track.review,
        smallest_px=track.smallest_px,
        second=track.second_id,
        reviewed_by=reviewed_by,
        left_alone=left_alone,
    )
