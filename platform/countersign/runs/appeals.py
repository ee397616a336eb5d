"""Appeals against a refusal: a person writes, legal answers. Both stand in the ledger, and so does an answer that is
refused; none overrides anything."""

from django.db import transaction
from django.utils import timezone

from consent.types import Reason, ReasonCode, Refusal
from countersign.accounts.models import Person
from countersign.runs.errors import AppealError
from countersign.runs.models import Appeal, Run, RunState
from provenance import ledger
from provenance.types import EntryKind, Json, Sealed


@transaction.atomic
def make(run: Run, *, words: str, by: Person) -> Appeal:
    """Ask legal to look at a refused run. Raises AppealError without words, and for a run that was not refused."""
    if run.state != RunState.REFUSED:
        raise AppealError("Only a run that was refused can be appealed.")
    if not words.strip():
        raise AppealError("Say what legal should look at.")
    appeal = Appeal.objects.create(run=run, words=words.strip()[:2000], made_by=by, made_at=timezone.now())
    _note(EntryKind.APPEAL_MADE, appeal, by, said={"words": appeal.words})
    return appeal


@transaction.atomic
def answer(appeal: Appeal, *, words: str, by: Person) -> Appeal | Refusal:
    """Legal's answer, once, and by somebody else. The refusal stays: what may be made is said by consents and rules.

    Refused to whoever appealed, and a second time. Raises AppealError without words.
    """
    if not words.strip():
        raise AppealError("Say what you found.")
    row = Appeal.objects.select_for_update(no_key=True).get(pk=appeal.pk)
    reason = _against(row, by)
    if reason:
        _note(EntryKind.APPEAL_ANSWER_REFUSED, row, by, reasons=[reason.code.value])
        return Refusal(reasons=(reason,), decided_at=timezone.now())
    Appeal.objects.filter(pk=row.pk).update(answer=words.strip()[:2000], answered_by=by, answered_at=timezone.now())
    row.refresh_from_db()
    _note(EntryKind.APPEAL_ANSWERED, row, by, said={"answer": row.answer})
    return row


def _against(appeal: Appeal, by: Person) -> Reason | None:
    if appeal.answered_at is not None:
        return Reason(
            code=ReasonCode.WRONG_STATE,
            sentence="This appeal was answered already.",
            asked="to answer it again",
            allowed="once",
            remedy="Whoever still disagrees may appeal again.",
        )
    if appeal.made_by_id == by.pk:
        return Reason(
            code=ReasonCode.SAME_PERSON,
            sentence="Nobody answers their own appeal.",
            asked="answered by the same person",
            allowed="answered by a second person from legal",
            remedy="Ask a colleague from legal to look at it and answer.",
        )
    return None


def _note(kind: EntryKind, appeal: Appeal, by: Person, *, said: dict[str, str] | None = None, **body: Json) -> None:
    ledger.append(
        kind,
        subject=f"run:{appeal.run_id}",
        actor=f"person:{by.pk}",
        body={"appeal": str(appeal.pk), **body},
        sealed=Sealed(of=f"run:{appeal.run_id}", values=dict(said)) if said else (),
    )
