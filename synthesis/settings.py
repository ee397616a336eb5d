"""What a run may choose, checked when it is made."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from consent.particulars import DECLARED
from consent.types import Grant
from provenance import canonical
from provenance.types import Json
from synthesis.errors import GrantDoesNotCoverError, InputsChangedError


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainSettings:
    """How the likeness is trained. `seconds` bounds the training itself, not the analysis before it.

    `track` and `footage_track` say which face of the plate and of the footage is meant, as `faces.tracks` counts them;
    None is the one that fills most of the clip. `exclude` are the faces of the plate that are to be left alone.
    `max_steps` ends training earlier and makes it independent of speed.
    Raises ValueError for values that make no sense.
    """

    seconds: float = 75.0
    max_steps: int | None = None
    size: int = 128
    batch: int = 4
    seed: int = 20
    learning_rate: float = 2e-3
    checkpoint_seconds: float = 10.0
    track: int | None = None
    footage_track: int | None = None
    exclude: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "exclude", _tracks(self.exclude))
        bounds = {"seconds": (0, 86_400), "max_steps": (1, 10**7), "size": (64, 512), "batch": (1, 256)}
        bounds |= {"seed": (0, 2**31), "learning_rate": (0, 1), "checkpoint_seconds": (0, 3600)}
        bounds |= {"track": (0, 10**4), "footage_track": (0, 10**4)}
        for name, (low, high) in bounds.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise ValueError(f"{name} must lie between {low} and {high}, not {value}")
        if self.size % 8:
            raise ValueError(f"size must be a multiple of 8, not {self.size}")


def _tracks(numbers: Iterable[int]) -> tuple[int, ...]:
    """Track numbers as JSON or a checkpoint gives them back, in order, each once."""
    found = list(numbers)
    if any(type(number) is not int or not 0 <= number <= 10**4 for number in found):
        raise ValueError(f"exclude must hold numbers of tracks, not {found!r}")
    return tuple(sorted(set(found)))


def granted(grant: Grant, parameters: Mapping[str, Json]) -> TrainSettings:
    """The settings a grant allows: `parameters` are the run's, and must be the very ones the gate decided on.

    Raises InputsChangedError when they are not, GrantDoesNotCoverError when they name something that is no setting.
    """
    if canonical.sha256(dict(parameters)) != grant.parameters_sha256:
        raise InputsChangedError("the parameters are not those the grant names")
    known = {field.name for field in fields(TrainSettings)}
    chosen: dict[str, Any] = {name: value for name, value in parameters.items() if name != DECLARED}
    if unknown := chosen.keys() - known:
        raise GrantDoesNotCoverError(f"no such setting: {', '.join(sorted(unknown))}")
    try:
        return TrainSettings(**chosen)
    except (TypeError, ValueError) as e:
        raise GrantDoesNotCoverError(f"the parameters make no sense: {e}") from e
