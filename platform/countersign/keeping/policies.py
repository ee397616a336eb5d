"""The rules that are deployed, by digest: when they are not those that the ledger last spoke of, it is told.

Called where an installation is prepared and where its workers are started, by whoever deploys. The consent policies
that were deployed first are in force for every house; others that are deployed later are a proposal to each house,
which two people of its legal must approve (`consent.services.rulebook`).
"""

from collections.abc import Iterator
from hashlib import sha256

from django.conf import settings
from django.db import connection, transaction

from consent import policy
from consent.services import houses, rulebook
from countersign import keys
from countersign.accounts.models import Organisation
from provenance import ledger
from provenance.types import EntryKind

OPERATOR = "operator"
_LOCK = 4851023117046  # one process at a time compares and writes


@transaction.atomic
def note_changes() -> list[str]:
    """Write one entry for each set of rules that changed; the names of those. Raises LedgerError, PolicyError."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    changed = ["consent"] if _deployed() else []
    return changed + [name for name, digest in in_force() if _noted(name, digest)]


def _deployed() -> bool:
    """Whether the packaged policies are new here: the first for all, or a proposal to each house that has others."""
    said = ledger.about((houses.DEPLOYED,), kinds=(EntryKind.POLICY_CHANGED,))
    if not any(entry.body.get("version") for entry in said):
        rulebook.first(policy.files())
        return True
    ids = Organisation.objects.order_by("pk").values_list("pk", flat=True)
    made = [rulebook.deploy(pk, files=policy.files()) for pk in ids]
    return any(made)


def in_force() -> Iterator[tuple[str, str]]:
    """Who must have witnessed the log before anything is published, if that is set."""
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
