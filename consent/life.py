"""The life of a consent: from which state, by which act, by whom, to which state. Pure, and the only such table.

```
DRAFT ──offer──▶ OFFERED ──sign──▶ SIGNED
  │ edit            │  └────verify────┐ │ verify
  │ discard         ▼                 ▼ ▼
  ▼              DECLINED          VERIFIED ──approve──▶ ACTIVE ◀──lift── SUSPENDED
(nothing)        TAKEN_BACK                                │ └──suspend──────▶ │
                                                           ▼                   ▼
                                          AMENDED, EXPIRED, WITHDRAWN      EXPIRED, WITHDRAWN
```

Every function of `consent.services` that moves a consent asks here first and then writes by compare-and-set, so that
what is not in this table does not happen. Who plays which part is checked by the caller
(`countersign.accounts.access`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from consent.vocabulary import ConsentState

S = ConsentState


class Actor(StrEnum):
    """Who moves a consent."""

    PRODUCER = "producer"
    PERFORMER = "performer"
    LEGAL = "legal"
    CLOCK = "clock"


class Act(StrEnum):
    """What somebody does with a consent. The text stands in the ledger and never changes."""

    EDIT = "edit"
    DISCARD = "discard"
    OFFER = "offer"
    TAKE_BACK = "take-back"
    DECLINE = "decline"
    SIGN = "sign"
    SEND_BACK = "send-back"  # what came is not the signed document
    VERIFY = "verify"
    APPROVE = "approve"
    SUSPEND = "suspend"
    LIFT = "lift"
    AMEND = "amend"
    EXPIRE = "expire"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the table. `to` is None where nothing is left: a draft that nobody ever saw."""

    start: ConsentState
    act: Act
    by: frozenset[Actor]
    to: ConsentState | None


def _steps(act: Act, by: tuple[Actor, ...], to: ConsentState | None, *starts: ConsentState) -> Iterator[Step]:
    return (Step(start, act, frozenset(by), to) for start in starts)


_WAITING = (S.OFFERED, S.SIGNED, S.VERIFIED)  # nothing can be made under it yet
_APPROVED = (S.ACTIVE, S.SUSPENDED)
STEPS: tuple[Step, ...] = (
    *_steps(Act.EDIT, (Actor.PRODUCER,), S.DRAFT, S.DRAFT),
    *_steps(Act.DISCARD, (Actor.PRODUCER,), None, S.DRAFT),
    *_steps(Act.OFFER, (Actor.PRODUCER,), S.OFFERED, S.DRAFT),
    *_steps(Act.TAKE_BACK, (Actor.PRODUCER,), S.TAKEN_BACK, *_WAITING),
    *_steps(Act.DECLINE, (Actor.PERFORMER,), S.DECLINED, S.OFFERED, S.SIGNED),
    *_steps(Act.SIGN, (Actor.PRODUCER, Actor.PERFORMER), S.SIGNED, S.OFFERED),
    *_steps(Act.SEND_BACK, (Actor.LEGAL,), S.OFFERED, S.SIGNED),
    *_steps(Act.VERIFY, (Actor.PRODUCER, Actor.PERFORMER), S.VERIFIED, S.OFFERED),
    *_steps(Act.VERIFY, (Actor.PERFORMER,), S.VERIFIED, S.SIGNED),
    *_steps(Act.APPROVE, (Actor.LEGAL,), S.ACTIVE, S.VERIFIED),
    *_steps(Act.SUSPEND, (Actor.LEGAL, Actor.PERFORMER, Actor.CLOCK), S.SUSPENDED, S.ACTIVE),
    *_steps(Act.LIFT, (Actor.LEGAL, Actor.PERFORMER), S.ACTIVE, S.SUSPENDED),
    *_steps(Act.AMEND, (Actor.LEGAL,), S.AMENDED, S.ACTIVE),
    *_steps(Act.EXPIRE, (Actor.CLOCK, Actor.LEGAL), S.EXPIRED, *_WAITING, *_APPROVED),
    *_steps(
        Act.WITHDRAW, (Actor.PERFORMER, Actor.LEGAL), S.WITHDRAWN,
        S.DRAFT, *_WAITING, *_APPROVED, S.AMENDED, S.EXPIRED,
    ),
)  # fmt: skip
_TABLE: Mapping[tuple[ConsentState, Act], Step] = {(step.start, step.act): step for step in STEPS}
ENDED: frozenset[ConsentState] = frozenset({S.DECLINED, S.TAKEN_BACK, S.AMENDED, S.EXPIRED, S.WITHDRAWN})
NEVER_STOOD: frozenset[ConsentState] = frozenset({S.DRAFT, *_WAITING, S.DECLINED, S.TAKEN_BACK})


def step(state: ConsentState, act: Act, by: Actor) -> Step | None:
    """The step that `act` by `by` takes from `state`; None where there is none: a refusal."""
    found = _TABLE.get((state, act))
    return found if found is not None and by in found.by else None


def starts(act: Act) -> tuple[ConsentState, ...]:
    """The states from which somebody may do this."""
    return tuple(one.start for one in STEPS if one.act is act)


def open_to(state: ConsentState, by: Actor) -> frozenset[Act]:
    """What somebody may do with a consent in this state: which buttons a page has."""
    return frozenset(one.act for one in STEPS if one.start is state and by in one.by)
