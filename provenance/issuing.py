"""Receipts and proofs from the tables: entries, and a checkpoint over them for which enough witnesses vouch."""

from collections.abc import Sequence

from django.db import DatabaseError

from provenance import cosigned, notary, tlog_proof, tree
from provenance.errors import LedgerError
from provenance.models import SignedCheckpoint
from provenance.note import Verifier
from provenance.types import Entry, EntryKind, Proven, Receipt
from provenance.witness_policy import Policy

UNWITNESSED = Policy(quorum=0, witnesses=())
PUBLIC = (EntryKind.OUTPUT_MADE,)  # what strangers may read in full: digests and the run's number


def receipt(entries: Sequence[Entry], *, log: Verifier, policy: Policy) -> Receipt | None:
    """The receipt of `entries`; None while no checkpoint over them all has the policy's quorum of cosignatures.

    Raises LedgerError if the tables cannot be read or the tree lacks what was signed.
    """
    row = _covering(max(entry.index for entry in entries), log=log, policy=policy)
    if row is None:
        return None
    grown = tree.of(row.size)
    proven = tuple(_proven(entry, tuple(grown.inclusion(entry.index))) for entry in entries)
    return Receipt(log=str(log), note=cosigned.note_of(row, policy), entries=proven)


def proof(entry: Entry, *, log: Verifier, policy: Policy) -> str | None:
    """The proof of one entry as a file (c2sp.org/tlog-proof), the entry's text with it; None while none is signed.

    Enough witnesses vouch for its checkpoint, or, while too few do, the log alone.
    Raises LedgerError if the tables cannot be read or the tree lacks what was signed.
    """
    row = _covering(entry.index, log=log, policy=policy) or _covering(entry.index, log=log, policy=UNWITNESSED)
    if row is None:
        return None
    path = tree.of(row.size).inclusion(entry.index)
    text = entry.canonical.encode()
    return tlog_proof.written(entry.index, path, checkpoint=cosigned.note_of(row, policy), extra=text)


def _covering(index: int, *, log: Verifier, policy: Policy) -> SignedCheckpoint | None:
    signed = notary.log_signed(log)
    if policy.quorum:
        found = cosigned.standing(policy, covering=index)
        return found.checkpoint if found.enough and found.checkpoint and signed(found.checkpoint) else None
    try:
        return next(filter(signed, SignedCheckpoint.objects.filter(size__gt=index).order_by("size").iterator()), None)
    except DatabaseError as e:
        raise LedgerError(f"The checkpoints could not be read: {e}") from e


def _proven(entry: Entry, path: tuple[bytes, ...]) -> Proven:
    text = entry.canonical if entry.kind in PUBLIC else ""
    return Proven(kind=entry.kind.value, index=entry.index, leaf=entry.leaf, path=path, text=text)
