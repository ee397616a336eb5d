"""Verifies the ledger a step at a time: what is new, and behind it, once more, everything from the first entry on."""

from dataclasses import dataclass, replace
from datetime import datetime

from countersign import log
from countersign.watch.memory import Memory
from provenance.types import Fault
from provenance.walk import Verified

NEW, AGAIN = 50_000, 10_000  # entries in one step: a second's work, and a tenth


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What is verified now, and what was found not to hold on the way. What does not hold is looked at again."""

    memory: Memory
    faults: tuple[Fault, ...]


def step(memory: Memory, *, now: datetime) -> Step:
    """Verify what is new, and some of the rest once more. Raises LedgerError if the tables cannot be read."""
    ahead = forward(memory, limit=NEW)
    behind = _once_more(ahead.memory, now=now)
    return Step(memory=behind.memory, faults=tuple(dict.fromkeys((*ahead.faults, *behind.faults))))


def forward(memory: Memory, *, limit: int) -> Step:
    """Verify what came after what was verified, `limit` entries at the most. Raises LedgerError."""
    found = log.audit_since(memory.front, limit=limit)
    return Step(memory=memory if found.faults else replace(memory, front=found.reached), faults=found.faults)


def to_the_end(memory: Memory) -> Step:
    """Verify everything that came after what was verified. Raises LedgerError."""
    done = forward(memory, limit=NEW)
    while not done.faults and done.memory.front.size - memory.front.size == NEW:
        memory, done = done.memory, forward(done.memory, limit=NEW)
    return done


def _once_more(memory: Memory, *, now: datetime) -> Step:
    left = memory.front.size - memory.again.size
    found = log.audit_since(memory.again, limit=min(AGAIN, left)) if left > 0 else None
    if found and found.faults:
        return Step(memory=memory, faults=found.faults)
    again = found.reached if found else memory.again
    if again.size < memory.front.size:
        return Step(memory=replace(memory, again=again), faults=())
    if again != memory.front:
        sentence = f"The first {again.size} entries are not those that were verified: the ledger was rewritten."
        return Step(memory=memory, faults=(Fault(index=max(again.size - 1, 0), sentence=sentence),))
    return Step(memory=replace(memory, again=Verified(), whole_at=now), faults=())
