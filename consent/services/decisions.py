"""Asking the gate about a run, under the locks of the consents it would use."""

from collections.abc import Iterable, Sequence, Set
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from consent import gate, particulars, policy, record, seal, sightings, wording
from consent.errors import TermsError
from consent.models import ConsentRecord, ConsentUse, Performer
from consent.services import budgets, houses, testimony
from consent.services.budgets import Used
from consent.services.entries import Somebody, codes, note
from consent.types import (
    Assurance,
    ConsentState,
    Grant,
    GrantedConsent,
    Matter,
    Participant,
    Reason,
    Refusal,
    Release,
    Request,
    Standing,
    Terms,
)
from provenance.types import EntryKind, Json, Sealed

RELEASE = "release"  # the part a biometric release plays in a run
_LIGHT = ("offered_pdf", "signed_pdf")  # left out: they are large and the gate does not read them


@transaction.atomic
def decide(request: Request, *, by: Somebody, sealing_key: bytes, also: Sequence[Reason] = ()) -> str | Refusal:
    """Ask the gate, and take what it grants from the budgets: the sealed grant, or the refusal.

    The consents are locked until the caller's transaction ends, so that two runs cannot spend the same budget.
    `also` are reasons against the run that the caller knows of; with any of them there is no grant. Raises SealError
    for a key that cannot seal.
    """
    now = timezone.now()
    answer = _judge(request, now=now)
    if isinstance(answer, Refusal) or also:
        found = answer.reasons if isinstance(answer, Refusal) else ()
        refusal = Refusal(
            reasons=tuple(dict.fromkeys((*also, *found))), decided_at=now, policy_sha256=answer.policy_sha256
        )
        body = {**_asked(request), "reasons": codes(refusal.reasons), "policy_sha256": refusal.policy_sha256}
        note(EntryKind.RUN_REFUSED, subject=f"run:{request.run_id}", by=by, body=body, sealed=_sealed(request))
        return refusal
    sealed = seal.seal(answer, sealing_key)
    _spend(answer, now=now)
    body = {
        **_asked(request),
        "consents": [*map(_binding, answer.consents), *map(_binding_of_release, answer.releases)],
        "grant_sha256": seal.digest(answer),
        "policy_sha256": answer.policy_sha256,
        "expires_at": answer.expires_at.isoformat(),
    }
    note(EntryKind.RUN_GRANTED, subject=f"run:{request.run_id}", by=by, body=body, sealed=_sealed(request))
    return sealed


def reconsider(request: Request, *, now: datetime) -> Refusal | None:
    """The gate's refusal of a run that was granted, were it asked again now; None where it would still say yes.

    What the run itself has taken from the budgets does not count against it. Inside the caller's transaction: the
    consents stay locked until it ends, so that none is withdrawn between the answer and what is done on it.
    """
    answer = _judge(request, now=now)
    return answer if isinstance(answer, Refusal) else None


def weigh(request: Request, *, now: datetime, rules: policy.Rules | None = None) -> Grant | Refusal:
    """What the gate would answer, by other rules perhaps: nothing is locked, taken from a budget or written down."""
    return _judge(request, now=now, rules=rules, binding=False)


def _judge(
    request: Request, *, now: datetime, rules: policy.Rules | None = None, binding: bool = True
) -> Grant | Refusal:
    found = ConsentRecord.objects.select_for_update(no_key=True) if binding else ConsentRecord.objects.all()
    people = {p.performer_id for p in request.participants}.union(*map(sightings.people, request.participants))
    rows = list(
        found.filter(production_id=request.production_id, performer_id__in=people).order_by("pk").defer(*_LIGHT)
    )
    used = budgets.used(rows, besides=request.run_id)
    vouched = testimony.attested(rows)
    house = houses.of_production(request.production_id)
    rules = rules or (house.rules if house else None)
    if house is None or rules is None:
        return Refusal(reasons=(wording.unknown(),), decided_at=now)
    releases = _releases(rows, vouched=vouched, now=now)
    standings = (_standing(row, used.get(row.pk, Used()), attested=row.pk in vouched) for row in rows)
    dead = set(Performer.objects.filter(pk__in=people).exclude(deceased_at=None).values_list("pk", flat=True))
    consents = [
        replace(
            standing,
            release=releases.get(standing.terms.performer_id),
            struck=house.struck(standing.terms),
            died=standing.terms.performer_id in dead,
        )
        for standing in standings
        if standing is not None
    ]
    return gate.decide(request, consents=consents, now=now, rules=rules)


