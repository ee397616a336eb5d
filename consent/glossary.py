"""What each term of a consent means in plain words, and its name in ISO/IEC TS 27560 and in W3C DPV."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from tomllib import loads


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """`iso` and `dpv` are empty where the standard has no name for it."""

    title: str
    description: str
    iso: str = ""
    dpv: str = ""


@cache
def entries() -> Mapping[str, Entry]:
    """By the name of the term."""
    said = loads(files("consent").joinpath("glossary.toml").read_text("utf-8"))
    return {name: Entry(**entry) for name, entry in said.items()}


def title(name: str) -> str:
    """What people call a term. Raises KeyError for what is no term."""
    return entries()[name].title
