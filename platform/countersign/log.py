"""The ledger as a log that strangers follow: its name, its key, who signs its checkpoints and when, and its audit."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError, connection

from countersign import keys, witnesses
from countersign.desk import projector
from countersign.evidence.errors import NotCoveredError
from provenance import cosigned, issuing, ledger, notary, stamped
from provenance.checkpoint import Checkpoint
from provenance.errors import PolicyError, ProvenanceError
from provenance.models import Pending, SignedCheckpoint
from provenance.notary import Notary
from provenance.types import Fault
from provenance.walk import EVERY, Sizes, Verified

SIGN_EVERY_S = 0.4  # at least every second, and some time to do it


def origin() -> str:
    """What a log made now is called: the address below which it is read, without the scheme."""
    return f"{urlsplit(settings.SITE_URL).netloc}/log"


def evidence_name() -> str:
    """What the key that signs evidence bundles is called."""
    return f"{urlsplit(settings.SITE_URL).netloc}/evidence"


def holder() -> Notary | None:
    """Who signs checkpoints on this installation; None in a process that doesn't hold the key."""
    key, verifier = keys.log_private(settings.KEYS), keys.log_verifier(settings.KEYS)
    if not key or not verifier:
        return None
    return Notary(origin=verifier.name, key=key, memory=keys.log_memory(settings.KEYS))


def newest() -> SignedCheckpoint | None:
    """The newest checkpoint that this log signed; None before the first."""
    verifier = keys.log_verifier(settings.KEYS)
    return notary.newest(verifier) if verifier else None


def signed_by_us(row: SignedCheckpoint) -> bool:
    """Whether this log signed the checkpoint in `row`: a row alone is not believed."""
    verifier = keys.log_verifier(settings.KEYS)
    return verifier is not None and notary.log_signed(verifier)(row)


def settle() -> None:
    """Give what is pending its place, and its lines in the desk's index, so that whoever reads now sees it.

    Raises LedgerError.
    """
    place()
    projector.catch_up()


def place() -> None:
    """Give what is pending its place, and nothing else. Raises LedgerError."""
    if Pending.objects.exists():
        ledger.sequence()


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


def proof(index: int) -> str:
    """The entry with this index and the proof that it is in the log, as a file.

    Raises NotCoveredError, LedgerError if there is no such entry, PolicyError for a witness policy that nobody
    understands.
    """
    entry, verifier = ledger.read(index), keys.log_verifier(settings.KEYS)
    found = issuing.proof(entry, log=verifier, policy=witnesses.policy(settings.KEYS)) if verifier else None
    if found is None:
        raise NotCoveredError("The log has not signed this entry yet. It takes a second; then ask again.")
    return found


def audit(*, noted: ledger.Noted | None = None, checkpoint: Checkpoint | None = None) -> ledger.Audit:
    """Recompute the ledger from its first entry on, and hold against it every checkpoint that was signed, what others
    said of them, and what was noted outside the database.

    Raises LedgerError if the tables cannot be read.
    """
    place()
    found = ledger.verify(notary.walk(Verified(), noted=checkpoint), noted=noted)
    return replace(found, faults=(*found.faults, *_of_checkpoints(EVERY)))


def audit_since(since: Verified, *, limit: int) -> ledger.Audit:
    """The same of what came after `since` was verified, of `limit` entries at the most; nothing is given its place.

    Raises LedgerError if the tables cannot be read.
    """
    broken = tuple(ledger.follows(since))
    if broken:
        return ledger.Audit(reached=since, faults=broken)
    found = ledger.verify(notary.walk(since, limit=limit), limit=limit)
    return replace(found, faults=(*found.faults, *_of_checkpoints((since.size, found.entries))))


def _of_checkpoints(sizes: Sizes) -> Iterator[Fault]:
    """What does not hold of the checkpoints of these sizes, and of what others said of them."""
    verifier = keys.log_verifier(settings.KEYS)
    if verifier:
        yield from notary.faults(verifier, sizes=sizes)
    elif notary.latest():
        yield Fault(index=0, sentence="There are checkpoints, and no log.vkey among the keys to check them by.")
    yield from _of_witnesses(sizes)
    yield from stamped.faults(keys.tsa_roots(settings.KEYS), sizes=sizes)


def _of_witnesses(sizes: Sizes) -> Iterator[Fault]:
    try:
        yield from cosigned.faults(witnesses.policy(settings.KEYS), sizes=sizes)
    except PolicyError as e:
        yield Fault(index=0, sentence=f"No cosignature could be checked: {e}")
