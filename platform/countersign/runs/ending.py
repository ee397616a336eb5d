"""A consent ends, by withdrawal or by the clock: work under it stops, keys and models go, outputs say so.

The rules this module keeps:
1. Each end is one transaction. What lies outside the database goes after the commit, and is owed until it has gone.
2. A withdrawal may be written at any time. An expiry is found by a supervisor, again and again (`clock.keep_ended`).
3. On withdrawal the contract says whether published outputs come down. On expiry and after a death they stay, for they
   were made in time, and say that the consent has ended. After an amendment they go on under the newer version.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from consent import life, record as records, services as consents
from consent.destruction import Destroyed, Why
from consent.models import ConsentRecord, ConsentUse
from consent.types import ConsentState, Matter, Reason, ReasonCode
from countersign import keys, log
from countersign.accounts.models import Person
from countersign.runs import pipeline, sharing, storage
from countersign.runs.models import OPEN_STATES, LikenessModel, Output, OutputState, Run, RunState
from provenance import ledger
from provenance.types import EntryKind

CLOCK = "system:clock"


@dataclass(frozen=True, slots=True, kw_only=True)
class _End:
    """How a consent ends: who brought it about, and what that means for runs and outputs."""

    why: Why
    actor: str
    run_state: RunState
    reason: Reason
    output_state: OutputState


def withdraw(record: ConsentRecord, *, by: Person, reason: str, why: Why = Why.WITHDRAWAL) -> ConsentRecord:
    """A performer's consent ends now, and the versions whose place it took: keys are destroyed, open runs stop, models
    go, outputs are flagged."""
    with transaction.atomic():
        every = [record, *consents.versions_before(record)]
        rows = ConsentRecord.objects.select_for_update(no_key=True, of=("self",))
        list(rows.filter(pk__in=[one.pk for one in every]).order_by("pk").values_list("pk"))
        for older in every[1:]:
            _withdraw(older, by=by, reason="", why=why)
        return _withdraw(record, by=by, reason=reason, why=why)


def _withdraw(record: ConsentRecord, *, by: Person, reason: str, why: Why) -> ConsentRecord:
    with transaction.atomic():
        held = _locked(record)
        if held.state not in life.starts(life.Act.WITHDRAW):
            return consents.withdraw(record, by=by, reason=reason)
        runs, gone = _runs_of(held), consents.holdings(held)
        withdrawn = consents.withdraw(record, by=by, reason=reason)
        down = records.from_json(withdrawn.terms).after_withdrawal == "take-down"
        end = _End(
            why=why,
            actor=f"person:{by.pk}",
            run_state=RunState.WITHDRAWN,
            reason=_withdrawn(held),
            output_state=OutputState.TAKEN_DOWN if down else OutputState.FLAGGED,
        )
        _end_work(held, runs, end)
        _destroy(held, gone, end)
    return withdrawn


def expire_due(now: datetime | None = None) -> int:
    """Everything whose time is over: windows first, then what was kept for some days more; how many consents there
    were. Raises LedgerError."""
    now = now or timezone.now()
    over = sum(_expire(row, now=now) for row in consents.overdue(now))
    return over + sum(_forget(row) for row in consents.kept_too_long(now))


def certify_due() -> int:
    """Issue the certificates of what is gone by now; how many. Raises CertificateError, LedgerError."""
    due = consents.certifiable()
    if not due:
        return 0
    log.settle()  # certificates name entries by their places
    issuer = consents.Issuer(
        name=settings.SITE_URL,
        private_pem=keys.certificate_private(settings.KEYS),
        store=settings.KEYSTORE.partition(":")[0],
    )
    return sum(consents.issue(pk, by=issuer) is not None for pk in due)


def close_early(record: ConsentRecord, gone: Destroyed, *, reason: Reason, by: Person) -> None:
    """A consent has ended before its last day: work under it stops, what was kept goes, and the certificate is owed. In
    the transaction that ended it; `gone` is what there was before (`consent.services.holdings`)."""
    held = _locked(record)
    end = replace(_over(held), actor=f"person:{by.pk}", reason=reason)
    _end_work(held, _runs_of(held), end)
    consents.destroy_key(held)
    _destroy(held, gone, end)


@transaction.atomic
def _expire(row: ConsentRecord, *, now: datetime) -> bool:
    held = _locked(row)
    runs = _runs_of(held)
    if not consents.expire(held, now=now):
        return False
    _end_work(held, runs, _over(held))
    return True


@transaction.atomic
def _forget(row: ConsentRecord) -> bool:
    """What was kept after the window goes too."""
    held = _locked(row)
    if held.state != ConsentState.EXPIRED or held.destructions.exists():
        return False
    gone = consents.holdings(held)
    consents.destroy_key(held)
    _destroy(held, gone, _over(held))
    return True


def _locked(record: ConsentRecord) -> ConsentRecord:
    """Rows are locked before the ledger is written, consents first."""
    return ConsentRecord.objects.select_for_update(no_key=True, of=("self",)).get(pk=record.pk)


def _runs_of(record: ConsentRecord) -> list[Run]:
    """Runs under the consent, locked in the order of their ids."""
    used = ConsentUse.objects.filter(consent=record).values("run_id")
    return list(Run.objects.select_for_update(no_key=True).filter(pk__in=used).order_by("pk"))


def _end_work(record: ConsentRecord, runs: Sequence[Run], end: _End) -> None:
    """What was made stands on the replica's consent, not on the release, and goes on under a newer version."""
    _stop(runs, end)
    if record.matter == Matter.REPLICA and record.state != ConsentState.AMENDED:
        _flag_outputs(runs, end)


