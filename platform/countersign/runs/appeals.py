"""Appeals against a refusal: a person writes, legal answers. Both stand in the ledger; neither overrides anything."""

from django.db import transaction
from django.utils import timezone

from countersign.accounts.models import Person
from countersign.runs.errors import AppealError
from countersign.runs.models import Appeal, Run, RunState
from provenance import ledger
from provenance.types import EntryKind, Sealed


@transaction.atomic
def make(run: Run, *, words: str, by: Person) -> Appeal:
    """Ask legal to look at a refused run. Raises AppealError without words, and for a run that was not refused."""
    if run.state != RunState.REFUSED:
        raise AppealError("Only a run that was refused can be appealed.")
    if not words.strip():
        raise AppealError("Say what legal should look at.")
    appeal = Appeal.objects.create(run=run, words=words.strip()[:2000], made_by=by, made_at=timezone.now())
    _note(EntryKind.APPEAL_MADE, appeal, by, {"words": appeal.words})
    return appeal


@transaction.atomic
def answer(appeal: Appeal, *, words: str, by: Person) -> Appeal:
    """Legal's answer, once, and by somebody else. The refusal stays: what may be made is said by consents and rules.

    Raises AppealError.
    """
    row = Appeal.objects.select_for_update(no_key=True).get(pk=appeal.pk)
    if row.answered_at is not None:
        raise AppealError("This appeal was answered already.")
    if row.made_by_id == by.pk:
        raise AppealError("Nobody answers their own appeal; ask a colleague from legal.")
    if not words.strip():
        raise AppealError("Say what you found.")
    Appeal.objects.filter(pk=row.pk).update(answer=words.strip()[:2000], answered_by=by, answered_at=timezone.now())
    row.refresh_from_db()
    _note(EntryKind.APPEAL_ANSWERED, row, by, {"answer": row.answer})
    return row


def _note(kind: EntryKind, appeal: Appeal, by: Person, said: dict[str, str]) -> None:
    ledger.append(
        kind,
        subject=f"run:{appeal.run_id}",
        actor=f"person:{by.pk}",
        body={"appeal": str(appeal.pk)},
        sealed=Sealed(of=f"run:{appeal.run_id}", values=dict(said)),
    )
