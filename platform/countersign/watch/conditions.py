"""What must not be, told from what was seen of the log.

Pure: an observation in, conditions out. Each says in words what is wrong, and its kind what to do about it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from provenance.types import Fault

TOLD = 3  # faults that one sentence names


class Kind(StrEnum):
    """The kinds of alarm; the text stands in the ledger and never changes."""

    BROKEN = "ledger-broken"
    FORKED = "ledger-forked"
    MEMORY = "memory-unreadable"
    SEQUENCE = "entries-wait"
    CHECKPOINT = "checkpoint-late"
    COSIGNATURES = "cosignatures-missing"
    TIME_STAMP = "time-stamp-missing"

    @property
    def stays(self) -> bool:
        """Whether it stays until a person has acknowledged it, even when its cause is gone."""
        return self in (Kind.BROKEN, Kind.FORKED, Kind.MEMORY)

    @property
    def what_to_do(self) -> str:
        return WHAT_TO_DO[self]


WHAT_TO_DO = {
    Kind.BROKEN: "Stop whoever can write to the database. Keep a copy of it as it is, and of keys/log/. Run “manage.py "
    "ledger verify”, and compare with checkpoints that witnesses and others kept.",
    Kind.FORKED: "Do not publish. Ask the witness for the checkpoints that it kept: two that contradict each other "
    "prove who signed them. Was an older backup restored, or does somebody else hold the log’s key?",
    Kind.MEMORY: "Find out who changed the file. Verification began again at the first entry; nothing is lost.",
    Kind.SEQUENCE: "See that “manage.py work” runs and can reach the database; its output says what stands in the way.",
    Kind.CHECKPOINT: "See that the “manage.py work” that holds keys/log/ runs; its output says what stands in the way.",
    Kind.COSIGNATURES: "Ask the witnesses that are silent whether they run. Until enough vouch, nothing is published.",
    Kind.TIME_STAMP: "Ask the time-stamp authority whether it answers, and see that tsa-roots.pem holds its roots.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Something that must not be, in words."""

    kind: Kind
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long each thing may take before people are told."""

    sequence: timedelta = timedelta(seconds=10)
    checkpoint: timedelta = timedelta(seconds=15)
    cosignatures: timedelta = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnesses:
    """Who vouches: how many must, who is silent, and since when the newest checkpoints wait for them."""

    quorum: int = 0
    silent: tuple[str, ...] = ()
    waiting_since: datetime | None = None
    contradicting: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What was seen of the log at one moment; None where there is nothing."""

    entries: int
    pending_since: datetime | None = None  # of the oldest entry without a place
    uncovered_since: datetime | None = None  # of the oldest entry that no checkpoint covers
    witnesses: Witnesses = field(default_factory=Witnesses)
    time_stamps: str = ""  # what is wrong with them, in words
    faults: tuple[Fault, ...] = ()
    memory: str = ""  # why what was verified earlier could not be read


def conditions(seen: Observation, *, now: datetime, patience: Patience) -> Iterator[Condition]:
    """Everything that must not be, the gravest first."""
    if seen.faults:
        yield Condition(kind=Kind.BROKEN, sentence=_broken(seen.faults))
    if seen.witnesses.contradicting:
        yield Condition(kind=Kind.FORKED, sentence=_forked(seen.witnesses.contradicting))
    if seen.memory:
        yield Condition(kind=Kind.MEMORY, sentence=f"What was verified earlier cannot be believed: {seen.memory}")
    yield from _late(seen, now=now, patience=patience)
    if seen.time_stamps:
        yield Condition(kind=Kind.TIME_STAMP, sentence=seen.time_stamps)


def _late(seen: Observation, *, now: datetime, patience: Patience) -> Iterator[Condition]:
    if _over(seen.pending_since, now, patience.sequence):
        sentence = f"An entry of {seen.pending_since:%H:%M:%S} UTC still waits for its place in the ledger."
        yield Condition(kind=Kind.SEQUENCE, sentence=sentence)
    if _over(seen.uncovered_since, now, patience.checkpoint):
        sentence = f"No checkpoint covers the entries since {seen.uncovered_since:%H:%M:%S} UTC."
        yield Condition(kind=Kind.CHECKPOINT, sentence=sentence)
    if _over(seen.witnesses.waiting_since, now, patience.cosignatures):
        yield Condition(kind=Kind.COSIGNATURES, sentence=_silent(seen.witnesses))


def _over(since: datetime | None, now: datetime, patience: timedelta) -> bool:
    return since is not None and now - since > patience


def _broken(faults: tuple[Fault, ...]) -> str:
    rest = len(faults) - TOLD
    more = f" And {rest} more." if rest > 0 else ""
    return "The ledger does not hold. " + " ".join(fault.sentence for fault in faults[:TOLD]) + more


def _forked(contradicting: tuple[str, ...]) -> str:
    return f"{_listed(contradicting)} remember{'s' * (len(contradicting) == 1)} another log than this one."


def _silent(witnesses: Witnesses) -> str:
    said = (
        f"Checkpoints since {witnesses.waiting_since:%H:%M:%S} UTC lack the {witnesses.quorum} cosignatures they need."
    )
    return f"{said} Silent: {_listed(witnesses.silent)}." if witnesses.silent else said


def _listed(names: tuple[str, ...]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
