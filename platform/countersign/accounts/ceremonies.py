"""Questions to passkeys: each is a row that is answered once, within five minutes, by whom it was put to.

A question is spent before its answer is looked at, by compare-and-set: of two answers at once one finds it spent, and a
wrong answer is not tried again on the same question.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from consent import ceremony, passkeys
from consent.assertion import Key, Place, Purpose, Statement, place
from consent.passkeys import Answered
from consent.types import Reason, ReasonCode
from countersign.accounts.models import Ceremony, Passkey, Person

PATIENCE = timedelta(milliseconds=passkeys.PATIENCE_MS)
FORGET_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question as a browser takes it: the row's id, and the options of the call that puts it to the passkey."""

    ceremony: UUID
    options: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What is asked about. `digest` makes the SHA-256 of it from the question's nonce, which may be part of it."""

    purpose: Purpose
    digest: Callable[[str], str]
    production: UUID | None = None


def site() -> Place:
    return place(settings.SITE_URL)


def put(about: About, *, to: Person | None, known: list[Key]) -> Asked:
    """Ask for an answer of one of the passkeys `known`; of any, where none is."""
    row = _row(about, person=to)
    return Asked(ceremony=row.pk, options=passkeys.request_options(statement(row), at=site(), known=known))


def put_new(about: About, *, holder: UUID, name: str, to: Person | None) -> Asked:
    """Ask for a new passkey, for whoever is or will be the person `holder`."""
    row = _row(about, person=to, holder=holder)
    known = [key(one) for one in Passkey.objects.filter(person_id=holder)]
    options = passkeys.creation_options(statement(row), at=site(), holder=holder, name=name, known=known)
    return Asked(ceremony=row.pk, options=options)


def spend(pk: UUID, *, purpose: Purpose, person: Person | None) -> Ceremony | Reason:
    """The question `pk`, now spent; or why it is none of this purpose for this person, or too late."""
    now = timezone.now()
    mine = Q(person=person) if person else Q(person__isnull=True)
    row = Ceremony.objects.filter(mine, pk=pk, purpose=purpose.value).first()
    if row is None:
        return ceremony.no(ReasonCode.CHALLENGE_UNKNOWN)
    if Ceremony.objects.filter(pk=pk, spent_at=None).update(spent_at=now) != 1:
        return ceremony.no(ReasonCode.CHALLENGE_SPENT)
    return ceremony.no(ReasonCode.CHALLENGE_EXPIRED) if row.expires_at <= now else row


def answer(row: Ceremony, response: str) -> tuple[Passkey, Answered] | Reason:
    """The passkey that answered the spent question `row`, and its evidence. Nothing else is looked at: whose it is, and
    what was asked, the caller holds against what it expects."""
    found = Passkey.objects.filter(credential_id=passkeys.credential_id(response), removed_at=None).first()
    if found is None:
        return ceremony.no(ReasonCode.PASSKEY_UNKNOWN)
    if row.person_id not in (None, found.person_id):
        return ceremony.no(ReasonCode.PASSKEY_OF_ANOTHER)
    judged = passkeys.answer(response, statement=statement(row), at=site(), key=key(found), sign_count=found.sign_count)
    if isinstance(judged, Reason):
        return judged
    return (found, judged) if _counted(found, judged) else ceremony.no(ReasonCode.COUNTER_WENT_BACK)


def statement(row: Ceremony) -> Statement:
    return Statement(purpose=Purpose(row.purpose), digest=row.digest, production=row.production_id, nonce=row.nonce)


def key(passkey: Passkey) -> Key:
    return Key(credential_id=bytes(passkey.credential_id), public_key=bytes(passkey.public_key))


def _row(about: About, *, person: Person | None, holder: UUID | None = None) -> Ceremony:
    now, nonce = timezone.now(), secrets.token_hex(32)
    Ceremony.objects.filter(expires_at__lte=now - FORGET_AFTER).delete()
    return Ceremony.objects.create(
        person=person,
        holder=holder,
        purpose=about.purpose.value,
        digest=about.digest(nonce),
        production_id=about.production,
        nonce=nonce,
        expires_at=now + PATIENCE,
    )


def _counted(passkey: Passkey, judged: Answered) -> bool:
    """Keep the new count, by compare-and-set: of two answers at once with one count, one is a copy's."""
    same = Passkey.objects.filter(pk=passkey.pk, sign_count=passkey.sign_count, removed_at=None)
    used = {"sign_count": judged.sign_count, "used_at": timezone.now(), "backed_up": judged.backed_up}
    return same.update(**used) == 1
