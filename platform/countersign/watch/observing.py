"""Looks at the log's tables, at little cost however long the log is: no table is counted."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings

from countersign import log, timestamps, witnesses
from countersign.watch.conditions import Observation, Witnesses
from provenance import cosigned, ledger
from provenance.errors import PolicyError
from provenance.models import Contradiction, LedgerEntry, Pending, SignedCheckpoint
from provenance.types import Fault
from provenance.witness_policy import Policy


def observe(at: datetime, *, faults: Sequence[Fault] = (), memory: str = "") -> Observation:
    """The log as it is at that moment, beside what verifying it found. Raises DatabaseError, LedgerError."""
    return Observation(
        entries=ledger.size(),
        pending_since=pending_since(),
        uncovered_since=uncovered_since(log.newest()),
        witnesses=_witnesses(),
        time_stamps=timestamps.trouble(now=at),
        faults=tuple(faults),
        memory=memory,
    )


def pending_since() -> datetime | None:
    """When the entry that was written first, of those without a place, was written."""
    return Pending.objects.order_by("id").values_list("recorded_at", flat=True).first()


def uncovered_since(checkpoint: SignedCheckpoint | None) -> datetime | None:
    """When the first entry that `checkpoint` does not cover was written."""
    rows = LedgerEntry.objects.filter(index__gte=checkpoint.size if checkpoint else 0).order_by("index")
    return rows.values_list("recorded_at", flat=True).first()


def _witnesses() -> Witnesses:
    contradicting = tuple(Contradiction.objects.order_by("witness").values_list("witness", flat=True).distinct())
    try:
        policy = witnesses.policy(settings.KEYS)
    except PolicyError:
        policy = Policy(quorum=0, witnesses=())  # whoever publishes says so
    waiting = _waiting(policy) if policy.quorum else None
    if not waiting:
        return Witnesses(quorum=policy.quorum, contradicting=contradicting)
    silent = tuple(one.name for one in policy.witnesses if cosigned.size_known_to(one.verifier) < waiting.size)
    return Witnesses(quorum=policy.quorum, silent=silent, waiting_since=waiting.made_at, contradicting=contradicting)


def _waiting(policy: Policy) -> SignedCheckpoint | None:
    """The oldest checkpoint for which, and for all after it, too few vouch."""
    enough = cosigned.newest_with_enough(policy)
    return SignedCheckpoint.objects.filter(size__gt=enough.size if enough else -1).order_by("size").first()
