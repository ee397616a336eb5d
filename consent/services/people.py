"""Performers: adding them, binding them to a certificate, knowing their faces."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from consent import pki
from consent.errors import ConsentError, KeyDestroyedError
from consent.models import ConsentRecord, Performer
from consent.services import secrets, testimony
from consent.services.entries import Somebody, codes, note, sealed_of, subject_of
from consent.types import ConsentState, Matter, Reading, Reason, ReasonCode, Refusal
from provenance.types import EntryKind, Json


@transaction.atomic
def add_performer(organisation: Somebody, *, name: str, by: Somebody) -> Performer:
    """A new performer of `organisation`. Raises IntegrityError if it has one of that name."""
    performer = Performer.objects.create(organisation_id=organisation.pk, name=name)
    body: dict[str, Json] = {"organisation": str(organisation.pk)}
    note(
        EntryKind.PERFORMER_ADDED,
        subject=subject_of(performer),
        by=by,
        body=body,
        sealed=sealed_of(performer, name=name),
    )
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
        certificate = sealed_of(row, certificate_sha256=found)
        note(EntryKind.PERFORMER_BINDING_REFUSED, subject=subject_of(row), by=by, body=body, sealed=certificate)
        return Refusal(reasons=(reason,), decided_at=timezone.now())
    if row.certificate_sha256 != found:
        Performer.objects.filter(pk=row.pk).update(certificate_sha256=found, certificate_bound_by_id=by.pk)
        certificate = sealed_of(row, certificate_sha256=found)
        note(EntryKind.PERFORMER_BOUND, subject=subject_of(row), by=by, body={}, sealed=certificate)
    performer.refresh_from_db()
    return performer


@transaction.atomic
def refuse_enrolment(performer: Performer, *, reasons: Sequence[Reason], by: Somebody) -> None:
    """Write down that no template was made, and why."""
    note(EntryKind.PERFORMER_ENROLMENT_REFUSED, subject=subject_of(performer), by=by, body={"reasons": codes(reasons)})


def has_biometric_release(performer: Performer) -> bool:
    """Whether an active release of this performer, in its time, lets their face be measured."""
    return releases(performer).exists()


def may_be_shown(performer: Performer, *, production: Somebody) -> bool:
    """Whether pictures of them may be shown in this production: no more once they withdrew, unless another consent of
    theirs stands there."""
    states = set(performer.consents.filter(production_id=production.pk).values_list("state", flat=True))
    return ConsentState.ACTIVE in states or ConsentState.WITHDRAWN not in states


@transaction.atomic
def templates(production: Somebody, *, keyring: secrets.Keyring, reading: Reading) -> list[tuple[Performer, bytes]]:
    """The enrolled performers whose face may be looked for in this production, each with their template.

    Only those whose face was confirmed, with an active biometric release in this production. Each opening stands in the
    ledger, once for each performer and call. Raises VaultError if a template does not open, LedgerError.
    """
    return [(performer, _open(performer, keyring=keyring, reading=reading)) for performer in _looked_for(production)]


@transaction.atomic
def templates_besides(
    performer: Performer, *, keyring: secrets.Keyring, reading: Reading
) -> list[tuple[Performer, bytes]]:
    """Every other enrolled performer of the same house whose release stands, each with their template: to see whether
    a new face looks like one of them. Each opening stands in the ledger. Raises VaultError, LedgerError."""
    return [(other, _open(other, keyring=keyring, reading=reading)) for other in _besides(performer)]


def template_keys(production: Somebody) -> list[UUID]:
    """The consents under whose keys the templates lie that `templates` would open."""
    return _keys(_looked_for(production))


def enrolment_keys(performer: Performer) -> list[UUID]:
    """The consents whose keys an enrolment takes: the release that it would be under, and those of the templates that
    the new face is held against. Nothing without a release."""
    release = releases(performer).order_by("-valid_until").values_list("pk", flat=True).first()
    known = [*_enrolled().filter(pk=performer.pk), *_besides(performer)]
    return sorted({release, *_keys(known)}) if release else []


@transaction.atomic
def template_of(performer: Performer, *, keyring: secrets.Keyring, reading: Reading) -> bytes | None:
    """The face template that stands for `performer`, None without one; its opening stands in the ledger.

    Raises VaultError if it does not open, LedgerError.
    """
    row = _enrolled().filter(pk=performer.pk).first()
    if row is None or not testimony.confirmed((row,)):
        return None
    return _open(row, keyring=keyring, reading=reading)


def standing_template(performer: Performer) -> str:
    """Names the template that stands now, as it lies encrypted; empty without one."""
    return testimony.template_of(Performer.objects.get(pk=performer.pk))


def _open(performer: Performer, *, keyring: secrets.Keyring, reading: Reading) -> bytes:
    """Written down first: what is not in the ledger is not opened."""
    body: dict[str, Json] = {"purpose": reading.purpose, "of": reading.of}
    note(EntryKind.TEMPLATE_READ, subject=subject_of(performer), by=reading.by, body=body)
    if performer.template_key is None:
        raise KeyDestroyedError("There is no key for this template.")
    key = keyring.key(performer.template_key.consent_id)
    return key.decrypt(bytes(performer.template), context(performer.pk))


def no_release(performer: Performer) -> Reason:
    return Reason(
        code=ReasonCode.NO_BIOMETRIC_RELEASE,
        sentence=f"{performer.name} has not released their biometric features, so their face may not be measured.",
        asked="to measure a face",
        allowed="only under a biometric release that stands",
        remedy="Offer them the biometric release, have it signed and approved, then enrol again.",
    )


def _looked_for(production: Somebody) -> list[Performer]:
    rows = _enrolled().filter(consents__in=_released().filter(production_id=production.pk)).distinct()
    return _confirmed(rows)


def _besides(performer: Performer) -> list[Performer]:
    house = _enrolled().filter(organisation_id=performer.organisation_id, consents__in=_released())
    return _confirmed(house.exclude(pk=performer.pk).distinct())


def _confirmed(rows: Iterable[Performer]) -> list[Performer]:
    """Those whose face the ledger knows as confirmed, asked once for all."""
    performers = list(rows)
    known = testimony.confirmed(performers)
    return [performer for performer in performers if performer.pk in known]


def _keys(performers: Iterable[Performer]) -> list[UUID]:
    return sorted({performer.template_key.consent_id for performer in performers if performer.template_key})


def _enrolled() -> QuerySet[Performer]:
    rows = Performer.objects.filter(template_key__destroyed_at=None, template_key__isnull=False)
    return rows.select_related("template_key").order_by("pk")


def _released() -> QuerySet[ConsentRecord]:
    now = timezone.now()
    return ConsentRecord.objects.filter(
        state=ConsentState.ACTIVE, valid_from__lte=now, valid_until__gt=now, matter=Matter.BIOMETRIC_RELEASE
    )


def releases(performer: Performer) -> QuerySet[ConsentRecord]:
    """The consents under which this performer's face may be measured now."""
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


def context(performer_id: UUID) -> bytes:
    """What binds a template to its performer."""
    return f"face template of {performer_id}".encode()
