"""People with devices: a passkey in software of whoever is asked, enrolled through the same doors as a real one."""

import json
import secrets
from base64 import urlsafe_b64decode
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.conf import settings

from consent import passkeys
from consent.assertion import Evidence, Key, Purpose, Statement
from consent.models import ConsentRecord, Performer
from consent.services import answers, identity
from consent.services.answers import Proof
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


def proof(
    rows: Sequence[ConsentRecord],
    with_: Authenticator,
    *,
    purpose: Purpose = Purpose.SIGN,
    lies: Lies = HONEST,
    **other: Any,
) -> Proof:
    """What this device answers to the question about these consents; `other` changes the statement it answers to."""
    nonce = secrets.token_hex(32)
    said = Statement(
        purpose=purpose,
        digest=answers.digest(rows, purpose=purpose, nonce=nonce),
        production=rows[0].production_id,
        nonce=nonce,
    )
    said = replace(said, **other)
    site = ceremonies.site()
    response = json.loads(with_.get(passkeys.request_options(said, at=site), lies))["response"]
    row = Passkey.objects.filter(credential_id=with_.credential_id).first()
    public = bytes(row.public_key) if row else b"none"
    evidence = Evidence(
        statement=said,
        place=site,
        key=Key(credential_id=with_.credential_id, public_key=public),
        client_data=_bytes(response["clientDataJSON"]),
        authenticator_data=_bytes(response["authenticatorData"]),
        signature=_bytes(response["signature"]),
    )
    return Proof(evidence=evidence, site=site)


def _bytes(value: str) -> bytes:
    return urlsafe_b64decode(value + "=" * (-len(value) % 4))
