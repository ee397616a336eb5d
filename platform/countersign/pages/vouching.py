"""What the ledger's page says of the outside witnesses: who vouches, since when, and who contradicts us."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings

from countersign import witnesses
from provenance import cosigned
from provenance.errors import PolicyError
from provenance.models import Contradiction, SignedCheckpoint
from provenance.note import Voucher
from provenance.witness import Why
from provenance.witness_policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Vouching:
    """`at` is when the witness says that it signed, None if it didn't sign this checkpoint."""

    name: str
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The newest checkpoint that anybody outside vouches for. `problem` says why nothing can be said at all."""

    quorum: int
    enough: bool
    checkpoint: SignedCheckpoint | None
    witnesses: tuple[Vouching, ...]
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A contradiction in words."""

    said: Contradiction
    happened: str
    means: str
    remedy: str


MEANS: Mapping[str, tuple[str, str]] = {
    Why.FORKED: (
        "Two different histories of the same length were signed with this log’s key. Somebody who could use the key "
        "changed what was recorded, or keeps a second version of it.",
        "Ask the witness for the files in its folder “conflicts”: they hold both versions with our signature and are "
        "proof against us. Publish nothing. Have the operator find out who could use the key until that day.",
    ),
    Why.OLDER: (
        "Entries that this witness saw are no longer here: the end of the ledger was cut off, or the database was set "
        "back to an older state.",
        "Have the operator bring the missing entries back from the newest backup. Until then, rely on nothing that "
        "this site says stands: approvals and withdrawals may be missing.",
    ),
    Why.UNPROVEN: (
        "What this witness saw is not the beginning of the ledger that stands here: something recorded earlier was "
        "changed, removed or put in afterwards.",
        "Compare with checkpoints and exports that others kept. Publish nothing. Have the operator run “manage.py "
        "ledger verify --checkpoint” on one of them, and say who could write to the database and use the log’s key.",
    ),
}
HAPPENED: Mapping[str, str] = {
    Why.FORKED: "It vouched for {remembered} entries before. We then showed it another list of {shown} entries.",
    Why.OLDER: "It vouched for {remembered} entries before. We then showed it a ledger of only {shown}.",
    Why.UNPROVEN: "It vouched for {remembered} entries before. We then showed it {shown} that do not begin with those.",
}


def shown() -> Shown:
    """Raises LedgerError if the tables cannot be read."""
    try:
        policy = witnesses.policy(settings.KEYS)
    except PolicyError as error:
        return Shown(quorum=0, enough=False, checkpoint=None, witnesses=(), problem=str(error))
    found = cosigned.newest(policy)
    return Shown(
        quorum=policy.quorum,
        enough=found.enough,
        checkpoint=found.checkpoint,
        witnesses=_each(policy, {voucher.verifier.name: voucher for voucher in found.vouchers}),
    )


def _each(policy: Policy, vouchers: Mapping[str, Voucher]) -> tuple[Vouching, ...]:
    return tuple(Vouching(name=one.name, at=_time(vouchers.get(one.name))) for one in policy.witnesses)


def _time(voucher: Voucher | None) -> datetime | None:
    try:
        return datetime.fromtimestamp(voucher.at or 0, UTC) if voucher else None
    except (OverflowError, ValueError):  # a witness may write any number
        return datetime.max.replace(tzinfo=UTC)


def alarms() -> list[Alarm]:
    """Every contradiction that was ever seen: what was signed twice doesn't become true by waiting."""
    return [_alarm(said) for said in Contradiction.objects.order_by("-seen_at")]


def _alarm(said: Contradiction) -> Alarm:
    happened = HAPPENED[said.why].format(remembered=said.remembered, shown=said.shown)
    means, remedy = MEANS[said.why]
    return Alarm(said=said, happened=happened, means=means, remedy=remedy)
