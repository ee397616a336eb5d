"""Rule packs and the choices a house makes among them. Pure.

A pack is a pair of files by one name: `NAME.cedar` holds its prohibitions, `NAME.toml` says what it is, which version
it is and which law or agreement it stands on. `choices.json` says which optional packs are off, and the numbers that
the prohibitions compare with; a field too many, too few or out of its bounds does not load.
"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from consent.errors import PolicyError
from consent.types import Assurance, KindOfUse
from provenance import canonical
from provenance.types import Json

CHOICES = "choices.json"
MOST_DAYS = 36525  # a hundred years
MOST_WORDS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """What stands in the header of a rule pack. `source` names the law or agreement, `link` where it is found."""

    name: str
    title: str
    version: str
    made_on: date
    source: str
    link: str
    optional: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What a house chose: optional packs that are off, the level each kind of use asks for, and the other numbers."""

    off: tuple[str, ...]
    levels: Mapping[KindOfUse, Assurance]
    level_for_training: Assurance
    level_for_minors: Assurance
    description_words: int
    licence_days: int
    licence_days_of_minors: int


def read(name: str, text: str) -> Pack:
    """The header of the pack `name`. Raises PolicyError."""
    try:
        said = tomllib.loads(text)
        made_on = said.pop("date")
        pack = Pack(name=name, made_on=made_on, **said)
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as e:
        raise PolicyError(f"The header of the rule pack {name} cannot be read: {e}") from e
    texts = (pack.title, pack.version, pack.source)
    if not all(isinstance(one, str) and one for one in texts) or type(made_on) is not date:
        raise PolicyError(f"The header of the rule pack {name} needs a title, a version, a date and a source.")
    if not isinstance(pack.link, str) or type(pack.optional) is not bool:
        raise PolicyError(f"The header of the rule pack {name} needs a link and whether it is optional.")
    return pack


def chosen(text: str) -> Choices:
    """What `choices.json` says. Raises PolicyError."""
    try:
        said: dict[str, Any] = json.loads(text)
        levels = {KindOfUse(kind): _level(value) for kind, value in said.pop("levels").items()}
        made = Choices(
            off=tuple(map(str, said.pop("off"))),
            levels=levels,
            level_for_training=_level(said.pop("level_for_training")),
            level_for_minors=_level(said.pop("level_for_minors")),
            **{name: _count(name, value) for name, value in said.items()},
        )
    except (ValueError, KeyError, TypeError, AttributeError) as e:
        raise PolicyError(f"{CHOICES} cannot be read: {e}") from e
    if set(levels) != set(KindOfUse):
        raise PolicyError(f"{CHOICES} must name a level for every kind of use, and for no other.")
    return made


def written(choices: Choices) -> str:
    """`choices.json`, in one way only."""
    said: dict[str, Json] = {
        "off": list(choices.off),
        "levels": {kind.value: level.value for kind, level in choices.levels.items()},
        "level_for_training": choices.level_for_training.value,
        "level_for_minors": choices.level_for_minors.value,
        "description_words": choices.description_words,
        "licence_days": choices.licence_days,
        "licence_days_of_minors": choices.licence_days_of_minors,
    }
    return canonical.dumps(said).decode()


def _level(value: Any) -> Assurance:
    """A level that proves something: a run on the word of nobody is no choice."""
    if type(value) is not int or value < Assurance.SEALED_BY_PLATFORM:
        raise ValueError(f"a level is a number from {Assurance.SEALED_BY_PLATFORM:d} to 4, got {value!r}")
    return Assurance(value)


def _count(name: str, value: Any) -> int:
    most = MOST_WORDS if name == "description_words" else MOST_DAYS
    if type(value) is not int or not 1 <= value <= most:
        raise ValueError(f"{name} is a number from 1 to {most}, got {value!r}")
    return value
