"""The rules in force, by digest: when they are not those that the ledger last spoke of, it is told.

Called where an installation is prepared and where its workers are started, by whoever deploys.
"""

from collections.abc import Iterator
from hashlib import sha256

from django.conf import settings
from django.db import connection, transaction

from consent import policy
from countersign import keys
from provenance import ledger
from provenance.types import EntryKind

OPERATOR = "operator"
_LOCK = 4851023117046  # one process at a time compares and writes


@transaction.atomic
def note_changes() -> list[str]:
    """Write one entry for each set of rules that changed; the names of those. Raises LedgerError."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    return [name for name, digest in in_force() if _noted(name, digest)]


def in_force() -> Iterator[tuple[str, str]]:
    """The consent policies, and who must have witnessed the log before anything is published, if that is set."""
    yield "consent", policy.load().sha256
    path = keys.witness_policy(settings.KEYS)
    yield "witness", sha256(path.read_bytes()).hexdigest() if path.exists() else ""


def _noted(name: str, digest: str) -> bool:
    subject, kinds = f"policy:{name}", (EntryKind.POLICY_CHANGED,)
    said = ledger.about((subject,), kinds=kinds)
    old = said[-1].body.get("new") if said else ""
    if old == digest:
        return False
    ledger.append(
        EntryKind.POLICY_CHANGED, subject=subject, actor=OPERATOR, body={"policy": name, "old": old, "new": digest}
    )
    return True
