"""Invitations: how a performer comes in, without the operator and without a password. Every step is in the ledger.

The rules this module keeps:
1. The link is shown once; what is kept is its digest. It opens once, within fourteen days, unless it is taken back.
2. It makes an account, or links the one that opens it: never the account of somebody who merely has that address.
3. Crew of the house do not become its performers, and nobody becomes two.
4. It only brings somebody in. That they are the performer, a second person confirms (`consent.services.identity`).
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from uuid import UUID, uuid4

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from consent import ceremony, services as consents
from consent.assertion import Purpose
from consent.models import Performer
from consent.types import Reason, ReasonCode, Refusal
from countersign.accounts import ceremonies, keyring
from countersign.accounts.access import NotYoursError
from countersign.accounts.ceremonies import About, Asked
from countersign.accounts.models import Invitation, Person, Production
from provenance import canonical, ledger
from provenance.types import EntryKind, Json, Sealed

LASTS = timedelta(days=14)
SUBJECT = "You are invited to Countersign"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """An invitation and its link, which is nowhere else."""

    invitation: Invitation
    link: str
    mailed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """Who opens an invitation: signed in as `person`, or new here with `email`; from which network address."""

    person: Person | None
    email: str
    address: str


@transaction.atomic
def invite(performer: Performer, production: Production, *, email: str, by: Person) -> Sent | Refusal:
    """A new invitation, in the place of one that stands open. Raises ConsentError for a performer who was erased."""
    row = consents.present(performer)
    reason = _cannot_be(row, email)
    if reason:
        return Refusal(reasons=(reason,), decided_at=timezone.now())
    for open_one in row.invitations.filter(revoked_at=None, opened_at=None):
        revoke(open_one, by=by)
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        performer=row,
        production=production,
        invited_by=by,
        email=email,
        token_sha256=_digest(token),
        expires_at=timezone.now() + LASTS,
    )
    sealed = Sealed(of=f"performer:{row.pk}", values={"email": email}) if email else ()
    _log(EntryKind.PERFORMER_INVITED, invitation, f"person:{by.pk}", {}, sealed)
    return Sent(invitation=invitation, link=f"{settings.SITE_URL}{reverse('invitation', args=[token])}")


def mail(sent: Sent) -> Sent:
    """Send the link by e-mail, if there is an address and a mail server; whether it went says `mailed`."""
    if not sent.invitation.email or "filebased" in settings.EMAIL_BACKEND:
        return sent
    try:
        EmailMessage(SUBJECT, _letter(sent), to=[sent.invitation.email]).send()
    except OSError:  # SMTP errors are OSErrors; the link is shown, whatever became of the mail
        return sent
    return Sent(invitation=sent.invitation, link=sent.link, mailed=True)


@transaction.atomic
def revoke(invitation: Invitation, *, by: Person) -> None:
    """The link opens nothing any more. One that was opened stays opened."""
    still = Invitation.objects.filter(pk=invitation.pk, revoked_at=None, opened_at=None)
    if still.update(revoked_at=timezone.now()):
        _log(EntryKind.PERFORMER_INVITATION_ENDED, invitation, f"person:{by.pk}", {})


def found(token: str) -> Invitation:
    """The invitation of this link. Raises NotYoursError."""
    rows = Invitation.objects.select_related("performer__organisation", "production", "invited_by")
    row = rows.filter(token_sha256=_digest(token)).first()
    if row is None:
        raise NotYoursError("There is no such invitation.")
    return row


def against(invitation: Invitation, person: Person | None) -> Reason | None:
    """Why this invitation cannot be opened by whoever is signed in."""
    code = _state(invitation) or (_is_other(person, invitation.performer) if person else None)
    if code is None and invitation.performer.person_id:
        code = ReasonCode.PERFORMER_IS_SOMEBODY
    return ceremony.no(code) if code else None


def ask(invitation: Invitation, guest: Guest) -> Asked | Refusal:
    """The question for the passkey by which the guest will sign in."""
    reason = against(invitation, guest.person) or _known(guest)
    if reason:
        return _refused(invitation, guest, reason)
    holder = guest.person.pk if guest.person else uuid4()
    about = About(purpose=Purpose.ADD, digest=lambda _: _of(invitation, holder))
    name = guest.person.email if guest.person else guest.email
    return ceremonies.put_new(about, holder=holder, name=name, to=guest.person)


@transaction.atomic
def accept(invitation: Invitation, guest: Guest, *, pk: UUID, response: str, label: str) -> Person | Refusal:
    """The guest is the performer from now on, as far as an invitation can say.

    (0) The performer and the invitation are locked.
    (1) The question is spent, and was put for this invitation.
    (2) The invitation stands, and the guest may open it.
    (3) The passkey is new, and the guest's.
    (4) Account, passkey and performer are linked, and the invitation is spent.
    """
    performer = consents.present(invitation.performer)  # (0)
    row = Invitation.objects.select_for_update().get(pk=invitation.pk)
    row.performer = performer
    asked = ceremonies.spend(pk, purpose=Purpose.ADD, person=guest.person)  # (1)
    if isinstance(asked, Reason):
        return _refused(row, guest, asked)
    holder = asked.holder or uuid4()
    reason = None if asked.digest == _of(row, holder) else ceremony.no(ReasonCode.OTHER_SHOWN)
    reason = reason or against(row, guest.person) or _known(guest)  # (2)
    new = reason or keyring.enrolled(asked, response)  # (3)
    if isinstance(new, Reason):
        return _refused(row, guest, new)
    person = guest.person or _account(guest, performer, pk=holder)  # (4)
    if isinstance(person, Reason):
        return _refused(row, guest, person)
    kept = keyring.keep(person, new, label=label)
    if isinstance(kept, Refusal):
        return kept
    _link(row, person, guest=guest)
    return person


def _account(guest: Guest, performer: Performer, *, pk: UUID) -> Person | Reason:
    try:
        with transaction.atomic():
            return Person.objects.create_user(guest.email, performer.name, pk=pk)
    except IntegrityError:  # somebody took the address at the same time
        return ceremony.no(ReasonCode.ADDRESS_IS_KNOWN)


def _link(invitation: Invitation, person: Person, *, guest: Guest) -> None:
    Performer.objects.filter(pk=invitation.performer_id).update(person=person)
    opened = {"opened_at": timezone.now(), "opened_by": person, "opened_from": guest.address[:64]}
    Invitation.objects.filter(pk=invitation.pk).update(**opened)
    values: dict[str, Json] = {"name": person.name, "email": person.email, "address": guest.address[:64]}
    sealed = Sealed(of=f"performer:{invitation.performer_id}", values=values)
    body: dict[str, Json] = {"person": str(person.pk)}
    _log(EntryKind.PERFORMER_INTRODUCED, invitation, f"person:{person.pk}", body, sealed)


def _state(invitation: Invitation) -> ReasonCode | None:
    if invitation.opened_at:
        return ReasonCode.INVITATION_SPENT
    if invitation.revoked_at:
        return ReasonCode.INVITATION_REVOKED
    return ReasonCode.INVITATION_EXPIRED if invitation.expires_at <= timezone.now() else None


def _is_other(person: Person, performer: Performer) -> ReasonCode | None:
    if person.memberships.filter(production__organisation=performer.organisation_id).exists():
        return ReasonCode.CREW_IS_NO_PERFORMER
    other = Performer.objects.filter(person=person).exclude(pk=performer.pk)
    return ReasonCode.PERSON_IS_PERFORMER if other.exists() else None


def _cannot_be(performer: Performer, email: str) -> Reason | None:
    """Why it makes no sense to invite the performer, as far as their own house may know."""
    if performer.person_id:
        return ceremony.no(ReasonCode.PERFORMER_IS_SOMEBODY)
    known = Person.objects.filter(email__iexact=email, is_active=True).first() if email else None
    house = performer.organisation_id
    if known and known.memberships.filter(production__organisation=house).exists():
        return ceremony.no(ReasonCode.CREW_IS_NO_PERFORMER)
    others = Performer.objects.filter(organisation=house).exclude(pk=performer.pk)
    asked = Invitation.objects.filter(performer__in=others, email__iexact=email, revoked_at=None, opened_at=None)
    if (known and others.filter(person=known).exists()) or (email and asked.exists()):
        return ceremony.no(ReasonCode.PERSON_IS_PERFORMER)
    return None


def _known(guest: Guest) -> Reason | None:
    if guest.person is None and Person.objects.filter(email__iexact=guest.email).exists():
        return ceremony.no(ReasonCode.ADDRESS_IS_KNOWN)
    return None


def _of(invitation: Invitation, holder: UUID) -> str:
    return canonical.sha256({"holder": str(holder), "invitation": str(invitation.pk)})


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def _letter(sent: Sent) -> str:
    invitation = sent.invitation
    return (
        f"{invitation.invited_by.name} of {invitation.performer.organisation} invites you to read, and if you agree to "
        f"sign, what may be done with your face in “{invitation.production.title}”.\n\n{sent.link}\n\n"
        f"The link works once, until {invitation.expires_at:%-d %B %Y}. If you expect no such letter, do not open it, "
        "and tell them.\n"
    )


@transaction.atomic
def _refused(invitation: Invitation, guest: Guest, reason: Reason) -> Refusal:
    actor = f"person:{guest.person.pk}" if guest.person else "system:invitation"
    _log(EntryKind.PERFORMER_INVITATION_REFUSED, invitation, actor, {"reasons": [reason.code.value]})
    return Refusal(reasons=(reason,), decided_at=timezone.now())


def _log(
    kind: EntryKind, invitation: Invitation, actor: str, body: dict[str, Json], sealed: Sealed | tuple[()] = ()
) -> None:
    subject, said = f"performer:{invitation.performer_id}", {**body, "invitation": str(invitation.pk)}
    ledger.append(kind, subject=subject, actor=actor, body=said, sealed=sealed)
