"""A performer's face: measured, proposed, and only then enrolled, when somebody else or the performer has confirmed it.

The rules this module keeps:
1. A measured face counts for nothing until it is confirmed: by legal who did not send the pictures, or by the performer
   in their own session, whoever sent them.
2. A face that looks like another performer's is confirmed by legal alone.
3. What was confirmed stands in the ledger with the digest of the template; a template that the ledger does not know as
   confirmed is not opened (`testimony.confirmed`).
4. A performer has one proposed face at a time, and it was compared with the template that stands.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from consent.enrolment import ProposedFace
from consent.errors import KeyDestroyedError
from consent.models import ConsentRecord, Performer, VaultKey
from consent.services import identity, people, secrets, testimony
from consent.services.entries import Somebody, codes, note, subject_of
from consent.services.steps import second_person
from consent.types import ConsentState, Reason, ReasonCode, Refusal
from provenance.types import EntryKind, Json, Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A face as a worker measured it. `way` is how it came (stills, clip), `against` the digest of the template that it
    was compared with, empty if there was none, `looks_like` how near other performers' faces are."""

    template: bytes
    recogniser: str
    stills: int
    portrait: bytes
    way: str = "stills"
    own: bool = False
    against: str = ""
    looks_like: Mapping[UUID, float] = field(default_factory=dict)


@transaction.atomic
def propose_face(
    performer: Performer, measured: Measured, *, enrolment: UUID, by: Somebody, keyring: secrets.Keyring
) -> ProposedFace | Refusal:
    """Keep a measured face, encrypted under the release, until it is confirmed. Raises KeyDestroyedError, VaultError.

    Refused with NO_BIOMETRIC_RELEASE where no active consent releases it, with WRONG_STATE where another waits or the
    template that stands is no longer the one it was compared with.
    """
    release = people.releases(performer).select_for_update(no_key=True).order_by("-valid_until").only("pk").first()
    row = Performer.objects.select_for_update(no_key=True).get(pk=performer.pk)
    if release is None:
        return _not_proposed(performer, people.no_release(performer), by=by)
    if reason := _not_now(row, measured):
        return _not_proposed(performer, reason, by=by)
    template = keyring.key(release.pk).encrypt(measured.template, people.context(performer.pk))
    key = secrets.key_of(release.pk)
    if key is None:
        raise KeyDestroyedError("The key of the release is destroyed.")
    proposed = ProposedFace.objects.create(
        pk=enrolment,
        performer=performer,
        template=template,
        key=key,
        recogniser=measured.recogniser,
        stills=measured.stills,
        portrait=measured.portrait,
        looks_like=[str(pk) for pk in measured.looks_like],
        own=measured.own,
        proposed_by_id=by.pk,
    )
    _note_measured(proposed, measured, release.pk, by=by)
    return proposed


@transaction.atomic
def confirm_face(proposed: ProposedFace, *, by: Somebody) -> Performer | Refusal:
    """From now on the performer is recognised by this face. That `by` is legal here, or the performer, is looked at by
    the caller; that they did not send the pictures, unless it is their own face, is looked at here."""
    performer, row = _lock(proposed)
    reason = _gone(performer) if row is None else _may_not(performer, row, by=by)
    if row is None or reason is not None:
        return _refuse(performer, reason or _gone(performer), by=by)
    Performer.objects.filter(pk=performer.pk).update(
        template=bytes(row.template),
        template_key=row.key,
        template_recogniser=row.recogniser,
        template_stills=row.stills,
        portrait=bytes(row.portrait),
        enrolled_at=timezone.now(),
    )
    body: dict[str, Json] = {
        "enrolment": str(row.pk),
        "template_sha256": testimony.digest(row.template),
        "own": performer.person_id == by.pk,
    }
    note(EntryKind.PERFORMER_ENROLMENT_CONFIRMED, subject=subject_of(performer), by=by, body=body)
    row.delete()
    performer.refresh_from_db()
    return performer


@transaction.atomic
def reject_face(proposed: ProposedFace, *, by: Somebody) -> Reason | Refusal:
    """The pictures do not show the performer, somebody says: the face is forgotten. Whoever may confirm may reject, and
    so may whoever sent them. The reason is for the enrolment's row."""
    performer, row = _lock(proposed)
    if row is None:
        return _refuse(performer, _gone(performer), by=by)
    body: dict[str, Json] = {"enrolment": str(row.pk), "own": performer.person_id == by.pk}
    note(EntryKind.PERFORMER_ENROLMENT_REJECTED, subject=subject_of(performer), by=by, body=body)
    row.delete()
    return _rejected(performer)


def _lock(proposed: ProposedFace) -> tuple[Performer, ProposedFace | None]:
    """The release first, then the performer, then the face itself, which may have gone meanwhile."""
    release = ConsentRecord.objects.filter(pk__in=VaultKey.objects.filter(pk=proposed.key_id).values("consent"))
    list(release.select_for_update(no_key=True).only("pk"))
    performer = people.present(proposed.performer)
    row = ProposedFace.objects.select_for_update().select_related("key__consent").filter(pk=proposed.pk)
    return performer, row.first()


