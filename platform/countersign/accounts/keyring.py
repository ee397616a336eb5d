"""A person's passkeys: added shortly after signing in, named, removed. Every change stands in the ledger."""

import uuid
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from consent import ceremony, passkeys
from consent.assertion import Purpose
from consent.passkeys import Enrolled
from consent.types import Reason, ReasonCode, Refusal
from countersign.accounts import ceremonies
from countersign.accounts.ceremonies import About, Asked
from countersign.accounts.models import Ceremony, Passkey, Person
from provenance import canonical, ledger
from provenance.types import EntryKind

UNNAMED = "Passkey"


def ask_new(person: Person, *, fresh: bool) -> Asked | Refusal:
    """The question for a new passkey. `fresh` says that they signed in a moment ago: an open session left alone must
    not be enough to come back for ever."""
    if not fresh:
        return _refused(person, ceremony.no(ReasonCode.SIGN_IN_TOO_OLD))
    about = About(purpose=Purpose.ADD, digest=lambda _: of_holder(person.pk))
    return ceremonies.put_new(about, holder=person.pk, name=person.email, to=person)


@transaction.atomic
def add(person: Person, pk: uuid.UUID, *, response: str, label: str) -> Passkey | Refusal:
    """Keep the passkey that answered the question `pk`."""
    row = ceremonies.spend(pk, purpose=Purpose.ADD, person=person)
    found = row if isinstance(row, Reason) else enrolled(row, response)
    return _refused(person, found) if isinstance(found, Reason) else keep(person, found, label=label)


def enrolled(row: Ceremony, response: str) -> Enrolled | Reason:
    """The new passkey in the answer to the spent question `row`, if nobody has it."""
    found = passkeys.enrol(response, statement=ceremonies.statement(row), at=ceremonies.site())
    if isinstance(found, Enrolled) and Passkey.objects.filter(credential_id=found.key.credential_id).exists():
        return ceremony.no(ReasonCode.PASSKEY_KNOWN_ALREADY)
    return found


def keep(person: Person, found: Enrolled, *, label: str) -> Passkey | Refusal:
    """In the caller's transaction."""
    try:
        with transaction.atomic():
            passkey = Passkey.objects.create(person=person, label=label.strip() or UNNAMED, **_columns(found))
    except IntegrityError:  # somebody else added it at the same time
        return _refused(person, ceremony.no(ReasonCode.PASSKEY_KNOWN_ALREADY))
    _log(EntryKind.PERSON_PASSKEY_ADDED, person, passkey)
    return passkey


@transaction.atomic
def rename(passkey: Passkey, *, label: str) -> Passkey:
    Passkey.objects.filter(pk=passkey.pk).update(label=label.strip() or UNNAMED)
    passkey.refresh_from_db()
    return passkey


@transaction.atomic
def remove(passkey: Passkey) -> Passkey | Refusal:
    """It no longer signs anybody in, nor anything. What it signed stays signed. Refused for somebody's last way in."""
    person = Person.objects.select_for_update(no_key=True).get(pk=passkey.person_id)
    left = person.passkeys.filter(removed_at=None).exclude(pk=passkey.pk)
    if not (left.exists() or person.has_usable_password()):
        return _refused(person, ceremony.no(ReasonCode.LAST_PASSKEY))
    if Passkey.objects.filter(pk=passkey.pk, removed_at=None).update(removed_at=timezone.now()):
        _log(EntryKind.PERSON_PASSKEY_REMOVED, person, passkey)
    passkey.refresh_from_db()
    return passkey


def of_holder(holder: uuid.UUID) -> str:
    """The digest of what is agreed to when a passkey is added: whose it becomes."""
    return canonical.sha256({"holder": str(holder)})


def _columns(found: Enrolled) -> dict[str, Any]:
    return {
        "credential_id": found.key.credential_id,
        "public_key": found.key.public_key,
        "sha256": found.key.sha256,
        "sign_count": found.sign_count,
        "aaguid": found.aaguid,
        "transports": list(found.transports),
        "backed_up": found.backed_up,
    }


def _log(kind: EntryKind, person: Person, passkey: Passkey) -> None:
    who = f"person:{person.pk}"
    ledger.append(kind, subject=who, actor=who, body={"passkey_sha256": passkey.sha256})


@transaction.atomic
def _refused(person: Person, reason: Reason) -> Refusal:
    who = f"person:{person.pk}"
    ledger.append(EntryKind.PERSON_PASSKEY_REFUSED, subject=who, actor=who, body={"reasons": [reason.code.value]})
    return Refusal(reasons=(reason,), decided_at=timezone.now())
