"""Whether an approval is believed: who writes rows, or even entries, does not hold the approver's passkey.

The rules this module keeps:
1. An approval that names a passkey's answer is believed only if that answer was kept, holds, is about this document and
   these terms, and was given by a passkey that the ledger knows as the approver's.
2. An approval that names none is believed only of somebody who had no passkey then.
3. Each answer is verified once in a process; what it says is held against the row every time.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from consent import passkeys, shown
from consent.assertion import Evidence, Purpose
from consent.errors import ConsentError
from consent.models import Assertion, ConsentRecord
from provenance import ledger
from provenance.types import EntryKind, Said

_CACHED = 8192


def believed(approvals: Sequence[Said], rows: Mapping[str, ConsentRecord]) -> frozenset[str]:
    """The subjects of those approvals that are believed; `rows` are the consents by subject. Raises LedgerError."""
    keys = _passkeys({entry.actor for entry in approvals})
    kept = _kept(entry for entry in approvals if "assertion_sha256" in entry.body)
    unsigned = [entry for entry in approvals if "assertion_sha256" not in entry.body]
    early = _before_any_passkey([entry for entry in unsigned if keys[entry.actor]])
    found = {entry.subject for entry in unsigned if not keys[entry.actor]} | early
    for entry in approvals:
        answer = kept.get((entry.subject, str(entry.body.get("assertion_sha256"))))
        if answer and _says_so(answer, rows[entry.subject], keys=keys[entry.actor]):
            found.add(entry.subject)
    return frozenset(found)


def _passkeys(actors: Iterable[str]) -> dict[str, set[str]]:
    """Every passkey that each ever added: what was signed before one was removed stays signed."""
    found: dict[str, set[str]] = defaultdict(set)
    for entry in ledger.about(actors, kinds=(EntryKind.PERSON_PASSKEY_ADDED,)):
        found[entry.subject].add(str(entry.body["passkey_sha256"]))
    return found


def _kept(approvals: Iterable[Said]) -> dict[tuple[str, str], Assertion]:
    digests = [str(entry.body["assertion_sha256"]) for entry in approvals]
    rows = Assertion.objects.filter(sha256__in=digests, purpose=Purpose.APPROVE.value) if digests else ()
    return {(f"consent:{row.consent_id}", row.sha256): row for row in rows}


def _before_any_passkey(approvals: Sequence[Said]) -> set[str]:
    """Those approvals, by subject, that the ledger has before the first passkey of whoever approved."""
    if not approvals:
        return set()
    asked = {entry.actor for entry in approvals} | {entry.subject for entry in approvals}
    equipped: set[str] = set()
    found: set[str] = set()
    for entry in ledger.about(asked, kinds=(EntryKind.PERSON_PASSKEY_ADDED, EntryKind.CONSENT_APPROVED)):
        if entry.kind is EntryKind.PERSON_PASSKEY_ADDED:
            equipped.add(entry.subject)
        elif entry in approvals and entry.actor not in equipped:
            found.add(entry.subject)
    return found


def _says_so(answer: Assertion, row: ConsentRecord, *, keys: set[str]) -> bool:
    evidence = _verified(json.dumps(answer.evidence, sort_keys=True))
    if evidence is None or evidence.key.sha256 not in keys or evidence.sha256 != answer.sha256:
        return False
    statement = evidence.statement
    said = [(one["document_sha256"], one["terms_sha256"]) for one in answer.shown if one["consent_id"] == str(row.pk)]
    return (
        statement.purpose is Purpose.APPROVE
        and statement.production == row.production_id
        and statement.digest == shown.digest_of(answer.shown, nonce=statement.nonce)
        and said == [(row.document_sha256, row.terms_sha256)]
    )


@lru_cache(maxsize=_CACHED)
def _verified(evidence: str) -> Evidence | None:
    """The evidence, if it holds. On which site it was given follows from the key, which makes no other's answers."""
    try:
        read = Evidence.from_json(json.loads(evidence))
    except ConsentError:
        return None
    return read if passkeys.fault(read, at=read.place) is None else None