def _not_proposed(performer: Performer, reason: Reason, *, by: Somebody) -> Refusal:
    people.refuse_enrolment(performer, reasons=(reason,), by=by)
    return Refusal(reasons=(reason,), decided_at=timezone.now())


def _not_now(performer: Performer, measured: Measured) -> Reason | None:
    if ProposedFace.objects.filter(performer=performer).exists():
        return _waits(performer)
    return None if testimony.template_of(performer) == measured.against else _overtaken(performer)


def _may_not(performer: Performer, row: ProposedFace, *, by: Somebody) -> Reason | None:
    """(0) The release stands. (1) It is the performer's own face, or somebody else sent it. (2) Whoever came in by an
    invitation has been looked at before they speak for their face. (3) Legal for a double."""
    consent = row.key.consent
    if consent.state != ConsentState.ACTIVE or not consent.valid_from <= timezone.now() < consent.valid_until:
        return people.no_release(performer)
    if performer.person_id != by.pk:
        return _second_person(performer) if row.proposed_by_id == by.pk else None
    if not identity.known(performer):
        return _who_are_you(performer)
    return _double(performer) if row.looks_like else None


def _refuse(performer: Performer, reason: Reason, *, by: Somebody) -> Refusal:
    body: dict[str, Json] = {"reasons": codes([reason])}
    note(EntryKind.PERFORMER_ENROLMENT_CONFIRMATION_REFUSED, subject=subject_of(performer), by=by, body=body)
    return Refusal(reasons=(reason,), decided_at=timezone.now())


def _note_measured(proposed: ProposedFace, measured: Measured, release: UUID, *, by: Somebody) -> None:
    body: dict[str, Json] = {
        "consent": str(release),
        "recogniser": measured.recogniser,
        "stills": measured.stills,
        "enrolment": str(proposed.pk),
        "way": measured.way,
        "own": measured.own,
        "template_sha256": testimony.digest(proposed.template),
        "looks_like": list(proposed.looks_like),
    }
    scores: dict[str, Json] = {f"likeness:{pk}": round(score, 4) for pk, score in measured.looks_like.items()}
    subject = subject_of(proposed.performer)
    sealed = (Sealed(of=subject, values=scores),) if scores else ()
    note(EntryKind.PERFORMER_ENROLLED, subject=subject, by=by, body=body, sealed=sealed)


def _waits(performer: Performer) -> Reason:
    return Reason(
        code=ReasonCode.WRONG_STATE,
        sentence=f"A face of {performer.name} waits to be confirmed already.",
        asked="to measure another one",
        allowed="one at a time",
        remedy="Have the one that waits confirmed or rejected, then send new pictures if they are still wanted.",
    )


def _overtaken(performer: Performer) -> Reason:
    return Reason(
        code=ReasonCode.WRONG_STATE,
        sentence=f"Another face of {performer.name} was confirmed while these pictures were measured.",
        asked="to enrol a face that was not compared with it",
        allowed="only a face that agrees with the one that stands",
        remedy="Send the pictures again.",
    )


def _gone(performer: Performer) -> Reason:
    return Reason(
        code=ReasonCode.WRONG_STATE,
        sentence=f"No face of {performer.name} waits to be confirmed here any more.",
        asked="to confirm or reject it",
        allowed="once",
        remedy="Look at the performer again: it was confirmed, rejected or destroyed meanwhile.",
    )


def _second_person(performer: Performer) -> Reason:
    return second_person(
        f"Whoever sent the pictures of {performer.name} cannot confirm them.",
        asked="to confirm pictures that you sent",
        allowed="somebody else of legal, or the performer in their own session",
        remedy="Ask another person of legal, or the performer.",
    )


def _who_are_you(performer: Performer) -> Reason:
    return second_person(
        f"Nobody has confirmed yet that whoever came in by the invitation is {performer.name}.",
        asked="to confirm your own face",
        allowed="once a second person has confirmed who you are, or legal in your place",
        remedy="Ask legal to confirm your identity, or to look at these pictures themselves.",
    )


def _double(performer: Performer) -> Reason:
    return Reason(
        code=ReasonCode.LOOKS_LIKE_ANOTHER,
        sentence=f"This face of {performer.name} looks like another performer's: legal has to look.",
        asked="to confirm it by yourself",
        allowed="legal, who see both faces side by side",
        remedy="Nothing to do for you: legal finds it on their page.",
    )


def _rejected(performer: Performer) -> Reason:
    return Reason(
        code=ReasonCode.ENROLMENT_REJECTED,
        sentence=f"The pictures were rejected: they do not show {performer.name}, or not surely.",
        asked="to be known by these pictures",
        allowed="pictures that a second person, or the performer, confirms",
        remedy="Send pictures of the performer alone, sharp, from the front and from both sides.",
    )
