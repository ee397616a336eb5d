"""Certificate authorities for tests, and whom they certified."""

from dataclasses import dataclass
from datetime import datetime

from consent import pki
from tests.consent.values import NOW


@dataclass(frozen=True)
class Office:
    """An authority, whom it certified, and what it trusts."""

    authority: pki.Authority
    idris: pki.Identity
    anselm: pki.Identity
    now: datetime

    @property
    def trust(self) -> bytes:
        return self.authority.trust(now=self.now)


def office(name: str = "Performers' Registry", *, now: datetime = NOW) -> Office:
    authority = pki.Authority.make(name, now=now)
    idris, anselm = (authority.issue(who, now=now) for who in ("Idris Vane", "Anselm Orr"))
    return Office(authority, idris, anselm, now)
