"""What an erasure would reach, before it is done: what goes, what stays and why, and what stands in the way."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from consent.enrolment import ProposedFace
from consent.models import ConsentRecord, Performer
from consent.types import ConsentState, Matter, Reason, ReasonCode
from countersign.keeping import candidates, cover, holds
from countersign.keeping.models import Schedule
from countersign.keeping.schedule import What
from countersign.runs.models import OPEN_STATES, FaceTrack, Footage, LikenessModel, Output, Run, Still
from provenance import canonical
from provenance.models import Opening


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Counts by kind. `reasons` stand in the way; with any, nothing is erased."""

    goes: Mapping[str, int]
    stays: Mapping[str, int]
    reasons: tuple[Reason, ...] = ()

    @property
    def digest(self) -> str:
        """Names this plan: who confirms it, confirms what they were shown."""
        return canonical.sha256({"goes": dict(self.goes), "stays": dict(self.stays)})


@dataclass(slots=True)
class Documents:
    """The documents of a performer that an erasure destroys, and those that it may not."""

    free: list[ConsentRecord] = field(default_factory=list)
    held: list[ConsentRecord] = field(default_factory=list)
    by_law: list[ConsentRecord] = field(default_factory=list)


def plan(performer: Performer) -> Plan:
    papers, (free, held) = documents(performer), thumbnails(performer)
    standing = performer.consents.exclude(state=ConsentState.WITHDRAWN).count()
    goes = {
        "consents": standing,
        "documents": len(papers.free),
        "face": int(bool(performer.template) or bool(performer.portrait) or _proposed(performer)),
        "models": LikenessModel.objects.filter(performer=performer, destroyed_at=None).count(),
        "thumbnails": free.count(),
        "pictures": Still.objects.filter(enrolment__performer=performer).count(),
        "certificate": int(bool(performer.certificate_sha256 or performer.key_thumbprint)),
        "signers": performer.signatories.count() + performer.proofs.count(),
        "clips-ended": _ending(performer).count(),
        "account": int(account_goes(performer)),
        "values": Opening.objects.filter(of__in=owners(performer)).count(),
    }
    stays = {
        "documents-held": len(papers.held),
        "documents-by-law": len(papers.by_law),
        "thumbnails-held": held.count(),
        "clips": _clips(performer).exclude(pk__in=_ending(performer)).count(),
        "outputs": Output.objects.filter(run__in=cover.runs_with(performer), destroyed_at=None).count(),
        "account-of-crew": int(performer.person is not None and not account_goes(performer)),
    }
    return Plan(goes=goes, stays=stays, reasons=tuple(against(performer)))


def _proposed(performer: Performer) -> bool:
    """Whether a face that was measured waits to be confirmed."""
    return ProposedFace.objects.filter(performer=performer).exists()


def against(performer: Performer) -> Iterator[Reason]:
    """Why the performer cannot be erased now."""
    if performer.erased_at is not None:
        yield _already(performer.erased_at)
    for run in cover.runs_with(performer).filter(state__in=OPEN_STATES).order_by("requested_at"):
        yield _open(run)
    held = holds.standing(cover.of_performer(performer))
    if held:
        yield holds.reason_against(held)


def documents(performer: Performer) -> Documents:
    """Which documents are free to go: a hold over one beats the erasure, and so does a law that a schedule names."""
    found, now = Documents(), timezone.now()
    for record in performer.consents.filter(destroyed_at=None).select_related("production").order_by("pk"):
        if candidates.held(record):
            found.held.append(record)
        elif _required(record, now):
            found.by_law.append(record)
        else:
            found.free.append(record)
    return found


def thumbnails(performer: Performer) -> tuple[QuerySet[FaceTrack], QuerySet[FaceTrack]]:
    """The pictures of this face in clips: those free to go, and those in a clip that is held."""
    held = [clip.pk for clip in _clips(performer) if candidates.held(clip)]
    kept = FaceTrack.objects.filter(performer=performer).exclude(thumbnail=b"")
    return kept.exclude(footage__in=held), kept.filter(footage__in=held)


def account_goes(performer: Performer) -> bool:
    """Whoever also works on a production keeps their account; it is no longer the performer's."""
    return performer.person is not None and not performer.person.memberships.exists()


def owners(performer: Performer) -> list[str]:
    """Whose sealed values in the ledger go."""
    account = [f"person:{performer.person_id}"] if account_goes(performer) else []
    return [f"performer:{performer.pk}", *account]


def _required(record: ConsentRecord, now: datetime) -> bool:
    lawful = Schedule.objects.filter(production_id=record.production_id, what=What.DOCUMENTS).exclude(law="").first()
    if lawful is None:
        return False
    ended = min(record.withdrawn_at or now, record.valid_until)
    due = lawful.terms.due(ended)
    return due is not None and due > now


def _clips(performer: Performer) -> QuerySet[Footage]:
    return Footage.objects.filter(tracks__performer=performer, destroyed_at=None).distinct()


def _ending(performer: Performer) -> QuerySet[Footage]:
    """Clips that nobody can open any more once the performer's consents have ended."""
    live = performer.consents.filter(matter=Matter.REPLICA).exclude(state=ConsentState.WITHDRAWN)
    return _clips(performer).filter(production__in=live.values("production"))


def _open(run: Run) -> Reason:
    return Reason(
        code=ReasonCode.RUN_IS_OPEN,
        sentence=f"The run “{run.title}” is going on.",
        asked="to erase somebody who is in it",
        allowed="once no run is open",
        remedy="Withdraw the consent, which ends the run at once, or have the producer stop it; then come back.",
    )


def _already(erased_at: datetime) -> Reason:
    return Reason(
        code=ReasonCode.ERASED_ALREADY,
        sentence=f"This performer was erased on {erased_at:%-d %B %Y}.",
        asked="to erase them",
        allowed="once",
        remedy="Nothing is left to do.",
    )
