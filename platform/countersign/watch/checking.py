"""The whole ledger checked while somebody waits: a step a request, so that no page hangs however long the ledger is.

What a step leaves to the next is signed and travels with the request: nothing is kept here of who is waiting.
"""

from dataclasses import dataclass

from django.core import signing

from countersign import log
from provenance import ledger
from provenance.types import Fault
from provenance.walk import Verified

STEP = 40_000  # entries: less than a second's work
SALT = "countersign.watch.checking"
HOURS = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """How far a check has come. `after` is what the next step begins with; empty when this was the last."""

    entries: int
    total: int
    head: str
    faults: tuple[Fault, ...]
    after: str


def check(after: str = "") -> Checked:
    """The next step of a check, or the first. It ends where something does not hold.

    Raises LedgerError if the ledger cannot be read.
    """
    since = _since(after)
    if not since.size:
        log.place()
    found = log.audit_since(since, limit=STEP)
    total = ledger.size()
    done = bool(found.faults) or found.entries >= total
    return Checked(
        entries=found.entries,
        total=max(total, found.entries),
        head=found.head.hex(),
        faults=found.faults,
        after="" if done else _signed(found.reached),
    )


def _signed(reached: Verified) -> str:
    said = [reached.size, reached.chain.hex(), *(peak.hex() for peak in reached.peaks)]
    return signing.dumps(said, salt=SALT, compress=True)


def _since(after: str) -> Verified:
    """Where to go on; at the first entry if `after` is not of this site, or of yesterday."""
    if not after:
        return Verified()
    try:
        size, chain, *peaks = signing.loads(after, salt=SALT, max_age=HOURS)
    except signing.BadSignature:
        return Verified()
    return Verified(size=size, chain=bytes.fromhex(chain), peaks=tuple(map(bytes.fromhex, peaks)))
