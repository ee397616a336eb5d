"""What a rule of the law asks of one field, and what it looks for in others: as a test, in words, and as JSON Schema.

Pure. The rules this module keeps:
1. What holds here holds in the schema and the other way round: texts are tested with the very patterns that it gets.
2. A test or a condition that is not known is an error when the rules are read, never a rule that holds.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from tomllib import loads
from typing import Any, get_origin, get_type_hints

from consent.record import WORLDWIDE
from consent.types import Terms
from provenance.types import Json

Facts = Mapping[str, Any]  # terms as JSON (`consent.record.to_json`), and what follows from them (`DERIVED`)
DERIVED = ("minor", "days")  # a JSON Schema cannot count days
LISTS = frozenset(name for name, kind in get_type_hints(Terms).items() if get_origin(kind) is tuple)
FREE = frozenset({"union", "agreement", "advertiser", "product_line"})  # as people spell it


def spelt(text: str) -> str:
    """A pattern for `text` in any case and with anything or nothing between its letters: SAG-AFTRA, sag aftra."""
    return "^[^A-Za-z0-9]*" + "[^A-Za-z0-9]*".join(_either(c) for c in text if c.isalnum()) + "[^A-Za-z0-9]*$"


def applies(when: Mapping[str, Sequence[Json]], facts: Facts) -> bool:
    """Whether every condition holds. What is not said in `facts` fulfils none."""
    return all(_has(name, wanted, facts.get(name)) for name, wanted in when.items())


def _has(name: str, wanted: Sequence[Json], said: Any) -> bool:
    if name in LISTS:
        return bool(set(_named(name, wanted)) & set(said or ()))
    if name in FREE:
        return any(re.search(spelt(str(one)), str(said or "")) for one in wanted)
    return said in wanted


def _named(name: str, wanted: Sequence[Json]) -> tuple[Json, ...]:
    """Worldwide is every territory."""
    return (*wanted, WORLDWIDE) if name == "territories" else tuple(wanted)


def condition(name: str, wanted: Sequence[Json]) -> dict[str, Json]:
    """The JSON Schema of a field that fulfils a condition."""
    if name in LISTS:
        return {"contains": {"enum": list(_named(name, wanted))}}
    if name in FREE:
        return {"anyOf": [{"pattern": spelt(str(one))} for one in wanted]}
    return {"enum": list(wanted)}


def holds(test: str, value: Any, said: Any) -> bool:
    """Whether what a field says passes `test` with `value`. What is not said passes none."""
    return said is not None and TESTS[test][0](value, said)


def schema(test: str, value: Any, *, many: bool) -> dict[str, Json]:
    """The JSON Schema of a field that passes; `many` where it is a list."""
    return TESTS[test][1](value, many)


def allowed(test: str, value: Any) -> str:
    """What would pass, in words."""
    return TESTS[test][2](value)


def _filled(value: Any, said: Any) -> bool:
    return bool(said.strip()) if isinstance(said, str) else bool(said)


def _specific(least: int, said: str) -> bool:
    return all(re.search(pattern, said) for pattern in (_words(least), seen())) and not re.search(vague(), said)


def _words(least: int) -> str:
    return rf"^\s*(\S+\s+){{{least - 1}}}\S"


def vague() -> str:
    """A pattern that finds phrases which cover everything and so say nothing."""
    return _phrases("vague")


def seen() -> str:
    """A pattern that finds what is seen or heard, or the number of a scene."""
    return f"({_phrases('seen')}|[0-9])"


@cache
def _phrases(which: str) -> str:
    said: list[str] = loads(files("consent.law").joinpath("specific.toml").read_text("utf-8"))[which]
    each = "|".join(r"[^A-Za-z]+".join("".join(map(_either, word)) for word in phrase.split()) for phrase in said)
    return f"(^|[^A-Za-z])({each})([^A-Za-z]|$)"


def _either(letter: str) -> str:
    return f"[{letter.upper()}{letter.lower()}]" if letter.isalpha() else letter


_Test = tuple[Callable[[Any, Any], bool], Callable[[Any, bool], dict[str, Json]], Callable[[Any], str]]
TESTS: Mapping[str, _Test] = {
    "filled": (
        _filled,
        lambda value, many: {"minItems": 1} if many else {"pattern": r"\S"},
        lambda value: "anything but nothing",
    ),
    "at-least": (
        lambda value, said: bool(said >= value),
        lambda value, many: {"minimum": value},
        lambda value: f"{value} or more",
    ),
    "at-most": (
        lambda value, said: bool(said <= value),
        lambda value, many: {"maximum": value},
        lambda value: f"{value} or fewer",
    ),
    "words": (
        lambda value, said: bool(re.search(_words(value), said)),
        lambda value, many: {"pattern": _words(value)},
        lambda value: f"{value} words or more",
    ),
    "specific": (
        _specific,
        lambda value, many: {
            "allOf": [{"pattern": _words(value)}, {"pattern": seen()}, {"not": {"pattern": vague()}}],
        },
        lambda value: f"{value} words or more that name what is seen or heard, none of which covers everything",
    ),
    "one-of": (
        lambda value, said: said in value,
        lambda value, many: {"enum": list(value)},
        lambda value: " or ".join("yes" if one is True else str(one) for one in value),
    ),
    "none-of": (
        lambda value, said: not set(value) & set(said),
        lambda value, many: {"not": {"contains": {"enum": list(value)}}},
        lambda value: "not " + " and not ".join(map(str, value)),
    ),
}
