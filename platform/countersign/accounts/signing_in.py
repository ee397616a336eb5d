"""Signing in with a password, for pages and programs alike: slowed down after failures, and written in the ledger.

Failures are counted per e-mail address and network address together, so that a stranger cannot lock somebody out.
"""

import hashlib

from django.contrib.auth import authenticate
from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest

from countersign.accounts.models import Person
from provenance import ledger
from provenance.types import EntryKind

TRIES = 5
PAUSE_S = 15 * 60


class SigningInError(Exception):
    """Base of what keeps somebody from signing in."""


class WrongPasswordError(SigningInError):
    """No such person, or another password; which of the two is not told."""


class TooManyTriesError(SigningInError):
    """Too many failures from here for this e-mail address."""


def check(request: HttpRequest, *, email: str, password: str) -> Person:
    """Whoever this is. Raises WrongPasswordError and TooManyTriesError."""
    tally = _tally(email, request.META.get("REMOTE_ADDR", ""))
    if cache.get(tally, 0) >= TRIES:
        raise TooManyTriesError(f"Too many tries. Please wait {PAUSE_S // 60} minutes and try again.")
    person = authenticate(request, username=email, password=password)
    if not isinstance(person, Person):
        cache.add(tally, 0, PAUSE_S)
        cache.incr(tally)
        raise WrongPasswordError("The e-mail address and the password do not match.")
    cache.delete(tally)
    return person


def record(person: Person, *, way: str) -> None:
    """The ledger's entry of a sign-in; `way` is "page" or "token"."""
    with transaction.atomic():
        ledger.append(
            EntryKind.PERSON_SIGNED_IN, subject=f"person:{person.pk}", actor=f"person:{person.pk}", body={"way": way}
        )


def _tally(email: str, address: str) -> str:
    return "tries-" + hashlib.sha256(f"{email.strip().lower()}\n{address}".encode()).hexdigest()
