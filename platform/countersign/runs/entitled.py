"""Which keys a worker's request is good for: those of exactly the step it is at work on, and of nothing else."""

from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from consent import seal, services as consents
from consent.errors import SealError
from consent.models import ClipKey, GrantRedemption
from consent.release import Ask
from consent.services import releases
from consent.services.releases import Entitled
from consent.types import Grant, Part, ReasonCode, Refusal
from countersign import keys
from countersign.accounts.models import Production
from countersign.runs.keyring import ASKED_BY
from countersign.runs.models import Enrolment, EnrolmentState, Footage, FootageState, Output, Run
from countersign.runs.pipeline import CONVERT, SIGN, TRAIN

STEPS = {step.task: step for step in (TRAIN, CONVERT, SIGN)}


def look(asked: Ask, *, now: datetime) -> Entitled | Refusal:
    """What a request, known to be a worker's, is entitled to. Inside the caller's transaction; locks the consents.

    (0) The step is one of the worker's own queue.
    (1) The thing is at that step, at this attempt, and the worker is heard of.
    (2) Of a run: the gate's grant is the one named, has not expired, and its consents stand.
    (3) Of a run: the grant was taken up for this step, and the step is not finished.
    """
    kind, _, number = asked.subject.partition(":")
    find = _FINDERS.get((kind, asked.step))
    if find is None or ASKED_BY.get(asked.step) != asked.queue:  # (0)
        return _stale(now)
    try:
        return find(UUID(number), asked, now) or _stale(now)
    except ValueError:
        return _stale(now)


def about(asked: Ask) -> str:
    """What the entry of a refusal is about: the thing, where the ledger knows such things."""
    kind, _, _ = asked.subject.partition(":")
    return asked.subject if kind in ("run", "footage") else f"key-request:{asked.id}"


def _run(pk: UUID, asked: Ask, now: datetime) -> Entitled | Refusal | None:
    held = Run.objects.filter(pk=pk, state=STEPS[asked.step].works, attempt=asked.attempt, lease_until__gt=now)  # (1)
    token = held.values_list("sealed_grant", flat=True).first()
    if token is None:
        return None
    try:
        grant = seal.open(token, keys.gate_public(settings.KEYS), now)  # (2)
    except SealError as e:
        return _refused(now, ReasonCode(e.code))
    if grant.run_id != pk or seal.digest(grant) != asked.grant_sha256:
        return _refused(now, ReasonCode.GRANT_OTHER_RUN)
    named = tuple(sorted({consent.consent_id for consent in grant.consents}))
    releases.hold((*named, *(release.consent_id for release in grant.releases)))
    fallen = consents.standing(grant, now=now)
    if fallen is not None:
        return fallen
    if not _taken_up(grant, asked.step):  # (3)
        return _refused(now, ReasonCode.GRANT_REPLAYED)
    return Entitled(about=asked.subject, consents=named, clips=_clips(pk, grant))


def _clips(pk: UUID, grant: Grant) -> tuple[UUID, ...]:
    """The run's clips, as far as they are the ones that the grant names."""
    run = Run.objects.select_related("footage", "plate").get(pk=pk)
    of = ((run.footage, Part.LIKENESS), (run.plate, Part.PLATE))
    return tuple(clip.pk for clip, part in of if clip.sha256 == grant.footage_sha256(part))


def _taken_up(grant: Grant, step: str) -> bool:
    """Signing redeems nothing: it is the conversion's frames that it signs."""
    spent = GrantRedemption.objects.filter(nonce=grant.nonce, run_id=grant.run_id)
    if step == SIGN.task:
        return spent.filter(step=CONVERT.task, finished_at__isnull=False).exists()
    return spent.filter(step=step, finished_at__isnull=True).exists()


def _footage(pk: UUID, asked: Ask, now: datetime) -> Entitled | None:
    held = Footage.objects.filter(pk=pk, state=FootageState.EXAMINING, attempt=asked.attempt, lease_until__gt=now)
    return _templates(held, asked)


def _appraised(pk: UUID, asked: Ask, now: datetime) -> Entitled | None:
    """The plate of an output that is out and that nobody has looked at yet."""
    waiting = Output.objects.filter(run__plate_id=pk, published_at__isnull=False, poster=b"").values("run__plate")
    return _templates(Footage.objects.filter(pk__in=waiting), asked)


def _templates(clips: QuerySet[Footage], asked: Ask) -> Entitled | None:
    clip = clips.select_related("production").first()
    if clip is None:
        return None
    named = tuple(consents.template_keys(clip.production))
    releases.hold(named)
    return Entitled(about=asked.subject, consents=named, clips=(clip.pk,), of=asked.subject)


def _watched(pk: UUID, asked: Ask, now: datetime) -> Entitled | None:
    """A clip that somebody may watch; who, was looked at by the web process, and stands in the ledger."""
    there = Footage.objects.filter(pk=pk).exists()
    return Entitled(about=asked.subject, clips=(pk,)) if there else None


def _coming(pk: UUID, asked: Ask, now: datetime) -> Entitled | None:
    """A clip that is not there yet, of a production that is. Raises ValueError for what is no production's id."""
    known = Footage.objects.filter(pk=pk).exists() or ClipKey.objects.filter(clip=pk).exists()
    there = Production.objects.filter(pk=UUID(asked.production)).exists()
    return Entitled(about=asked.subject, new=pk) if there and not known and asked.clip_sha256 else None


def _enrolment(pk: UUID, asked: Ask, now: datetime) -> Entitled | Refusal | None:
    held = Enrolment.objects.filter(pk=pk, state=EnrolmentState.WORKING, attempt=asked.attempt, lease_until__gt=now)
    enrolment = held.select_related("performer").first()
    if enrolment is None:
        return None
    named = consents.enrolment_keys(enrolment.performer)
    if not named:
        return _refused(now, ReasonCode.NO_BIOMETRIC_RELEASE)
    return Entitled(about=f"performer:{enrolment.performer_id}", consents=tuple(named), of=asked.subject)


def _stale(now: datetime) -> Refusal:
    return _refused(now, ReasonCode.KEY_REQUEST_STALE)


def _refused(now: datetime, code: ReasonCode) -> Refusal:
    return Refusal(reasons=(releases.in_words(code),), decided_at=now)


_FINDERS: Mapping[tuple[str, str], Callable[[UUID, Ask, datetime], Entitled | Refusal | None]] = {
    **{("run", step): _run for step in STEPS},
    ("footage", "examine"): _footage,
    ("enrolment", "enrol"): _enrolment,
    ("footage", "appraise"): _appraised,
    ("footage", "view"): _watched,
    ("footage", "keep"): _coming,
}
