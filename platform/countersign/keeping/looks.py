"""Whoever watches a clip or reads a consent is written down before the first byte goes out.

The rules this module keeps:
1. The entry is committed first. If the ledger cannot write, LedgerError is raised and nothing is served.
2. A player asks for one clip in many ranges, and again when somebody seeks. One person, one thing and one quarter of an
   hour of the clock (UTC) make one entry, however many requests come and however many web processes answer them.
3. A copy to keep is another thing than a look: each download has an entry of its own (`runs.services.open_output`).
"""

import io
from collections.abc import Collection, Mapping
from hashlib import sha256
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from consent.export import Form
from consent.models import ConsentRecord
from countersign import exports, papers
from countersign.accounts.models import Person
from countersign.keeping.errors import DestroyedError
from countersign.keeping.models import Look
from countersign.papers import Paper
from countersign.runs import deposits, keyring, storage
from countersign.runs.errors import NotPublishedError
from countersign.runs.models import OUT, Footage, Output, OutputState
from countersign.runs.shot_models import Shot
from provenance import canonical, ledger
from provenance.types import EntryKind, Json

QUARTER_S = 15 * 60
_WATCHED = (OutputState.SIGNED, *OUT)  # by the performer whose word a shot waits for


def at_footage(footage: Footage, *, by: Person) -> io.BufferedReader:
    """The clip in the clear, for somebody who may watch it; close it.

    Raises DestroyedError, KeyDestroyedError, VaultError, KeysLateError, ReleaseError, LedgerError.
    """
    if footage.destroyed_at:
        day = f"{footage.destroyed_at:%-d %B %Y}"
        raise DestroyedError(f"This clip was destroyed on {day} under the schedule: {footage.destroyed_under}.")
    _write_down(EntryKind.FOOTAGE_VIEWED, subject=f"footage:{footage.pk}", by=by, body={"sha256": footage.sha256})
    return deposits.opened(footage, ring=keyring.watching(footage.pk))


def at_output(output: Output, *, by: Person) -> Path:
    """Where the output lies, for somebody who may watch it. Raises NotPublishedError, LedgerError."""
    return _film(output, among=OUT, by=by)


def at_shot(shot: Shot, *, by: Person) -> Path:
    """Where the shot lies that waits for this performer's word, or is out by it; a shot that was declined, or taken
    down for anybody's sake, is watched by nobody. Raises NotPublishedError, LedgerError."""
    return _film(shot.output, among=_WATCHED, by=by)


def lies_there(shot: Shot) -> bool:
    """Whether `at_shot` finds anything to watch."""
    return shot.output.state in _WATCHED


def _film(output: Output, *, among: Collection[str], by: Person) -> Path:
    if output.state not in among:
        raise NotPublishedError("This film is not to be watched.")
    _write_down(EntryKind.OUTPUT_VIEWED, subject=f"output:{output.pk}", by=by, body={"sha256": output.sha256})
    return storage.output(output.sha256)


def at_consent(record: ConsentRecord, *, version: str, by: Person) -> Paper:
    """The document of a consent, for somebody who may read it. Raises LedgerError."""
    return _read(record, papers.document(record, version), by=by)


def at_export(record: ConsentRecord, *, form: Form, by: Person) -> Paper:
    """The consent for other systems, for somebody who may take it. Raises LedgerError, DocumentDestroyedError."""
    return _read(record, exports.paper(record, form), by=by)


def _read(record: ConsentRecord, paper: Paper, *, by: Person) -> Paper:
    body: dict[str, Json] = {"version": paper.version, "sha256": sha256(paper.content).hexdigest()}
    _write_down(EntryKind.CONSENT_READ, subject=f"consent:{record.pk}", by=by, body=body)
    return paper


@transaction.atomic
def _write_down(kind: EntryKind, *, subject: str, by: Person, body: Mapping[str, Json]) -> None:
    """One entry, unless this quarter of an hour has it. The row is moved on by compare-and-set: of two requests at once
    the second waits for the first, and writes only if that was rolled back."""
    quarter = int(timezone.now().timestamp()) // QUARTER_S
    what = canonical.sha256({"kind": kind.value, "subject": subject, "body": dict(body)})
    look, _ = Look.objects.get_or_create(person=by, what=what)
    if Look.objects.filter(pk=look.pk, quarter__lt=quarter).update(quarter=quarter):
        ledger.append(kind, subject=subject, actor=f"person:{by.pk}", body=body)


def forget(*, before: int) -> int:
    """Drop rows of quarters before this one: they only keep an entry from being written twice. How many there were."""
    return Look.objects.filter(quarter__lt=before).delete()[0]
