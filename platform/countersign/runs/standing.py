"""What becomes of runs, models and clips when a consent stops standing: in the transaction in which it does.

Rows are locked before the ledger is, and in the order that every other transaction locks them: consents first, in the
order of their ids, then runs.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import transaction

from consent import services as consents
from consent.models import ConsentRecord, ConsentUse, Performer
from consent.services.answers import Proof
from consent.types import ConsentState, Reason, ReasonCode, Refusal, Suspension
from countersign.accounts.models import Person
from countersign.runs import ending, pipeline
from countersign.runs.models import LikenessModel, Run, RunState


def approve(
    record: ConsentRecord, *, by: Person, proof: Proof | None = None, signed: bool = False
) -> ConsentRecord | Refusal:
    """A second person lets a consent take effect. Where it takes the place of an older version, runs under that one
    stop, and its models go on under the new one or are destroyed with their key."""
    if record.amends is None:
        return consents.approve(record, by=by, proof=proof, signed=signed)
    old = record.amends
    with held(record, old) as runs:
        gone = consents.holdings(old)
        answer = consents.approve(record, by=by, proof=proof, signed=signed)
        if isinstance(answer, ConsentRecord):
            if consents.goes_on(old, answer):
                _stop(runs[old.pk], _amended(record), by=by)
                LikenessModel.objects.filter(consent=old, destroyed_at=None).update(consent=answer)
            else:
                ending.close_early(old, gone, reason=_amended(record), by=by)
    return answer


def suspend(record: ConsentRecord, *, by: Person, why: Suspension, words: str = "") -> ConsentRecord | Refusal:
    """Nothing is made under a consent until it is lifted; what is under way stops, and has to be asked for again."""
    with held(record) as runs:
        answer = consents.suspend(record, by=by, why=why, words=words)
        if isinstance(answer, ConsentRecord):
            _stop(runs[record.pk], _suspended(record), by=by)
    return answer


def record_death(performer: Performer, *, by: Person) -> Performer | Refusal:
    """The performer has died: consents that do not outlive them end, with keys, models and runs; others are suspended
    until the estate has confirmed them."""
    with held(*performer.consents.all()) as runs:
        before = dict(performer.consents.values_list("pk", "state"))
        gone = {record.pk: consents.holdings(record) for record in performer.consents.all()}
        answer = consents.record_death(performer, by=by)
        for record in performer.consents.order_by("pk"):
            if record.state == before[record.pk]:
                continue
            if record.state == ConsentState.EXPIRED:
                ending.close_early(record, gone[record.pk], reason=_died(performer), by=by)
            else:
                _stop(runs[record.pk], _died(performer), by=by)
    return answer


def suspend_unproven() -> int:
    """Suspend, by the clock, what nobody can be shown to have been allowed to sign any more: a guardian's order or an
    estate's probate has run out. How many consents there were. Raises LedgerError."""
    return sum(map(_suspend_unproven, consents.unproven()))


def _suspend_unproven(record: ConsentRecord) -> bool:
    with held(record) as runs:
        why = consents.lapse_of(record)
        if why is None or not consents.suspend_by_itself(record, by=ending.CLOCK, why=why):
            return False
        _stop(runs[record.pk], _lapsed(record), by=ending.CLOCK)
    return True


@contextmanager
def held(*records: ConsentRecord) -> Iterator[dict[UUID, list[Run]]]:
    """The runs under each of these consents, everything locked, in one transaction."""
    with transaction.atomic():
        found = ConsentRecord.objects.select_for_update(no_key=True).filter(pk__in=[record.pk for record in records])
        ids = list(found.order_by("pk").values_list("pk", flat=True))
        uses = list(ConsentUse.objects.filter(consent__in=ids).values_list("consent_id", "run_id"))
        rows = Run.objects.select_for_update(no_key=True).filter(pk__in=[run for _, run in uses]).order_by("pk")
        runs = {run.pk: run for run in rows}
        yield {pk: [runs[run] for one, run in sorted(set(uses)) if one == pk and run in runs] for pk in ids}


def _stop(runs: Iterable[Run], reason: Reason, *, by: Person | str) -> None:
    actor = by if isinstance(by, str) else f"person:{by.pk}"
    for run in runs:
        pipeline.halt(run, RunState.STOPPED, reasons=(reason,), actor=actor)


def _amended(record: ConsentRecord) -> Reason:
    return Reason(
        code=ReasonCode.CONSENT_AMENDED,
        sentence=f"A newer version took the place of the consent of {record.performer.name}.",
        asked="to go on with the run",
        allowed="only under the consent it was granted by",
        remedy="Ask again: the gate decides by the newer version, and counts what was used before.",
    )


def _suspended(record: ConsentRecord) -> Reason:
    return Reason(
        code=ReasonCode.CONSENT_SUSPENDED,
        sentence=f"The consent of {record.performer.name} was suspended.",
        asked="to go on with the run",
        allowed="nothing until it is lifted",
        remedy="Ask again once it stands; legal or the performer lifts it.",
    )


def _lapsed(record: ConsentRecord) -> Reason:
    return Reason(
        code=ReasonCode.CONSENT_SUSPENDED,
        sentence=f"What showed who may sign for {record.performer.name} has run out, so their consent is suspended.",
        asked="to go on with the run",
        allowed="nothing until a proof that counts is there",
        remedy="Upload a newer proof; once somebody else of legal approved it, legal lifts the suspension.",
    )


def _died(performer: Performer) -> Reason:
    return Reason(
        code=ReasonCode.CONSENT_NOT_ACTIVE,
        sentence=f"{performer.name} has died, so their consent ended or waits for their estate.",
        asked="to go on with the run",
        allowed="only under a consent that outlives them and that the estate confirmed",
        remedy="Speak with the estate.",
    )
