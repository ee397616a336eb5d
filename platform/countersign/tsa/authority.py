"""Who stamps: a key, its certificate, and the root above it, made once in a folder and kept there.

The root's key is thrown away once the certificate is signed: nobody can make a second authority of the same name.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID

from countersign import keyfiles
from provenance import certificates

NAME = "Countersign trial time-stamps"
LIFE = timedelta(days=3652)
_SLACK = timedelta(minutes=5)  # clocks differ a little


class AuthorityError(Exception):
    """The authority's key and certificate cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """What stamps. `root` is what others pin."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    root: x509.Certificate

    @classmethod
    def make(cls, name: str = NAME, *, now: datetime, life: timedelta = LIFE) -> Self:
        """A new authority; `life` is its certificate's."""
        root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        root = _root(name, root_key, now=now)
        subject, window = certificates.name(name, name), (now - _SLACK, now + life)
        draft = certificates.draft(subject, key, issuer=root.subject, window=window)
        return cls(key=key, certificate=certificates.signed(_stamping(draft), root_key), root=root)

    @classmethod
    def kept(cls, folder: Path, *, now: datetime) -> Self:
        """The authority whose files lie in `folder`, made there if there are none. Raises AuthorityError."""
        kept = cls.from_pem(keyfiles.made_once(folder / "authority.pem", lambda: cls.make(now=now).to_pem()))
        keyfiles.made_once(folder / "root.pem", lambda: kept.root_pem)
        (folder / "root.pem").chmod(0o644)  # others pin it
        return kept

    @classmethod
    def from_pem(cls, pem: bytes) -> Self:
        """What `to_pem` wrote. Raises AuthorityError."""
        try:
            key = load_pem_private_key(pem, password=None)
            certificate, root = x509.load_pem_x509_certificates(pem)
        except (ValueError, TypeError) as e:
            raise AuthorityError(f"Expected a key, its certificate and the root above it: {e}") from e
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
            raise AuthorityError("Expected an elliptic-curve key and the certificate that belongs to it.")
        return cls(key=key, certificate=certificate, root=root)

    def to_pem(self) -> bytes:
        """Private key, certificate and root."""
        return certificates.private_pem(self.key) + certificates.pem(self.certificate) + self.root_pem

    @property
    def root_pem(self) -> bytes:
        return certificates.pem(self.root)


def _root(called: str, key: ec.EllipticCurvePrivateKey, *, now: datetime) -> x509.Certificate:
    subject = certificates.name(called, f"{called} root")
    draft = certificates.draft(subject, key, issuer=subject, window=(now - _SLACK, now + LIFE + _SLACK))
    return certificates.signed(certificates.of_authority(draft, path_length=0), key)


def _stamping(draft: certificates.Draft) -> certificates.Draft:
    """RFC 3161, 2.3: the key's one use is time-stamping, and critically so."""
    return certificates.for_purpose(draft, ExtendedKeyUsageOID.TIME_STAMPING, critical=True)
