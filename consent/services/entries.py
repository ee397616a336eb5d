"""Ledger entries of the consent room: how subjects and actors are written, and what may stand in a body."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from consent.types import Reason
from provenance import ledger
from provenance.types import EntryKind, Json, Sealed


class Somebody(Protocol):
    """A row with an id: a person, an organisation, a production."""

    @property
    def pk(self) -> Any: ...


def note(
    kind: EntryKind, *, subject: str, by: Somebody | str, body: Mapping[str, Json], sealed: Sealed | None = None
) -> None:
    """One entry by a person, or by a worker under its own name. Raises LedgerError."""
    actor = by if isinstance(by, str) else f"person:{by.pk}"
    ledger.append(kind, subject=subject, actor=actor, body=body, sealed=sealed)


def codes(reasons: Iterable[Reason]) -> list[Json]:
    """The reasons as the ledger keeps them: their sentences hold names and stay outside."""
    return [reason.code.value for reason in reasons]
