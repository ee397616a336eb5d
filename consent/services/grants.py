"""What becomes of a grant: redeemed once for each step of its run, and looked at again all the while."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.fields.json import KT
from django.utils import timezone

from consent import seal
from consent.errors import SealError
from consent.models import ConsentRecord, GrantRedemption
from consent.saying import day
from consent.services import houses, testimony
from consent.services.entries import codes, note
from consent.types import ConsentState, Grant, GrantedConsent, Reason, ReasonCode, Refusal, Release
from provenance.types import EntryKind, Json

STEPS = ("train", "convert")
_STATES: Mapping[str, tuple[ReasonCode, str]] = {
    ConsentState.WITHDRAWN: (ReasonCode.CONSENT_WITHDRAWN, "{} has withdrawn their consent."),
    ConsentState.SUSPENDED: (ReasonCode.CONSENT_SUSPENDED, "{}'s consent is suspended."),
    ConsentState.AMENDED: (ReasonCode.CONSENT_AMENDED, "A newer version took the place of {}'s consent; ask again."),
    ConsentState.EXPIRED: (ReasonCode.CONSENT_EXPIRED, "{}'s consent has ended."),
}


@transaction.atomic
def redeem(token: str, *, public_pem: bytes, run_id: UUID, step: str, now: datetime) -> Grant | Refusal:
    """Open a sealed grant for one step of the run it names: once, or again while that step is unfinished.

    (0) The gate sealed it and it has not expired.
    (1) It is this run's.
    (2) The consents it stands on stand.
    (3) This step was not finished under it before.
    """
    if step not in STEPS:
        raise RuntimeError(f"there is no step {step!r}; the steps are {', '.join(STEPS)}")
    try:
        grant = seal.open(token, public_pem, now)  # (0)
    except SealError as e:
        return _refuse_grant((_unsealed(e),), run_id=run_id, step=step, now=now)
    if grant.run_id != run_id:  # (1)
        return _refuse_grant((_other_run(),), run_id=run_id, step=step, now=now)
    fallen = standing(grant, now=now)  # (2)
    if fallen:
        return _refuse_grant(fallen.reasons, run_id=run_id, step=step, now=now)
    if not _take(grant, step=step, now=now):  # (3)
        return _refuse_grant((_replayed(step),), run_id=run_id, step=step, now=now)
    body: dict[str, Json] = {"step": step, "grant_sha256": seal.digest(grant)}
    note(EntryKind.GRANT_REDEEMED, subject=f"run:{run_id}", by=f"worker:{step}", body=body)
    return grant


@transaction.atomic
def finish(grant: Grant, *, step: str) -> bool:
    """The step is done and its grant spent; whether this call did it."""
    open_ones = GrantRedemption.objects.filter(
        nonce=grant.nonce, step=step, run_id=grant.run_id, finished_at__isnull=True
    )
    return open_ones.update(finished_at=timezone.now()) == 1


def standing(grant: Grant, *, now: datetime) -> Refusal | None:
    """Why the grant's consents no longer carry it, if so. Five queries, to be asked every second."""
    rows = {
        row["pk"]: row
        for row in ConsentRecord.objects.filter(pk__in=_ids(grant)).values(
            "pk", "state", "document_sha256", "terms_sha256", "valid_from", "valid_until", "performer__name",
            union=KT("terms__union"), representation=KT("terms__representation"),
        )
    }  # fmt: skip
    house = houses.of_production(grant.production_id)
    strikes = house.strikes if house else ()
    reasons = [reason for consent in grant.consents if (reason := _fallen(consent, rows.get(consent.consent_id), now))]
    reasons += [reason for one in grant.releases if (reason := _fallen(one, rows.get(one.consent_id), now))]
    reasons += [_struck(row) for row in rows.values() if _on_strike(row, strikes, grant)]
    if not grant.consents or not grant.releases:
        reasons = [_gone()]
    said = {reason.code for reason in reasons}
    if ReasonCode.CONSENT_WITHDRAWN not in said and testimony.withdrawn(_ids(grant)):
        reasons.append(_no_longer(ReasonCode.CONSENT_WITHDRAWN, "The ledger holds a withdrawal of this consent."))
    return Refusal(reasons=tuple(dict.fromkeys(reasons)), decided_at=now) if reasons else None


