"""The ledger as a log that strangers follow: its name, its key, who signs its checkpoints and when, and its audit."""

import time
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError, connection

from countersign import keys
from countersign.desk import projector
from provenance import ledger, notary
from provenance.checkpoint import Checkpoint
from provenance.errors import ProvenanceError
from provenance.models import Pending
from provenance.notary import Notary

SIGN_EVERY_S = 0.4  # at least every second, and some time to do it


def origin() -> str:
    """What a log made now is called: the address below which it is read, without the scheme."""
    return f"{urlsplit(settings.SITE_URL).netloc}/log"


def holder() -> Notary | None:
    """Who signs checkpoints on this installation; None in a process that doesn't hold the key."""
    key, verifier = keys.log_private(settings.KEYS), keys.log_verifier(settings.KEYS)
    if not key or not verifier:
        return None
    return Notary(origin=verifier.name, key=key, memory=keys.log_memory(settings.KEYS))


def settle() -> None:
    """Give what is pending its place, and its lines in the desk's index, so that whoever reads now sees it.

    Raises LedgerError.
    """
    if Pending.objects.exists():
        ledger.sequence()
    projector.catch_up()


def keep_signed(say: Callable[[str], object]) -> None:
    """Give entries their place and, holding the key, sign a checkpoint when some arrived; for ever."""
    notary = holder()
    trouble = ""
    while True:
        found = signed(notary) if notary else sequenced()
        if found and found != trouble:
            say(found)
        trouble = found
        time.sleep(SIGN_EVERY_S)


def sequenced() -> str:
    """Give entries their place, and say what stood in the way; nothing if nothing did."""
    try:
        settle()
    except (ProvenanceError, DatabaseError) as error:
        connection.close()
        return f"entries could not be given their place: {error}"
    return ""


def signed(by: Notary) -> str:
    """Sign what is not signed yet, and say what stood in the way; nothing if nothing did."""
    try:
        notary.sign(by)
    except (ProvenanceError, DatabaseError, OSError) as error:
        connection.close()
        return f"no checkpoint was signed: {error}"
    return ""


def audit(*, noted: ledger.Noted | None = None, checkpoint: Checkpoint | None = None) -> ledger.Audit:
    """Recompute the ledger and hold every checkpoint against it, and what was noted outside the database.

    Raises LedgerError if the tables cannot be read.
    """
    settle()
    found = ledger.verify(noted=noted)
    verifier = keys.log_verifier(settings.KEYS)
    if verifier:
        return replace(found, faults=(*found.faults, *notary.faults(verifier, noted=checkpoint)))
    if notary.latest():
        missing = "There are checkpoints, and no log.vkey among the keys to check them by."
        return replace(found, faults=(*found.faults, ledger.Fault(index=0, sentence=missing)))
    return found
