"""The JSON Schema (2020-12) of a consent record, with what the law of each territory demands. Pure.

The rules this module keeps:
1. What `consent.record` reads, the schema takes, and the other way round; a test holds both against each other.
2. Each demand of `consent.law` is an if/then of its own, with the law and why, so that who checks a document is told.
3. What a schema cannot say is named in its comment: that the end comes after the beginning, how many days lie between
   two dates, and how old somebody is.
"""

import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from functools import cache
from itertools import groupby
from typing import Any, Literal, get_args, get_origin, get_type_hints
from uuid import UUID

from consent import fields, glossary, record
from consent.law import Demand, Law, checks
from consent.types import Matter, Terms
from provenance.types import Json

Schema = dict[str, Json]
DIALECT = "https://json-schema.org/draft/2020-12/schema"
COMMENT = (
    "Beyond this schema a record is refused whose end is not after its beginning, whose numbers are written with a "
    "fraction, and which breaks what the law says of a performer's age or of a number of days."
)
_HINTS = get_type_hints(Terms)
_DAY = (
    "(?!0000)[0-9]{4}-(((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01]))|((0[469]|11)-(0[1-9]|[12][0-9]|30))"
    "|(02-(0[1-9]|1[0-9]|2[0-8])))|(?!0000)([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29"
)
_UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_TIME = r"T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.(?!000000)[0-9]{6})?Z"
_READ: Mapping[Any, Schema] = {
    fields.words: {"pattern": r"\S"},
    fields.text: {},
    fields.nonce: {"pattern": "^[0-9a-f]{32}$"},
    fields.day: {"pattern": f"^({_DAY})?$"},
    fields.digest: {"pattern": fields.MAYBE_DIGEST},
    fields.reference: {"pattern": f"^({_UUID})?$"},
}
_LANGUAGE: Schema = {"pattern": fields.LANGUAGE}


def published(law: Law, *, at: str) -> Schema:
    """The schema with what `law` demands, as it is published at the address `at`."""
    return {"$id": at, **plain(), "allOf": [*_sense(), *(_demanded(one) for pack in law.packs for one in pack.demands)]}


@cache
def plain() -> Schema:
    """The schema of what a consent record is, whatever the law."""
    return {
        "$schema": DIALECT,
        "title": "A performer's consent",
        "description": "The terms of a consent to a digital replica, or of a release of biometric features.",
        "$comment": COMMENT,
        "type": "object",
        "properties": {
            "format": {**_named("format"), "const": record.FORMAT},
            **{n: _field(n) for n in record.READERS},
        },
        "required": ["format", *record.READERS],
        "additionalProperties": False,
        "allOf": [*_sense()],
        "$defs": {
            "text": {"type": "string", "not": {"pattern": f"[^{visible()}]"}},
            "paragraphs": {"type": "string", "not": {"pattern": f"[^{visible()}\n]"}},
        },
    }


def expressible(demand: Demand) -> bool:
    """Whether a schema can say it; see rule 3."""
    return not {demand.field, *demand.when} & set(checks.DERIVED)


def _demanded(demand: Demand) -> Schema:
    said: Schema = {"title": f"{demand.law}: {demand.field}", "description": f"{demand.why} {demand.remedy}"}
    if not expressible(demand):
        return {**said, "$comment": "Checked by the platform: a schema cannot say it."}
    conditions: Schema = {name: checks.condition(name, wanted) for name, wanted in demand.when.items()}
    asked = checks.schema(demand.test, demand.value, many=demand.field in checks.LISTS)
    return {
        **said,
        "if": {"properties": conditions, "required": list(conditions)},
        "then": {"properties": {demand.field: asked}},
    }


def _sense() -> tuple[Schema, ...]:
    """What `consent.record` asks of a replica's consent, and of a biometric release, beyond single fields."""
    replica: Schema = {
        **{name: {"minItems": 1} for name in record.SCOPES},
        **{name: {"minimum": 1} for name in record.BUDGETS},
    }
    none: Schema = {
        **{name: {"maxItems": 0} for name in record.SCOPES},
        **{name: {"maximum": 0} for name in record.BUDGETS},
    }
    flags: Schema = {"training_allowed": {"const": False}, "reuse_allowed": {"const": False}}
    return (
        {"if": _is(Matter.REPLICA), "then": {"properties": replica}},
        {"if": _is(Matter.BIOMETRIC_RELEASE), "then": {"properties": {**none, **flags}}},
    )


def _is(matter: Matter) -> Schema:
    return {"properties": {"matter": {"const": matter.value}}, "required": ["matter"]}


def _named(name: str) -> Schema:
    """Title, description and the names it has elsewhere, as annotations."""
    entry = glossary.entries()[name]
    elsewhere = {"x-iso-27560": entry.iso, "x-dpv": entry.dpv}
    return {"title": entry.title, "description": entry.description, **{k: v for k, v in elsewhere.items() if v}}


def _field(name: str) -> Schema:
    kind = _HINTS[name]
    if get_origin(kind) is tuple:
        return {**_named(name), **_several(name, get_args(kind)[0])}
    return {**_named(name), **_one(name, kind)}


def _one(name: str, kind: Any) -> Schema:
    if kind is bool:
        return {"type": "boolean"}
    if kind is int:
        return {"type": "integer", "minimum": 0, "maximum": fields.LARGEST_NUMBER}
    if get_origin(kind) is Literal:
        return {"enum": list(get_args(kind))}
    if issubclass(kind, StrEnum):
        return {"enum": [member.value for member in kind]}
    if kind in (UUID, datetime):
        return _text(name, {"pattern": f"^{_UUID}$" if kind is UUID else f"^({_DAY}){_TIME}$"})
    return _text(name, _READ[record.READERS[name]])


def _text(name: str, more: Schema) -> Schema:
    base = "paragraphs" if name == "description" else "text"
    return {"$ref": f"#/$defs/{base}", "maxLength": fields.LONGEST.get(name, 200), **more}


def _several(name: str, kind: Any) -> Schema:
    """A list of different things."""
    item = _LANGUAGE if name == "languages" else _READ[fields.words]
    each = _text(name, item) if kind is str else _one(name, kind)
    return {"type": "array", "items": each, "maxItems": fields.MOST_ITEMS, "uniqueItems": True, **_alone(name)}


def _alone(name: str) -> Schema:
    """ "worldwide" and "*" mean everything and stand alone; other territories are two letters."""
    if name == "territories":
        single: Schema = {"minItems": 1, "items": {"pattern": fields.COUNTRY}}
        return {"anyOf": [{"const": [record.WORLDWIDE]}, single]}
    if name == "scenes":
        return {"if": {"contains": {"const": record.EVERY_SCENE}}, "then": {"maxItems": 1}}
    return {}


@cache
def visible() -> str:
    """The inside of a character class: every character that can be seen on paper, as `consent.fields` has it."""
    runs = groupby(range(sys.maxunicode + 1), key=lambda code: fields.is_seen(chr(code)))
    return "".join(_range(*_ends(codes)) for seen, codes in runs if seen)


def _ends(codes: Iterator[int]) -> tuple[int, int]:
    every = tuple(codes)
    return every[0], every[-1]


def _range(first: int, last: int) -> str:
    one, other = (rf"\{chr(code)}" if chr(code) in r"\]^-[" else chr(code) for code in (first, last))
    return one if first == last else f"{one}-{other}"
