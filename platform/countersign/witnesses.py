"""The outside witnesses of this installation: who they are, how many must vouch, and what is still to be waited for."""

from pathlib import Path

from django.conf import settings

from countersign import keys
from provenance import cosigned, witness_policy
from provenance.errors import PolicyError
from provenance.models import SignedCheckpoint
from provenance.types import EntryKind
from provenance.witness_policy import Policy


def policy(folder: Path) -> Policy:
    """The policy among the keys in `folder`; without one nobody is asked, and nobody has to sign.

    Raises PolicyError if it cannot be read: nothing is published by a policy that nobody understands.
    """
    path = keys.witness_policy(folder)
    try:
        return witness_policy.parse(path.read_text())
    except FileNotFoundError:
        return witness_policy.parse("")
    except (OSError, UnicodeDecodeError) as e:
        raise PolicyError(f"{path} cannot be read: {e}") from e


def note_of(row: SignedCheckpoint) -> str:
    """The signed note of a checkpoint with what witnesses signed of it; without, while nobody knows who they are."""
    try:
        return cosigned.note_of(row, policy(settings.KEYS))
    except PolicyError:
        return row.note


def told() -> str:
    """Who outside must vouch, in a line."""
    try:
        chosen = policy(settings.KEYS)
    except PolicyError as error:
        return f"witnesses: nothing is published until the policy can be read: {error}"
    if not chosen.quorum:
        return "witnesses: none must vouch, so that who owns the database server and the log's key can rewrite it"
    return f"witnesses: {chosen.quorum} of {len(chosen.witnesses)} must vouch before anything is published"


def awaited(subject: str, *, kind: EntryKind) -> str:
    """What is still missing until enough witnesses vouch for the last such entry about `subject`; nothing if they do.

    Raises LedgerError if the ledger cannot be read.
    """
    try:
        chosen = policy(settings.KEYS)
    except PolicyError as error:
        return f"Waiting until the witness policy can be read: {error}"
    if not chosen.quorum:
        return ""
    index = cosigned.place(subject, kind=kind)
    if index is None:
        return _waiting(0, chosen)
    found = cosigned.standing(chosen, covering=index)
    return "" if found.enough else _waiting(len(found.vouchers), chosen)


def _waiting(have: int, chosen: Policy) -> str:
    return f"Waiting for witnesses: {have} of {chosen.quorum}"
