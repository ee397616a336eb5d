"""A small certificate authority for the demo and the tests: a root, certificates for people, and a revocation list.

In production performers sign with certificates of authorities the operator pins; nothing here is used for that.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from consent.errors import ConsentError

_SLACK = timedelta(minutes=5)  # clocks differ a little
_KEY_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a person signs with: key, certificate and the chain above it, as PEM; `sha256` is the fingerprint (DER)."""

    name: str
    key: bytes
    certificate: bytes
    chain: bytes
    sha256: str


def fingerprint(certificate_pem: bytes) -> str:
    """The SHA-256 of the one certificate in `certificate_pem` (DER), in hexadecimal. Raises ConsentError."""
    try:
        found = x509.load_pem_x509_certificates(certificate_pem)
    except ValueError as e:
        raise ConsentError("Expected a certificate in PEM (-----BEGIN CERTIFICATE-----).") from e
    if len(found) != 1:
        raise ConsentError(f"Expected one certificate, got {len(found)}.")
    return found[0].fingerprint(hashes.SHA256()).hex()


@dataclass(slots=True, kw_only=True)
class Authority:
    """A certificate authority that lives in memory; `to_pem` and `from_pem` keep it."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    revoked: dict[int, datetime] = field(default_factory=dict)

    @classmethod
    def make(cls, name: str, *, now: datetime, lasts: timedelta = timedelta(days=3650)) -> Self:
        """A new root called `name`."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(_name(name), _name(name), key=key, window=(now - _SLACK, now + lasts))
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        builder = builder.add_extension(_usage("key_cert_sign", "crl_sign"), critical=True)
        return cls(certificate=builder.sign(key, hashes.SHA256()), key=key)

    @classmethod
    def from_pem(cls, pem: bytes) -> Self:
        """What `to_pem` wrote. Revocations are not in it."""
        key = load_pem_private_key(pem, password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ConsentError("Expected an elliptic-curve key.")
        return cls(certificate=x509.load_pem_x509_certificate(pem), key=key)

    def to_pem(self) -> bytes:
        """Certificate and private key."""
        return self.root + _key_pem(self.key)

    @property
    def root(self) -> bytes:
        """The root certificate, PEM."""
        return self.certificate.public_bytes(Encoding.PEM)

    def issue(self, name: str, *, now: datetime, lasts: timedelta = timedelta(days=730), address: str = "") -> Identity:
        """A certificate for a person called `name`, fit to sign documents. `address` is where its CRL could be had."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(_name(name), self.certificate.subject, key=key, window=(now - _SLACK, now + lasts))
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_usage("digital_signature", "content_commitment"), critical=True)
        if address:
            builder = builder.add_extension(_crl_at(address), critical=False)
        certificate = builder.sign(self.key, hashes.SHA256())
        return Identity(
            name=name,
            key=_key_pem(key),
            certificate=certificate.public_bytes(Encoding.PEM),
            chain=self.root,
            sha256=certificate.fingerprint(hashes.SHA256()).hex(),
        )

    def revoke(self, identity: Identity, *, at: datetime) -> None:
        self.revoked[x509.load_pem_x509_certificate(identity.certificate).serial_number] = at

    def crl(self, *, now: datetime, lasts: timedelta = timedelta(days=365)) -> bytes:
        """The revocation list as of `now`, PEM."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(now - _SLACK)
            .next_update(now + lasts)
            .add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
            .add_extension(_issued_by(self.key), critical=False)
        )
        for serial, at in self.revoked.items():
            entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(at).build()
            builder = builder.add_revoked_certificate(entry)
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.PEM)

    def trust(self, *, now: datetime) -> bytes:
        """Root and revocation list in one PEM file, as `pades.verify` takes its roots."""
        return self.root + self.crl(now=now)


def _builder(
    subject: x509.Name, issuer: x509.Name, *, key: ec.EllipticCurvePrivateKey, window: tuple[datetime, datetime]
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(window[0])
        .not_valid_after(window[1])
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _name(text: str) -> x509.Name:
    # X.520 allows 64 characters in a common name.
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def _usage(*named: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{usage: usage in named for usage in _KEY_USAGES})


def _issued_by(key: ec.EllipticCurvePrivateKey) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())


def _crl_at(address: str) -> x509.CRLDistributionPoints:
    point = x509.DistributionPoint(
        full_name=[x509.UniformResourceIdentifier(address)], relative_name=None, reasons=None, crl_issuer=None
    )
    return x509.CRLDistributionPoints([point])


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