def _take(grant: Grant, *, step: str, now: datetime) -> bool:
    """Whether the step is this run's to do: never begun under this grant, or begun by this run and not finished."""
    spent, _ = GrantRedemption.objects.select_for_update().get_or_create(
        nonce=grant.nonce, step=step, defaults={"run_id": grant.run_id, "redeemed_at": now}
    )
    return spent.run_id == grant.run_id and spent.finished_at is None


def _refuse_grant(reasons: Sequence[Reason], *, run_id: UUID, step: str, now: datetime) -> Refusal:
    body: dict[str, Json] = {"step": step, "reasons": codes(reasons)}
    note(EntryKind.GRANT_REFUSED, subject=f"run:{run_id}", by=f"worker:{step}", body=body)
    return Refusal(reasons=tuple(reasons), decided_at=now)


def _ids(grant: Grant) -> list[UUID]:
    return [*(consent.consent_id for consent in grant.consents), *(release.consent_id for release in grant.releases)]


def _fallen(consent: GrantedConsent | Release, row: Mapping[str, Any] | None, now: datetime) -> Reason | None:
    ended = _ended(row, now)
    if ended or row is None:
        return ended
    if (row["document_sha256"], row["terms_sha256"]) != (consent.document_sha256, consent.terms_sha256):
        name = row["performer__name"]
        return _no_longer(ReasonCode.TERMS_DIFFER, f"{name}'s consent is not the one the grant was given under.")
    return None


def _ended(row: Mapping[str, Any] | None, now: datetime) -> Reason | None:
    """Why this consent, or release, no longer stands."""
    if row is None:
        return _gone()
    name = row["performer__name"]
    if row["state"] != ConsentState.ACTIVE:
        code, sentence = _STATES.get(row["state"], (ReasonCode.CONSENT_NOT_ACTIVE, "{}'s consent is not active."))
        return _no_longer(code, sentence.format(name))
    if now >= row["valid_until"]:
        return _no_longer(ReasonCode.CONSENT_EXPIRED, f"{name}'s consent ended on {day(row['valid_until'])}.")
    return None


def _on_strike(row: Mapping[str, Any], strikes: Sequence[houses.Stoppage], grant: Grant) -> bool:
    union, representation = str(row["union"] or ""), str(row["representation"] or "")
    return houses.strikes_on(strikes, union=union, representation=representation, at=grant.production_id)


def _struck(row: Mapping[str, Any]) -> Reason:
    union = row["union"] or "The performer's union"
    return _no_longer(
        ReasonCode.UNION_ON_STRIKE, f"{union} is on strike, so nothing is made of {row['performer__name']}."
    )


def _no_longer(code: ReasonCode, sentence: str) -> Reason:
    return Reason(
        code=code,
        sentence=sentence,
        asked="to go on with the run",
        allowed="only while the consent stands as it did when the run was granted",
        remedy="The run stops. A new run needs a consent that stands.",
    )


def _gone() -> Reason:
    return _no_longer(ReasonCode.NO_CONSENT, "The consent that the grant names does not exist.")


def _unsealed(error: SealError) -> Reason:
    expired = error.code == ReasonCode.GRANT_EXPIRED
    return Reason(
        code=ReasonCode(error.code),
        sentence="The grant has expired." if expired else "The grant was not sealed by this platform's gate.",
        asked=str(error)[:200],
        allowed="a grant sealed by the gate, in its time",
        remedy="Start the run again; the gate decides anew." if expired else "Nothing is made. Tell the operator.",
    )


def _other_run() -> Reason:
    return Reason(
        code=ReasonCode.GRANT_OTHER_RUN,
        sentence="The grant was given to another run.",
        asked="to use it for this run",
        allowed="only the run that it names",
        remedy="Start a run of its own; the gate decides on each.",
    )


def _replayed(step: str) -> Reason:
    return Reason(
        code=ReasonCode.GRANT_REPLAYED,
        sentence=f"The grant was spent already: its step “{step}” is finished.",
        asked=f"to {step} once more",
        allowed="each step once",
        remedy="Start a new run; the gate decides anew.",
    )
