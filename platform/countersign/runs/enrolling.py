"""What people do about a performer's face: send pictures or a clip, confirm that they show the performer, reject them.

Each function is one transaction that changes the state and writes the ledger. A refusal is a row with its reasons, or
is returned, never raised.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from consent import ceremony, record as records, services as consents
from consent.enrolment import ProposedFace
from consent.models import Performer
from consent.services import identity
from consent.types import Reason, ReasonCode, Refusal
from countersign.accounts.models import Person
from countersign.runs import outbox, services
from countersign.runs.models import Enrolment, EnrolmentState, Footage, FootageState, Still

LEAST_STILLS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """What was sent: at least five stills, or one clip. `passcode` is the performer's of that day."""

    stills: Sequence[bytes] = ()
    clip: bytes = b""
    passcode: str = ""


def enrol(performer: Performer, sent: Pictures, *, by: Person) -> Enrolment:
    """Have a face measured; refused at once without a biometric release, with too few pictures, or where the performer
    sends their own without the passcode of the day."""
    with transaction.atomic():
        performer = consents.present(performer)
        own = performer.person_id == by.pk
        way = "clip" if sent.clip else "stills"
        enrolment = Enrolment.objects.create(performer=performer, asked_by=by, way=way, own=own)
        reason = _may_not(performer, sent, own=own)
        if reason:
            consents.refuse_enrolment(performer, reasons=(reason,), by=by)
            return _refused(enrolment, (reason,))
        pictures = [sent.clip] if sent.clip else sent.stills
        Still.objects.bulk_create(Still(enrolment=enrolment, picture=picture) for picture in pictures)
        outbox.put("enrol", enrolment.pk)
    return enrolment


@transaction.atomic
def confirm(enrolment: Enrolment, *, by: Person) -> Enrolment | Refusal:
    """The pictures show the performer: from now on clips are searched for this face, those that are there again."""
    answer = consents.confirm_face(_proposed(enrolment), by=by)
    if isinstance(answer, Refusal):
        return answer
    Enrolment.objects.filter(pk=enrolment.pk).update(
        state=EnrolmentState.DONE, confirmed_by=by, confirmed_at=timezone.now()
    )
    enrolment.stills.all().delete()
    _look_again(answer)
    enrolment.refresh_from_db()
    return enrolment


@transaction.atomic
def reject(enrolment: Enrolment, *, by: Person) -> Enrolment | Refusal:
    """They do not, or not surely: the measured face and the pictures are gone."""
    answer = consents.reject_face(_proposed(enrolment), by=by)
    if isinstance(answer, Refusal):
        return answer
    enrolment.stills.all().delete()
    return _refused(enrolment, (answer,))


def _may_not(performer: Performer, sent: Pictures, *, own: bool) -> Reason | None:
    """The passcode is looked at last, so that none is used up in vain."""
    if own and not identity.known(performer):
        return ceremony.no(ReasonCode.IDENTITY_NOT_CONFIRMED)
    if not consents.has_biometric_release(performer):
        return consents.no_release(performer)
    if not sent.clip and len(sent.stills) < LEAST_STILLS:
        return Reason(
            code=ReasonCode.STILLS_TOO_FEW,
            sentence=f"{len(sent.stills)} pictures are too few to know a face by.",
            asked=f"{len(sent.stills)} pictures",
            allowed=f"at least {LEAST_STILLS}, better ten, or a short clip",
            remedy="Add sharp pictures of the face from the front and from both sides.",
        )
    return consents.spend_passcode(performer, sent.passcode, now=timezone.now()) if own else None


def _proposed(enrolment: Enrolment) -> ProposedFace:
    """The face that waits; one that is gone is found to be so under the locks."""
    found = ProposedFace.objects.filter(pk=enrolment.pk).first()
    return found or ProposedFace(pk=enrolment.pk, performer=enrolment.performer)


def _refused(enrolment: Enrolment, reasons: Sequence[Reason]) -> Enrolment:
    listed = records.reasons_to_json(reasons)
    Enrolment.objects.filter(pk=enrolment.pk).update(state=EnrolmentState.REFUSED, refusal=listed)
    enrolment.refresh_from_db()
    return enrolment


def _look_again(performer: Performer) -> None:
    productions = performer.consents.values("production")
    for footage in Footage.objects.filter(production__in=productions, state=FootageState.READY):
        services.examine(footage)
