"""Who stamps: a key, its certificate, and the root above it, made once in a folder and kept there.

The root's key is thrown away once the certificate is signed: nobody can make a second authority of the same name.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from countersign import keyfiles

NAME = "Countersign trial time-stamps"
LIFE = timedelta(days=3652)
_SLACK = timedelta(minutes=5)  # clocks differ a little
_Draft = x509.CertificateBuilder


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
        draft = _draft(_name(name, name), key, issuer=root.subject, window=(now - _SLACK, now + life))
        return cls(key=key, certificate=_signed(_stamping(draft), root_key), root=root)

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
        private = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return private + self.certificate.public_bytes(Encoding.PEM) + self.root_pem

    @property
    def root_pem(self) -> bytes:
        return self.root.public_bytes(Encoding.PEM)


def _root(name: str, key: ec.EllipticCurvePrivateKey, *, now: datetime) -> x509.Certificate:
    subject = _name(name, f"{name} root")
    draft = _draft(subject, key, issuer=subject, window=(now - _SLACK, now + LIFE + _SLACK))
    draft = draft.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    return _signed(draft.add_extension(_usage(authority=True), critical=True), key)


def _stamping(draft: _Draft) -> _Draft:
    """RFC 3161, 2.3: the key's one use is time-stamping, and critically so."""
    return (
        draft.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    )


def _draft(
    subject: x509.Name, key: ec.EllipticCurvePrivateKey, *, issuer: x509.Name, window: tuple[datetime, datetime]
) -> _Draft:
    return (
        x509.CertificateBuilder(subject_name=subject, issuer_name=issuer, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(window[0])
        .not_valid_after(window[1])
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _signed(draft: _Draft, issuer: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key())
    return draft.add_extension(identifier, critical=False).sign(issuer, hashes.SHA256())


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(organisation: str, name: str) -> x509.Name:
    called = {NameOID.ORGANIZATION_NAME: organisation, NameOID.COMMON_NAME: name}
    return x509.Name([x509.NameAttribute(kind, text) for kind, text in called.items()])
