"""The ledger's receipt for what a run made: no receipt, no signature. It is waited for as long as it takes.

Before anything is published, the receipt in the signed file is held against the ledger itself: whoever holds the
signer's key could have put the receipt of another run there, or of a log of its own.
"""

import time
from collections.abc import Mapping
from typing import Any

from django.conf import settings

from countersign import keys, log, witnesses
from countersign.runs.models import Run
from provenance import issuing, ledger, receipt
from provenance.errors import LedgerError, ReceiptError
from provenance.note import Verifier
from provenance.types import Entry, EntryKind, Receipt

PATIENCE_S = 5.0  # within a step; a checkpoint takes half a second, a witness little more
LOOK_EVERY_S = 0.2
SHOWN = (EntryKind.RUN_GRANTED, EntryKind.OUTPUT_MADE)


def of_run(run: Run) -> Receipt | None:
    """The receipt; None if log and witnesses have not vouched for the run's entries within a few seconds.

    Raises LedgerError if the ledger cannot be read or the log has no key, PolicyError for a policy nobody understands.
    """
    given_up = time.monotonic() + PATIENCE_S
    while True:
        found = _issued(run)
        if found or time.monotonic() > given_up:
            return found
        time.sleep(LOOK_EVERY_S)


def _issued(run: Run) -> Receipt | None:
    log.settle()
    entries = [_entry(run, kind) for kind in SHOWN]
    return issuing.receipt(entries, log=_verifier(), policy=witnesses.policy(settings.KEYS))


def problem(run: Run, said: Mapping[str, Any]) -> str:
    """Why the receipt in a signed file is not what this log, and enough witnesses, say of the run; nothing if it is.

    Raises LedgerError if the ledger cannot be read or the log has no key, PolicyError for a policy nobody understands.
    """
    policy = witnesses.policy(settings.KEYS)
    try:
        held = receipt.from_json(said)
        found = receipt.check(held, log=_verifier(), witnesses=policy.verifiers)
    except ReceiptError as e:
        return f"its receipt is not of this site's log: {e}"
    if len(found.witnesses) < policy.quorum:
        return f"its receipt carries the signatures of {len(found.witnesses)} witnesses, and {policy.quorum} must vouch"
    return "" if all(_shows(held, run, kind) for kind in SHOWN) else "its receipt is about another run"


def _shows(held: Receipt, run: Run, kind: EntryKind) -> bool:
    proven = held.entry(kind)
    return proven is not None and proven.leaf == _entry(run, kind).leaf


def _verifier() -> Verifier:
    found = keys.log_verifier(settings.KEYS)
    if found is None:
        raise LedgerError("The log has no key yet, so that nobody could check a receipt. Run `manage.py prepare`.")
    return found


def _entry(run: Run, kind: EntryKind) -> Entry:
    found = ledger.find(kind, subject=f"run:{run.pk}")
    if found is None:
        raise LedgerError(f"The ledger holds no entry {kind.value} of this run: nothing is signed without it.")
    return found
