"""One set of rules, one certificate authority and one set of documents for all tests of the room."""

from collections.abc import Iterator
from functools import cache

import pytest
from hypothesis import settings

from consent import pades, policy, typeset
from consent.keystore import KeyStore
from consent.types import Terms
from countersign.demo.authenticator import Authenticator
from tests import passkeys
from tests.consent import stores
from tests.consent.house import House
from tests.consent.offices import Office, office
from tests.consent.values import terms
from tests.provenance.conftest import own_database

__all__ = ["own_database"]  # a fixture of the ledger's, used here as well

settings.register_profile("here", database=None, deadline=None, max_examples=60)
settings.load_profile("here")


@pytest.fixture(scope="session")
def rules() -> policy.Rules:
    return policy.load()


@pytest.fixture(scope="session")
def registry() -> Office:
    return office()


@pytest.fixture(scope="session")
def offered() -> bytes:
    """The document of `values.terms()`, as offered for signature."""
    return offer(terms())


@cache
def offer(of: Terms) -> bytes:
    return pades.prepare(typeset.document(of))


@pytest.fixture
def house(db: None) -> House:
    return House.make()


@pytest.fixture(params=["file", "pkcs11"])
def each_store(request: pytest.FixtureRequest) -> Iterator[KeyStore]:
    """The test runs once with its keys in a folder and once with them in a token."""
    stores.CURRENT.use(stores.new(request.param))
    yield stores.CURRENT.store
    stores.CURRENT.use(None)


@pytest.fixture
def phone(house: House) -> Authenticator:
    """Idris's own, as Lena confirmed."""
    assert house.idris.person
    device = passkeys.given(house.idris.person)
    passkeys.confirmed(house.idris, by=house.lena)
    return device
