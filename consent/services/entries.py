"""Ledger entries of the consent room: how subjects and actors are written, and what may stand in a body.

The log is for ever and its text is shown to others, so a body holds only what says nothing of a person by itself:
1. in the clear: ids, codes, times, counts, and digests of what nobody can guess (documents with a nonce, clips);
2. sealed: names, addresses, fingerprints of certificates, resemblances, and whatever people write in their own words.
   The log commits to each under a salt of its own (`provenance.sealing`); who deletes salt and value erases it.
3. Actors and subjects are pseudonyms, "kind:<id>"; who stands behind one is sealed where they first appear.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from consent.types import Reason
from provenance import ledger
from provenance.types import EntryKind, Json, Sealed


class Somebody(Protocol):
    """A row with an id: a person, an organisation, a production."""

    @property
    def pk(self) -> Any: ...


def note(
    kind: EntryKind,
    *,
    subject: str,
    by: Somebody | str,
    body: Mapping[str, Json],
    sealed: Sealed | Sequence[Sealed] = (),
) -> None:
    """One entry by a person, or by a worker under its own name. Raises LedgerError."""
    actor = by if isinstance(by, str) else f"person:{by.pk}"
    ledger.append(kind, subject=subject, actor=actor, body=body, sealed=sealed)


def subject_of(performer: Somebody) -> str:
    return f"performer:{performer.pk}"


def sealed_of(performer: Somebody, **values: Json) -> Sealed:
    return Sealed(of=subject_of(performer), values=values)


def codes(reasons: Iterable[Reason]) -> list[Json]:
    """The reasons as the ledger keeps them: their sentences hold names and stay outside."""
    return [reason.code.value for reason in reasons]
