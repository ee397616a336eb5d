"""Strikes and changes of the rules, as far as they reach runs: nobody decides on one meanwhile, and open ones stop.

The house stands still (`quiet.alone`) while a strike is called or rules change, so that a run is decided on before or
after it and never across it. Whoever is asked for a preview asks the gate itself, once by each set of rules.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from consent import policy, record, services as consents, wording
from consent.models import ConsentRecord, ConsentUse, PolicyVersion, Strike
from consent.services import houses, rulebook, strikes
from consent.types import Reason, ReasonCode, Refusal, Request
from countersign import quiet
from countersign.accounts.models import Organisation, Person, Production
from countersign.runs import pipeline, requests
from countersign.runs.models import OPEN_STATES, Run, RunState

LOOKED_BACK = timedelta(days=30)
MOST = 500  # runs that a preview asks about


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A run on which the two sets of rules say different things, and the reasons of the one that says no."""

    run: Run
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What other rules would do to open runs, and to those refused in the last 30 days; `more` if others were not
    asked about."""

    refused: tuple[Changed, ...]
    allowed: tuple[Changed, ...]
    asked: int
    more: bool


@transaction.atomic
def call_strike(organisation: Organisation, *, union: str, production: Production | None, by: Person) -> Strike:
    """Throw the switch and stop what is under way. Raises ConsentError for no union's name, and for
    another house's production."""
    quiet.alone(organisation.pk)
    runs = _open(organisation)
    strike = strikes.call(organisation, union=union, production=production, by=by)
    for run in _struck(runs, houses.of(organisation.pk)):
        reason = Reason(
            code=ReasonCode.UNION_ON_STRIKE,
            sentence=f"{strike.union} is on strike, so this run was stopped.",
            remedy="Start it again when the strike is over; the footage and consents are kept.",
        )
        pipeline.halt(run, RunState.STOPPED, reasons=(reason,), actor=f"person:{by.pk}")
    return strike


@transaction.atomic
def lift_strike(strike: Strike, *, by: Person) -> Strike | Refusal:
    quiet.alone(strike.organisation_id)
    return strikes.lift(strike, by=by)


@transaction.atomic
def approve(version: PolicyVersion, *, by: Person) -> PolicyVersion | Refusal:
    if version.organisation_id is None:
        raise RuntimeError("the first version is nobody's to approve")
    quiet.alone(version.organisation_id)
    return rulebook.approve(version, by=by)


def preview(version: PolicyVersion) -> Preview:
    """What the rules of `version` would change, by really asking the gate."""
    if version.organisation_id is None:
        raise RuntimeError("the first version changes nothing")
    new, now_in_force = policy.parse(version.files), houses.of(version.organisation_id).rules
    rows = _runs(version.organisation_id)
    found = list(rows[: MOST + 1])
    refused, allowed = [], []
    for run in found[:MOST]:
        before, after = _answers(run, now_in_force, new)
        if run.state in OPEN_STATES and after and not before:
            refused.append(Changed(run=run, reasons=after))
        if run.state == RunState.REFUSED and before and not after:
            allowed.append(Changed(run=run, reasons=before))
    return Preview(refused=tuple(refused), allowed=tuple(allowed), asked=len(found[:MOST]), more=len(found) > MOST)


def _answers(run: Run, old: policy.Rules | None, new: policy.Rules) -> tuple[tuple[Reason, ...], tuple[Reason, ...]]:
    """The reasons against the run by the rules in force and by the others; none for a yes."""
    request = requests.of_run(run)
    return (_against(request, old) if old else (wording.unknown(),)), _against(request, new)


def _against(request: Request, rules: policy.Rules) -> tuple[Reason, ...]:
    answer = consents.weigh(request, now=timezone.now(), rules=rules)
    return answer.reasons if isinstance(answer, Refusal) else ()


def _runs(organisation: UUID) -> QuerySet[Run]:
    since = timezone.now() - LOOKED_BACK
    lately = Q(state=RunState.REFUSED, requested_at__gte=since)
    rows = Run.objects.filter(Q(state__in=OPEN_STATES) | lately, production__organisation=organisation)
    return rows.select_related("production", "likeness", "plate_performer", "footage", "plate", "requested_by")


def _open(organisation: Organisation) -> list[Run]:
    """The open runs of the house, locked before the ledger is."""
    rows = Run.objects.select_for_update(no_key=True).filter(production__organisation=organisation)
    return list(rows.filter(state__in=OPEN_STATES).order_by("pk"))


def _struck(runs: list[Run], house: houses.House) -> Iterator[Run]:
    used: dict[UUID, set[UUID]] = {}
    uses = ConsentUse.objects.filter(run_id__in=[run.pk for run in runs]).values_list("run_id", "consent_id")
    for run_id, consent_id in uses:
        used.setdefault(run_id, set()).add(consent_id)
    rows = ConsentRecord.objects.filter(pk__in={pk for pks in used.values() for pk in pks})
    struck = {row.pk for row in rows.defer("offered_pdf", "signed_pdf") if house.struck(record.from_json(row.terms))}
    return (run for run in runs if used.get(run.pk, set()) & struck)
