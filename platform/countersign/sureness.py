"""How sure it is who signed a consent, for the pages and the API: the words of `consent.assurance` for a row."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from consent import assurance
from consent.assurance import Grounds
from consent.models import ConsentRecord
from consent.types import Assurance, ConsentState, Way

LEVELS: Mapping[Assurance, str] = {
    Assurance.UNSIGNED: "Not signed",
    Assurance.SCAN: "A scan",
    Assurance.SEALED_BY_PLATFORM: "Vouched for, and confirmed by the performer",
    Assurance.PERSONAL: "Signed in person",
    Assurance.QUALIFIED: "Qualified signature",
}
WAITS: Mapping[str, str] = {
    "review": "Somebody from legal has to compare the scan with what was offered.",
    "confirmation": "The performer has to confirm it with their passkey.",
}
_BEFORE = (ConsentState.DRAFT, ConsentState.OFFERED, ConsentState.SIGNED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sureness:
    """`level` is 0 to 4, and stands for what it permits once nothing is waited for."""

    level: int
    called: str
    way: str
    permits: str
    waits_for: tuple[str, ...]


def of(record: ConsentRecord) -> Sureness | None:
    """None before anything was signed."""
    if not record.way:
        return None
    level, grounds = Assurance(record.level), _grounds(record)
    waits = assurance.waits_for(grounds)
    unsealed = level is Assurance.UNSIGNED  # signed on this site, and the document is not sealed yet
    return Sureness(
        level=record.level,
        called=LEVELS[level] if not waits and not unsealed else "Not sure enough yet",
        way=assurance.SAID[grounds.way],
        permits=assurance.PERMITS[level] if not waits and not unsealed else "Nothing yet.",
        waits_for=tuple(WAITS[one] for one in waits),
    )


def plain(record: ConsentRecord) -> dict[str, Any] | None:
    """The same for programs."""
    found = of(record)
    return asdict(found) if found else None


def _grounds(record: ConsentRecord) -> Grounds:
    return Grounds(
        way=Way(record.way),
        qualified=record.level == Assurance.QUALIFIED,
        confirmed=record.state not in _BEFORE,
        reviewed=record.reviewed_by_id is not None,
    )
