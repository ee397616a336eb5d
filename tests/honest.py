"""Bodies that entries may have: what the schema asks of a kind, filled in where a test does not care."""

from typing import Any

from provenance import ledger, schema
from provenance.types import EntryKind, Sealed

DIGEST = "0" * 64
SOMEBODY = "8f3c9a1e-0000-4000-8000-000000000001"


def body(kind: EntryKind, **said: Any) -> dict[str, Any]:
    """A body of `kind` that says `said`."""
    return {**_value(schema.BODIES[kind]), **said}


def append(kind: EntryKind, *, subject: str, actor: str, sealed: Sealed | tuple[()] = (), **said: Any) -> None:
    ledger.append(kind, subject=subject, actor=actor, body=body(kind, **said), sealed=sealed)


def face(performer: str) -> dict[str, Any]:
    """A face in a clip that was found to be this performer's."""
    return {**_value(schema.FACE), "performer": performer}


def participant(performer: str) -> dict[str, Any]:
    """This performer's part in a run."""
    return {**_value(schema.PARTICIPANT), "performer": performer}


def binding(consent: str) -> dict[str, Any]:
    """What a grant says of a consent that it was given under."""
    return {**_value(schema.BINDING), "consent": consent}


def _value(asked: schema.Schema) -> Any:  # noqa: PLR0911 - one for each type there is
    match asked:
        case {"anyOf": [first, *_]}:
            return _value(first)
        case {"type": "object"}:
            return {name: _value(asked["properties"][name]) for name in asked.get("required", ())}
        case {"type": "array"}:
            return []
        case {"type": "integer" | "number"}:
            return 0
        case {"type": "boolean"}:
            return False
        case {"format": "date-time"}:
            return "2026-11-24T06:30:00+00:00"
        case _ if asked == schema.ID:
            return SOMEBODY
        case _:
            return DIGEST if "pattern" in asked else "something"
