"""The ledger's receipt for what a run made: no receipt, no signature. It is waited for as long as it takes."""

import time

from django.conf import settings

from countersign import keys, log, witnesses
from countersign.runs.models import Run
from provenance import issuing, ledger
from provenance.errors import LedgerError
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
    verifier = keys.log_verifier(settings.KEYS)
    if verifier is None:
        raise LedgerError("The log has no key yet, so that nobody could check a receipt. Run `manage.py prepare`.")
    entries = [_entry(run, kind) for kind in SHOWN]
    return issuing.receipt(entries, log=verifier, policy=witnesses.policy(settings.KEYS))


def _entry(run: Run, kind: EntryKind) -> Entry:
    found = ledger.find(kind, subject=f"run:{run.pk}")
    if found is None:
        raise LedgerError(f"The ledger holds no entry {kind.value} of this run: nothing is signed without it.")
    return found
