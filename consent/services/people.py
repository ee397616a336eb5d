"""Performers: adding them, binding them to a certificate, knowing their faces."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from consent import pki
from consent.errors import ConsentError, KeyDestroyedError
from consent.models import ConsentRecord, Performer
from consent.services import secrets
from consent.services.entries import Somebody, codes, note
from consent.types import ConsentState, Matter, Reading, Reason, ReasonCode, Refusal
from provenance.types import EntryKind, Json, Sealed


@transaction.atomic
def add_performer(organisation: Somebody, *, name: str, by: Somebody) -> Performer:
    """A new performer of `organisation`. Raises IntegrityError if it has one of that name."""
    performer = Performer.objects.create(organisation_id=organisation.pk, name=name)
    body: dict[str, Json] = {"organisation": str(organisation.pk)}
    note(EntryKind.PERFORMER_ADDED, subject=_subject(performer), by=by, body=body, sealed=_sealed(performer, name=name))
    return performer


def present(performer: Performer) -> Performer:
    """The performer as their row stands, locked until the caller's transaction ends. Raises ConsentError for one who
    was erased: nothing more is written of them."""
    row = Performer.objects.select_for_update(no_key=True).get(pk=performer.pk)
    if row.erased_at is not None:
        raise ConsentError(f"This performer was erased on {row.erased_at:%-d %B %Y}; add them anew if they wish it.")
    return row


@transaction.atomic
def bind_certificate(performer: Performer, *, certificate_pem: bytes, by: Somebody) -> Performer | Refusal:
    """From now on, this performer is whoever signs with this certificate. Raises ConsentError for what is
    none, and for a performer who was erased.

    Refused if it is another performer's of the organisation, or if the performer is bound to another certificate:
    otherwise a producer could bind a certificate of their own and sign for the performer.
    """
    found = pki.fingerprint(certificate_pem)
    row = present(performer)
    others = Performer.objects.filter(organisation_id=row.organisation_id, certificate_sha256=found)
    taken = others.exclude(pk=row.pk).exists()
    if taken or row.certificate_sha256 not in ("", found):
        reason = _bound_otherwise(row, taken=taken)
        body: dict[str, Json] = {"reasons": codes([reason])}
        certificate = _sealed(row, certificate_sha256=found)
        note(EntryKind.PERFORMER_BINDING_REFUSED, subject=_subject(row), by=by, body=body, sealed=certificate)
        return Refusal(reasons=(reason,), decided_at=timezone.now())
    if row.certificate_sha256 != found:
        Performer.objects.filter(pk=row.pk).update(certificate_sha256=found, certificate_bound_by_id=by.pk)
        certificate = _sealed(row, certificate_sha256=found)
        note(EntryKind.PERFORMER_BOUND, subject=_subject(row), by=by, body={}, sealed=certificate)
    performer.refresh_from_db()
    return performer


@transaction.atomic
def enrol(  # noqa: PLR0913 - a template is nothing without what it was made of
    performer: Performer,
    *,
    template: bytes,
    recogniser: str,
    stills: int,
    portrait: bytes,
    by: Somebody,
    keyring: secrets.Keyring,
) -> Performer | Refusal:
    """Keep the face template of `performer`, encrypted under the consent that releases it.

    Refused with NO_BIOMETRIC_RELEASE where no active consent does. Raises KeyDestroyedError, VaultError.
    """
    release = _releases(performer).select_for_update(no_key=True).order_by("-valid_until").only("pk").first()
    if release is None:
        reason = no_release(performer)
        refuse_enrolment(performer, reasons=(reason,), by=by)
        return Refusal(reasons=(reason,), decided_at=timezone.now())
    template = keyring.key(release.pk).encrypt(template, _context(performer.pk))
    Performer.objects.filter(pk=performer.pk).update(
        template=template,
        template_key=secrets.key_of(release.pk),
        template_recogniser=recogniser,
        template_stills=stills,
        portrait=portrait,
        enrolled_at=timezone.now(),
    )
    body: dict[str, Json] = {"consent": str(release.pk), "recogniser": recogniser, "stills": stills}
    note(EntryKind.PERFORMER_ENROLLED, subject=_subject(performer), by=by, body=body)
    performer.refresh_from_db()
    return performer


@transaction.atomic
def refuse_enrolment(performer: Performer, *, reasons: Sequence[Reason], by: Somebody) -> None:
    """Write down that no template was made, and why."""
    note(EntryKind.PERFORMER_ENROLMENT_REFUSED, subject=_subject(performer), by=by, body={"reasons": codes(reasons)})


def has_biometric_release(performer: Performer) -> bool:
    """Whether an active release of this performer, in its time, lets their face be measured."""
    return _releases(performer).exists()


def may_be_shown(performer: Performer, *, production: Somebody) -> bool:
    """Whether pictures of them may be shown in this production: no more once they withdrew, unless another consent of
    theirs stands there."""
    states = set(performer.consents.filter(production_id=production.pk).values_list("state", flat=True))
    return ConsentState.ACTIVE in states or ConsentState.WITHDRAWN not in states


@transaction.atomic
def templates(production: Somebody, *, keyring: secrets.Keyring, reading: Reading) -> list[tuple[Performer, bytes]]:
    """The enrolled performers whose face may be looked for in this production, each with their template.

    Only those with an active biometric release in this production. Each opening stands in the
    ledger, once for each performer and call. Raises VaultError if a template does not open, LedgerError.
    """
    return [
        (performer, _open(performer, keyring=keyring, reading=reading))
        for performer in _to_be_looked_for(production).select_related("template_key")
    ]


def template_keys(production: Somebody) -> list[UUID]:
    """The consents under whose keys the templates lie that `templates` would open, in the order of their ids."""
    rows = _to_be_looked_for(production).order_by("template_key__consent_id")
    return list(dict.fromkeys(rows.values_list("template_key__consent_id", flat=True)))


def enrolment_keys(performer: Performer) -> list[UUID]:
    """The consents whose keys an enrolment takes: the release that it would be under, and the one of the template that
    stands. Nothing without a release."""
    release = _releases(performer).order_by("-valid_until").values_list("pk", flat=True).first()
    before = Performer.objects.filter(pk=performer.pk, template_key__destroyed_at=None, template_key__isnull=False)
    return sorted({release, *before.values_list("template_key__consent_id", flat=True)}) if release else []


@transaction.atomic
def template_of(performer: Performer, *, keyring: secrets.Keyring, reading: Reading) -> bytes | None:
    """The face template that stands for `performer`, None without one; its opening stands in the ledger.

    Raises VaultError if it does not open, LedgerError.
    """
    row = Performer.objects.select_related("template_key").get(pk=performer.pk)
    if row.template_key is None or row.template_key.destroyed_at is not None:
        return None
    return _open(row, keyring=keyring, reading=reading)


def _open(performer: Performer, *, keyring: secrets.Keyring, reading: Reading) -> bytes:
    """Written down first: what is not in the ledger is not opened."""
    body: dict[str, Json] = {"purpose": reading.purpose, "of": reading.of}
    note(EntryKind.TEMPLATE_READ, subject=_subject(performer), by=reading.by, body=body)
    if performer.template_key is None:
        raise KeyDestroyedError("There is no key for this template.")
    key = keyring.key(performer.template_key.consent_id)
    return key.decrypt(bytes(performer.template), _context(performer.pk))


def no_release(performer: Performer) -> Reason:
    return Reason(
        code=ReasonCode.NO_BIOMETRIC_RELEASE,
        sentence=f"{performer.name} has not released their biometric features, so their face may not be measured.",
        asked="to measure a face",
        allowed="only under a biometric release that stands",
        remedy="Offer them the biometric release, have it signed and approved, then enrol again.",
    )


def _to_be_looked_for(production: Somebody) -> QuerySet[Performer]:
    releases = _released().filter(production_id=production.pk)
    enrolled = Performer.objects.filter(template_key__destroyed_at=None, template_key__isnull=False)
    return enrolled.filter(consents__in=releases).distinct()


def _released() -> QuerySet[ConsentRecord]:
    now = timezone.now()
    return ConsentRecord.objects.filter(
        state=ConsentState.ACTIVE, valid_from__lte=now, valid_until__gt=now, matter=Matter.BIOMETRIC_RELEASE
    )


def _releases(performer: Performer) -> QuerySet[ConsentRecord]:
    return _released().filter(performer=performer)


def _bound_otherwise(performer: Performer, *, taken: bool) -> Reason:
    return Reason(
        code=ReasonCode.WRONG_SIGNER,
        sentence="This certificate is another performer's."
        if taken
        else f"{performer.name} is bound to another certificate already.",
        asked="to bind this certificate",
        allowed="one certificate for each performer, bound once",
        remedy="Check whose certificate this is. A renewed one needs the performer to be added anew.",
    )


def _sealed(performer: Performer, **values: Json) -> Sealed:
    return Sealed(of=_subject(performer), values=values)


def _subject(performer: Performer) -> str:
    return f"performer:{performer.pk}"


def _context(performer_id: UUID) -> bytes:
    return f"face template of {performer_id}".encode()
