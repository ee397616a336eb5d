"""What only time brings about, looked for again and again: windows end, proofs run out, what is owed is carried out."""

import time
from collections.abc import Callable

from django.db import DatabaseError, close_old_connections

from consent.errors import ConsentError
from countersign.runs import deposits, ending, standing
from provenance.errors import LedgerError

LOOK_EVERY_S = 0.5


def keep_ended(say: Callable[[str], object]) -> None:
    """Look at the clock and at what is owed for as long as the process lives; say what stands in the way, once."""
    trouble = ""
    while True:
        found = _looked()
        if found and found != trouble:
            say(found)
        trouble = found
        time.sleep(LOOK_EVERY_S)


def look() -> None:
    """Once: windows first, so that what has ended is not suspended as well. Raises ConsentError, LedgerError."""
    ending.expire_due()
    standing.suspend_unproven()
    deposits.unlink_destroyed()
    ending.certify_due()


def _looked() -> str:
    try:
        close_old_connections()
        look()
    except (ConsentError, LedgerError, DatabaseError, OSError) as error:
        return f"what has ended is not all destroyed and certified: {error}"
    return ""
