"""What the ledger's receipt in a file proves, as this site can tell it: whose log, and who outside vouches for it."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings

from countersign import keys, witnesses
from provenance import note, receipt
from provenance.errors import NoteError, PolicyError, ReceiptError
from provenance.note import Verifier, Voucher
from provenance.types import EntryKind, Receipt, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Vouching:
    """A witness outside, and when it signed."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The numbers of decision and frames in the log `origin`, below a checkpoint of `size` entries.

    `ours` says that it is this site's log; `witnesses` are those of this site's policy whose signatures hold.
    """

    origin: str
    size: int
    decided: int
    made: int
    ours: bool
    witnesses: tuple[Vouching, ...]


def of(verdict: Verdict) -> Proof | None:
    """The proof in a file whose receipt holds; None where there is none, or it proves nothing."""
    try:
        held = receipt.from_json(verdict.receipt)
        return _told(held, note.verifier(held.log))
    except (ReceiptError, NoteError):
        return None


def _told(held: Receipt, log: Verifier) -> Proof | None:
    found = receipt.check(held, log=log, witnesses=_known())
    decided, made = held.entry(EntryKind.RUN_GRANTED), held.entry(EntryKind.OUTPUT_MADE)
    if decided is None or made is None:
        return None
    return Proof(
        origin=log.name,
        size=found.checkpoint.size,
        decided=decided.index,
        made=made.index,
        ours=log == keys.log_verifier(settings.KEYS),
        witnesses=tuple(map(_vouching, found.witnesses)),
    )


def _known() -> tuple[Verifier, ...]:
    try:
        return witnesses.policy(settings.KEYS).verifiers
    except PolicyError:  # then nobody is known, and nobody is shown
        return ()


def _vouching(voucher: Voucher) -> Vouching:
    return Vouching(name=voucher.verifier.name, at=datetime.fromtimestamp(voucher.at or 0, UTC))
