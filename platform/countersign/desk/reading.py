"""What an entry mentions: its subject, its actor, what they belong to, what its body names, and its reasons. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from provenance.types import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Kin:
    """`room` is whose crew sees the subject, `owners` what it belongs to besides, `near` what it has to do with.

    `face` is the performer whose face a refusal is about, `asker` who stands behind what a worker does; empty if none.
    """

    room: str
    owners: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    face: str = ""
    asker: str = ""


NAMED = frozenset(
    ("consent", "footage", "model", "organisation", "output", "performer", "person", "plate", "production", "run")
)
_SPELT = {"plate": "footage"}  # a body may say which part a clip plays
NOBODY = Kin(room="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """An entry as the index sees it. `own` names are the subject and what it belongs to, `other` names the rest."""

    index: int
    kind: str
    subject: str
    recorded_at: datetime
    room: str
    own: tuple[str, ...]
    other: tuple[str, ...]
    face: str
    asker: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The columns and the body of an entry."""

    index: int
    kind: str
    subject: str
    actor: str
    recorded_at: datetime
    body: Json


def read(said: Said, kin: Kin = NOBODY) -> Read:
    own = tuple(dict.fromkeys(filter(None, (said.subject, kin.room, *kin.owners))))
    reasons = tuple(dict.fromkeys(_reasons(said.body)))
    by = said.actor if said.actor.startswith("person:") else ""
    asker = by or kin.asker or said.actor
    names = (by, asker if reasons else "", *kin.near, *_named(said.body), *(f"reason:{code}" for code in reasons))
    return Read(
        index=said.index,
        kind=said.kind,
        subject=said.subject,
        recorded_at=said.recorded_at,
        room=kin.room,
        own=own,
        other=tuple(name for name in dict.fromkeys(filter(None, names)) if name not in own),
        face=kin.face,
        asker=asker,
        reasons=reasons,
    )


def _named(body: Json) -> Iterator[str]:
    """Ids that stand in a body under the name of a kind of thing, however deep."""
    if isinstance(body, list):
        for item in body:
            yield from _named(item)
    elif isinstance(body, dict):
        for name, value in body.items():
            if name in NAMED and isinstance(value, str) and _is_id(value):
                yield f"{_SPELT.get(name, name)}:{value}"
            else:
                yield from _named(value)


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _reasons(body: Json) -> Iterator[str]:
    """The codes of a refusal; an entry keeps a code, or the whole reason."""
    reasons = body.get("reasons") if isinstance(body, dict) else None
    for reason in reasons if isinstance(reasons, list) else ():
        code = reason.get("code") if isinstance(reason, dict) else reason
        if isinstance(code, str) and len(code) <= 64:
            yield code
