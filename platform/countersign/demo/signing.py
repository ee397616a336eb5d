"""The performers' side of the desk: a certificate authority of the demo's own, and a certificate and key per performer.

In production none of this is on the platform: performers sign with their own software, and the operator pins the roots
they may sign under.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from consent import pades, pki


@dataclass(slots=True)
class SigningDesk:
    authority: pki.Authority
    identities: dict[str, pki.Identity] = field(default_factory=dict)

    @classmethod
    def opened(cls, folder: Path) -> Self:
        """A new authority, whose root this installation trusts for performers' signatures."""
        now = datetime.now(UTC)
        desk = cls(pki.Authority.make("Performers' signing authority (demo)", now=now))
        (folder / "keys" / "consent-roots.pem").write_bytes(desk.authority.trust(now=now))
        return desk

    def certificate(self, name: str) -> bytes:
        return self._identity(name).certificate

    def sign(self, name: str, document: bytes) -> bytes:
        """The document with the performer's PAdES signature."""
        identity = self._identity(name)
        return pades.sign(document, key=identity.key, certificate=identity.certificate, chain=identity.chain)

    def _identity(self, name: str) -> pki.Identity:
        if name not in self.identities:
            self.identities[name] = self.authority.issue(name, now=datetime.now(UTC))
        return self.identities[name]
