"""People with devices: a passkey in software of whoever is asked, enrolled through the same doors as a real one."""

from typing import Any
from uuid import UUID

from django.conf import settings

from consent.models import Performer
from consent.services import identity
from consent.types import Refusal
from countersign.accounts import ceremonies, invitations, keyring
from countersign.accounts.models import Invitation, Passkey, Person, Production
from countersign.demo.authenticator import HONEST, Authenticator, Lies


def device(**how: Any) -> Authenticator:
    return Authenticator(origin=settings.SITE_URL, **how)


def added(person: Person, with_: Authenticator, *, label: str = "A phone", lies: Lies = HONEST) -> Passkey | Refusal:
    """What came of adding this device's passkey."""
    asked = keyring.ask_new(person, fresh=True)
    assert isinstance(asked, ceremonies.Asked)
    return keyring.add(person, asked.ceremony, response=with_.create(asked.options, lies), label=label)


def given(person: Person, **how: Any) -> Authenticator:
    """A device whose passkey is this person's."""
    new = device(**how)
    assert isinstance(added(person, new), Passkey)
    return new


def invited(performer: Performer, production: Production, *, by: Person, email: str = "") -> Invitation:
    """An open invitation and, in `tokens`, the end of its link."""
    sent = invitations.invite(performer, production, email=email, by=by)
    assert isinstance(sent, invitations.Sent), sent
    tokens[sent.invitation.pk] = sent.link.rsplit("/", 1)[1]
    return sent.invitation


tokens: dict[UUID, str] = {}


def come_in(
    invitation: Invitation, with_: Authenticator, *, person: Person | None = None, email: str = ""
) -> Person | Refusal:
    """What came of opening the invitation with this device."""
    guest = invitations.Guest(person=person, email=invitation.email or email, address="192.0.2.7")
    asked = invitations.ask(invitation, guest)
    if isinstance(asked, Refusal):
        return asked
    response = with_.create(asked.options)
    return invitations.accept(invitation, guest, pk=asked.ceremony, response=response, label="A phone")


def confirmed(performer: Performer, *, by: Person) -> None:
    """Everything that the performer's account holds is theirs, says `by`."""
    performer.refresh_from_db()
    found = identity.confirm(performer, passkeys=identity.passkeys_of(performer.person_id), by=by)
    assert isinstance(found, Performer), found
