"""People with devices: a passkey in software of whoever is asked, enrolled through the same doors as a real one."""

from typing import Any

from django.conf import settings

from consent.types import Refusal
from countersign.accounts import ceremonies, keyring
from countersign.accounts.models import Passkey, Person
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
