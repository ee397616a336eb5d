"""Signing in with a password or a passkey, for pages and programs: slowed down after failures, written in the ledger.

Tries are counted per e-mail address and network address together, so that a stranger cannot lock somebody out; in the
database, so that all web processes count as one; and before the password is looked at, so that many at once count too.
"""

import hashlib
import hmac
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth import authenticate, login
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone
from knox.models import AuthToken

from consent.assertion import Key, Purpose
from consent.types import Reason
from countersign.accounts import ceremonies
from countersign.accounts.ceremonies import About, Asked
from countersign.accounts.models import Passkey, Person, Tries
from provenance import canonical, ledger
from provenance.types import EntryKind

TRIES = 5
QUESTIONS = 60  # to passkeys, from one address in a pause
PAUSE_S = 15 * 60
FRESH = timedelta(minutes=10)
_SINCE = "signed-in-at"  # in the session


class SigningInError(Exception):
    """Base of what keeps somebody from signing in."""


class WrongPasswordError(SigningInError):
    """No such person, or another password; which of the two is not told."""


class PasskeyRefusedError(SigningInError):
    """The passkey was not taken; the message says why."""


class TooManyTriesError(SigningInError):
    """Too many failures from here for this e-mail address."""


def check(request: HttpRequest, *, email: str, password: str) -> Person:
    """Whoever this is. Raises WrongPasswordError and TooManyTriesError."""
    tally = _tally(email, address(request))
    if _counted(tally) > TRIES:
        raise TooManyTriesError(f"Too many tries. Please wait {PAUSE_S // 60} minutes and try again.")
    person = authenticate(request, username=email, password=password)
    if not isinstance(person, Person):
        _record_refusal(email)
        raise WrongPasswordError("The e-mail address and the password do not match.")
    Tries.objects.filter(pk=tally).delete()
    return person


def ask_passkey(request: HttpRequest, *, email: str = "") -> Asked:
    """The question to a passkey of whoever has this address, or of whoever it is. Raises TooManyTriesError.

    For an address that nobody has, passkeys are made up, always the same ones: so it does not show who is known here.
    """
    count_question(request)
    about = About(purpose=Purpose.SIGN_IN, digest=lambda nonce: canonical.sha256({"sign_in": nonce}))
    return ceremonies.put(about, to=None, known=_keys(email) if email else [])


def count_question(request: HttpRequest) -> None:
    """Strangers are asked so often from one network address, and no more: each question is a row. Raises
    TooManyTriesError."""
    if _counted(_tally("passkey", address(request))) > QUESTIONS:
        raise TooManyTriesError(f"Too many tries. Please wait {PAUSE_S // 60} minutes and try again.")


def check_passkey(pk: UUID, *, response: str) -> Person:
    """Whoever answered the question `pk`. Raises PasskeyRefusedError."""
    row = ceremonies.spend(pk, purpose=Purpose.SIGN_IN, person=None)
    found = row if isinstance(row, Reason) else ceremonies.answer(row, response)
    if isinstance(found, Reason):
        raise PasskeyRefusedError(f"{found.sentence} {found.remedy}")
    person = Person.objects.get(pk=found[0].person_id)
    if not person.is_active:
        raise PasskeyRefusedError("This account is closed.")
    return person


def enter(request: HttpRequest, person: Person, *, way: str) -> None:
    """Begin a session for this person. Raises LedgerError."""
    record(person, way=way)
    login(request, person)
    request.session[_SINCE] = timezone.now().timestamp()


def is_fresh(request: HttpRequest) -> bool:
    """Whether this session began, or this token was made, a moment ago."""
    now = timezone.now()
    token = getattr(request, "auth", None)
    if isinstance(token, AuthToken):
        return bool(now - token.created <= FRESH)
    return now.timestamp() - float(request.session.get(_SINCE, 0)) <= FRESH.total_seconds()


def _keys(email: str) -> list[Key]:
    known = Passkey.objects.filter(person__email__iexact=email, removed_at=None)
    made_up = hmac.digest(settings.SECRET_KEY.encode(), email.strip().lower().encode(), "sha256")
    return [ceremonies.key(one) for one in known] or [Key(credential_id=made_up, public_key=b"")]


def record(person: Person, *, way: str) -> None:
    """The ledger's entry of a sign-in; `way` is "page", "passkey" or "token"."""
    with transaction.atomic():
        ledger.append(
            EntryKind.PERSON_SIGNED_IN, subject=f"person:{person.pk}", actor=f"person:{person.pk}", body={"way": way}
        )


@transaction.atomic
def token(person: Person) -> tuple[AuthToken, str]:
    """A new token for a program, with its text, which is nowhere else. Raises LedgerError."""
    record(person, way="token")
    row, text = AuthToken.objects.create(user=person)
    who = f"person:{person.pk}"
    ledger.append(EntryKind.PERSON_TOKEN_MADE, subject=who, actor=who, body={"expires_at": row.expiry.isoformat()})
    return row, text


@transaction.atomic
def _record_refusal(email: str) -> None:
    """The ledger's entry of a wrong password for somebody with a part in a production: at most `TRIES` in a pause, and
    so no way to fill the ledger. An address that nobody has is nobody's business."""
    person = Person.objects.filter(email=email, memberships__isnull=False).first()
    if person is not None:
        ledger.append(
            EntryKind.PERSON_SIGN_IN_REFUSED,
            subject=f"person:{person.pk}",
            actor="system:sign-in",
            body={"reasons": ["wrong-password"]},
        )


@transaction.atomic
def _counted(tally: str) -> int:
    """How many tries these are with this one, since the first of them or since they were last forgotten."""
    now = timezone.now()
    over = Tries.objects.select_for_update(skip_locked=True).filter(until__lte=now)
    Tries.objects.filter(pk__in=[row.pk for row in over[:100]]).delete()
    Tries.objects.get_or_create(pk=tally, defaults={"until": now + timedelta(seconds=PAUSE_S)})
    Tries.objects.filter(pk=tally).update(count=F("count") + 1)
    return Tries.objects.get(pk=tally).count


def address(request: HttpRequest) -> str:
    """Where the request came from: behind a proxy, what the proxy itself wrote down, which is the last it names."""
    forwarded = request.headers.get("X-Forwarded-For", "") if settings.SECURE_PROXY_SSL_HEADER else ""
    return forwarded.rpartition(",")[2].strip() or str(request.META.get("REMOTE_ADDR", ""))


def _tally(email: str, address: str) -> str:
    return hashlib.sha256(f"{email.strip().lower()}\n{address}".encode()).hexdigest()