def _stop(runs: Iterable[Run], end: _End) -> None:
    for run in runs:
        pipeline.halt(run, end.run_state, reasons=(end.reason,), actor=end.actor)


def _destroy(record: ConsentRecord, gone: Destroyed, end: _End) -> None:
    """Models and clips go with the key, and the certificate is owed."""
    models = list(LikenessModel.objects.filter(consent=record, destroyed_at=None).order_by("pk"))
    for model in models:
        _destroy_model(model, end)
    clips = sharing.close(record, actor=end.actor)
    ids = [clip.pk for clip in clips]
    _stop(Run.objects.filter(Q(footage__in=ids) | Q(plate__in=ids), state__in=OPEN_STATES).order_by("pk"), end)
    told = (*(f"model:{one.pk}" for one in models), *(f"footage:{one.pk}" for one in clips), *_outputs_of(record))
    sums = tuple(model.sha256 for model in models)
    consents.owe_certificate(record, why=end.why, destroyed=replace(gone, models=sums), subjects=told)


def _destroy_model(model: LikenessModel, end: _End) -> None:
    LikenessModel.objects.filter(pk=model.pk).update(destroyed_at=timezone.now())
    subject, body = f"model:{model.pk}", {"sha256": model.sha256}
    ledger.append(EntryKind.MODEL_DESTROYED, subject=subject, actor=end.actor, body=dict(body))
    path = storage.model(model.sha256)
    transaction.on_commit(lambda: path.unlink(missing_ok=True))


def _flag_outputs(runs: Iterable[Run], end: _End) -> None:
    """What came out of these runs under the consent says so from now on; what is not out yet never comes out."""
    reached = Output.objects.filter(run__in=[run.pk for run in runs])
    for output in reached.exclude(state__in=(OutputState.TAKEN_DOWN, end.output_state)):
        if end.output_state is OutputState.ENDED and output.state == OutputState.FLAGGED:
            continue  # a withdrawal says more
        to = end.output_state if output.published_at else OutputState.TAKEN_DOWN
        down = timezone.now() if to is OutputState.TAKEN_DOWN else None
        Output.objects.filter(pk=output.pk).update(state=to, taken_down_at=down)
        ledger.append(
            EntryKind.OUTPUT_FLAGGED,
            subject=f"output:{output.pk}",
            actor=end.actor,
            body={"sha256": output.sha256, "to": to.value},
        )


def _outputs_of(record: ConsentRecord) -> list[str]:
    used: list[UUID] = list(ConsentUse.objects.filter(consent=record).values_list("run_id", flat=True))
    return [f"output:{pk}" for pk in Output.objects.filter(run__in=used).order_by("pk").values_list("pk", flat=True)]


def _over(record: ConsentRecord) -> _End:
    return _End(
        why=Why.EXPIRY,
        actor=CLOCK,
        run_state=RunState.STOPPED,
        reason=_ended(record),
        output_state=OutputState.ENDED,
    )


def _ended(record: ConsentRecord) -> Reason:
    name, day = record.performer.name, f"{record.valid_until:%-d %B %Y}"
    grown = consents.ends_of_age(record)
    return Reason(
        code=ReasonCode.CONSENT_EXPIRED,
        sentence=f"{name} came of age on {day}, and what a guardian signed for them ended."
        if grown
        else f"{name}'s consent ended on {day}.",
        remedy=f"Nothing can be made under it any more. Offer {name} a new consent, to sign themselves."
        if grown
        else "Nothing can be made under it any more. Offer the performer a new consent if the work is to go on.",
    )


def _withdrawn(record: ConsentRecord) -> Reason:
    return Reason(
        code=ReasonCode.CONSENT_WITHDRAWN,
        sentence=f"{record.performer.name} withdrew their consent.",
        remedy="Nothing can be made under it any more. Speak with the performer if you hope for a new consent.",
    )