def _standing(row: ConsentRecord, used: Used, *, attested: bool) -> Standing | None:
    """The row as the gate sees it. Terms that cannot be read any more are no consent."""
    try:
        terms = record.from_json(row.terms)
    except TermsError:
        return None
    if not _is_about(row, terms):
        return None
    return Standing(
        terms=terms,
        state=ConsentState(row.state),
        document_sha256=row.document_sha256,
        terms_sha256=row.terms_sha256,
        level=Assurance(row.level),
        runs_used=used.runs,
        screen_seconds_used=used.screen_seconds,
        attested=attested,
    )


def _releases(rows: Iterable[ConsentRecord], *, vouched: Set[UUID], now: datetime) -> dict[UUID, Release]:
    """The biometric release that stands longest for each performer who gave one."""
    found: dict[UUID, Release] = {}
    for row in sorted(rows, key=lambda row: (row.valid_until, row.pk)):
        if row.pk in vouched and _stands_as_release(row, now=now):
            found[row.performer_id] = Release(
                consent_id=row.pk, document_sha256=row.document_sha256, terms_sha256=row.terms_sha256
            )
    return found


def _stands_as_release(row: ConsentRecord, *, now: datetime) -> bool:
    """By what was signed, not by the columns."""
    standing = _standing(row, Used(), attested=True)
    return (
        standing is not None
        and standing.state is ConsentState.ACTIVE
        and standing.terms.matter is Matter.BIOMETRIC_RELEASE
        and standing.terms.production_id == row.production_id
        and record.digest(standing.terms) == row.terms_sha256
        and standing.terms.valid_from <= now < standing.terms.valid_until
    )


def _is_about(row: ConsentRecord, terms: Terms) -> bool:
    """The columns only find the row: what was signed must name the same consent and the same performer."""
    return terms.consent_id == row.pk and terms.performer_id == row.performer_id


def _spend(grant: Grant, *, now: datetime) -> None:
    ConsentUse.objects.bulk_create(
        ConsentUse(
            consent_id=consent.consent_id,
            run_id=grant.run_id,
            part=consent.part.value,
            screen_seconds=grant.screen_seconds,
            at=now,
        )
        for consent in grant.consents
    )
    ConsentUse.objects.bulk_create(  # takes no budget, and tells which runs end with the release
        ConsentUse(consent_id=release.consent_id, run_id=grant.run_id, part=RELEASE, screen_seconds=0.0, at=now)
        for release in grant.releases
    )


def _asked(request: Request) -> dict[str, Json]:
    return {
        "production": str(request.production_id),
        "kind": request.kind.value,
        "screen_seconds": request.screen_seconds,
        "parameters_sha256": request.parameters_sha256,
        "participants": [_participant(participant) for participant in request.participants],
    }


def _sealed(request: Request) -> list[Sealed]:
    """What is personal, or the production's secret: provable later, and not to be read in the log."""
    return [Sealed(of=f"run:{request.run_id}", values=particulars.of(request)), *_scores(request)]


def _scores(request: Request) -> list[Sealed]:
    """How alike each face is, under the name of whom it was found to be: they can have it erased."""
    return [
        sealed
        for p in request.participants
        for sealed in sightings.scores(p.sightings, prefix=f"score:{p.part.value}", otherwise=f"run:{request.run_id}")
    ]


def _participant(participant: Participant) -> Json:
    return {
        "part": participant.part.value,
        "performer": str(participant.performer_id),
        "footage_sha256": participant.footage_sha256,
        "faces": [sightings.logged(sighting) for sighting in participant.sightings],
    }


def _binding(consent: GrantedConsent) -> Json:
    return {
        "consent": str(consent.consent_id),
        "part": consent.part.value,
        "document_sha256": consent.document_sha256,
        "terms_sha256": consent.terms_sha256,
    }


def _binding_of_release(release: Release) -> Json:
    return {
        "consent": str(release.consent_id),
        "part": RELEASE,
        "document_sha256": release.document_sha256,
        "terms_sha256": release.terms_sha256,
    }
