"""How far a consent has come, as five stations on a line. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from consent.life import ENDED
from consent.models import ConsentRecord
from consent.types import ConsentState

_REACHED = {
    ConsentState.DRAFT: 0,
    ConsentState.OFFERED: 1,
    ConsentState.SIGNED: 2,
    ConsentState.VERIFIED: 2,
    ConsentState.ACTIVE: 3,
    ConsentState.SUSPENDED: 3,
}
_LAST = {
    ConsentState.SUSPENDED: "Suspended",
    ConsentState.DECLINED: "Declined",
    ConsentState.TAKEN_BACK: "Taken back",
    ConsentState.AMENDED: "Replaced",
    ConsentState.EXPIRED: "Ended",
    ConsentState.WITHDRAWN: "Withdrawn",
}


@dataclass(frozen=True, slots=True)
class Station:
    """`look` is "done", "now", "ended" or nothing; `at` when it was reached, if that is known."""

    name: str
    look: str
    said: str
    at: datetime | None = None


def of(record: ConsentRecord) -> list[Station]:
    """Drafted, offered, signed, approved, and how it ends."""
    state = ConsentState(record.state)
    return [*_way(record, state), _end(record, state)]


def _way(record: ConsentRecord, state: ConsentState) -> Iterator[Station]:
    times = (record.added_at, None, record.signed_at, record.approved_at)
    reached = _REACHED.get(state, _got_to(record))
    for number, (name, at) in enumerate(zip(("Drafted", "Offered", "Signed", "Approved"), times, strict=True)):
        look = "done" if number < reached or (number == reached and state in (*ENDED, *_standing())) else ""
        look = look or ("now" if number == reached else "")
        yield Station(name, look, {"done": "done", "now": "now"}.get(look, "to come"), at if look else None)


def _standing() -> tuple[ConsentState, ...]:
    return (ConsentState.ACTIVE, ConsentState.SUSPENDED)


def _got_to(record: ConsentRecord) -> int:
    """How far a consent came that has ended."""
    return 3 if record.approved_by_id else 2 if record.document_sha256 else 1


def _end(record: ConsentRecord, state: ConsentState) -> Station:
    name = _LAST.get(state, "Ends")
    if state in ENDED:
        return Station(name, "ended", "reached", record.withdrawn_at or record.ended_at)
    if state is ConsentState.SUSPENDED:
        return Station(name, "ended", "now", record.suspended_at)
    return Station(name, "", "to come", record.valid_until)
