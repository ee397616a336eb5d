"""One set of rules, one certificate authority and one set of documents for all tests of the room."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import pytest
from hypothesis import settings

from consent import pades, pki, policy, typeset
from consent.types import Terms
from tests.consent.values import NOW, terms
from tests.provenance.conftest import own_database

__all__ = ["own_database"]  # a fixture of the ledger's, used here as well

settings.register_profile("here", database=None, deadline=None, max_examples=60)
settings.load_profile("here")


@dataclass(frozen=True)
class Office:
    """An authority, whom it certified, and what it trusts."""

    authority: pki.Authority
    idris: pki.Identity
    anselm: pki.Identity

    @property
    def trust(self) -> bytes:
        return self.authority.trust(now=NOW)


@pytest.fixture(scope="session")
def rules() -> policy.Rules:
    return policy.load()


def office(name: str = "Performers' Registry") -> Office:
    authority = pki.Authority.make(name, now=NOW)
    return Office(authority, *(authority.issue(who, now=NOW) for who in ("Idris Vane", "Anselm Orr")))


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


@pytest.fixture(scope="session")
def signed_by() -> Callable[[pki.Identity, bytes], bytes]:
    def sign(who: pki.Identity, pdf: bytes) -> bytes:
        return pades.sign(pdf, key=who.key, certificate=who.certificate, chain=who.chain)

    return sign
