"""A small certificate authority for the demo and the tests: roots and authorities below them, certificates for people,
platforms and time-stamp authorities, revocation lists and answers about single certificates (OCSP).

In production performers sign with certificates of authorities the operator pins; nothing here is used for that.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    load_pem_private_key,
)
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from consent.errors import ConsentError
from provenance.certificates import private_pem

TIME_STAMPING = "1.3.6.1.5.5.7.3.8"  # the purpose of a certificate that makes time-stamps (RFC 3161, 2.3)
# ETSI EN 319 412-5: a qualified certificate, its key in a qualified device, for a person's signature.
QC_COMPLIANCE, QC_SSCD, QC_TYPE = "0.4.0.1862.1.1", "0.4.0.1862.1.4", "0.4.0.1862.1.6"
_QC_STATEMENTS = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.3")
_INFO = {QC_TYPE: [x509.ObjectIdentifier("0.4.0.1862.1.6.1")]}
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a certificate is for, besides signing documents: OIDs of extended key usages, of certificate policies and of
    qualified statements (ETSI EN 319 412-5), the organisation it belongs to, and where its status may be asked for."""

    organisation: str = ""
    purposes: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    statements: tuple[str, ...] = ()
    status_at: str = ""


@asn1.sequence
class _Statement:
    """QCStatement (RFC 3739, 3.2.6)."""

    statement: x509.ObjectIdentifier
    info: list[x509.ObjectIdentifier] | None


@asn1.sequence
class _Statements:
    """QCStatements, as many as anybody needs here."""

    first: _Statement | None
    second: _Statement | None
    third: _Statement | None


@dataclass(slots=True, kw_only=True)
class Authority:
    """A certificate authority that lives in memory; `to_pem` and `from_pem` keep it. `above` is the PEM of those that
    certified it."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    revoked: dict[int, datetime] = field(default_factory=dict)
    above: bytes = b""

    @classmethod
    def make(cls, name: str, *, now: datetime, lasts: timedelta = timedelta(days=3650), depth: int = 0) -> Self:
        """A new root called `name`, which may have `depth` authorities below it."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _authority(_builder(_name(name), _name(name), key=key, window=(now - _SLACK, now + lasts)), depth)
        return cls(certificate=builder.sign(key, hashes.SHA256()), key=key)

    def below(self, name: str, *, now: datetime, lasts: timedelta = timedelta(days=3650)) -> Self:
        """An authority that this one certifies, and that certifies people."""
        key = ec.generate_private_key(ec.SECP256R1())
        window = (now - _SLACK, now + lasts)
        builder = _authority(_builder(_name(name), self.certificate.subject, key=key, window=window), 0)
        certificate = builder.add_extension(_issued_by(self.key), critical=False).sign(self.key, hashes.SHA256())
        return type(self)(certificate=certificate, key=key, above=self.root + self.above)

    @classmethod
    def from_pem(cls, pem: bytes) -> Self:
        """What `to_pem` wrote. Revocations are not in it."""
        key = load_pem_private_key(pem, password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ConsentError("Expected an elliptic-curve key.")
        return cls(certificate=x509.load_pem_x509_certificate(pem), key=key)

    def to_pem(self) -> bytes:
        """Certificate and private key."""
        return self.root + private_pem(self.key)

    @property
    def root(self) -> bytes:
        """The root certificate, PEM."""
        return self.certificate.public_bytes(Encoding.PEM)

    def issue(
        self,
        name: str,
        *,
        now: datetime,
        lasts: timedelta = timedelta(days=730),
        address: str = "",
        profile: Profile = Profile(),
    ) -> Identity:
        """A certificate for `name`, fit to sign documents. `address` is where its CRL could be had."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _name(name, organisation=profile.organisation)
        builder = _builder(subject, self.certificate.subject, key=key, window=(now - _SLACK, now + lasts))
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_usage("digital_signature", "content_commitment"), critical=True)
        builder = builder.add_extension(_issued_by(self.key), critical=False)
        for extension, critical in _extensions(profile, address):
            builder = builder.add_extension(extension, critical=critical)
        certificate = builder.sign(self.key, hashes.SHA256())
        return Identity(
            name=name,
            key=private_pem(key),
            certificate=certificate.public_bytes(Encoding.PEM),
            chain=self.root + self.above,
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

    def answer(self, identity: Identity, *, now: datetime, lasts: timedelta = timedelta(days=7)) -> bytes:
        """What it says of one certificate as of `now`: an OCSP response (RFC 6960), DER."""
        certificate = x509.load_pem_x509_certificate(identity.certificate)
        at = self.revoked.get(certificate.serial_number)
        builder = ocsp.OCSPResponseBuilder().add_response(
            cert=certificate,
            issuer=self.certificate,
            algorithm=hashes.SHA256(),
            cert_status=ocsp.OCSPCertStatus.GOOD if at is None else ocsp.OCSPCertStatus.REVOKED,
            this_update=now - _SLACK,
            next_update=now + lasts,
            revocation_time=at,
            revocation_reason=None,
        )
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, self.certificate)
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.DER)

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


def _authority(builder: x509.CertificateBuilder, depth: int) -> x509.CertificateBuilder:
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=depth), critical=True)
    return builder.add_extension(_usage("key_cert_sign", "crl_sign"), critical=True)


def _name(text: str, *, organisation: str = "") -> x509.Name:
    # X.520 allows 64 characters in a common name.
    named = [x509.NameAttribute(NameOID.COMMON_NAME, text[:64])]
    if organisation:
        named.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation[:64]))
    return x509.Name(named)


def _extensions(profile: Profile, address: str) -> Iterator[tuple[x509.ExtensionType, bool]]:
    if address:
        yield _crl_at(address), False
    if profile.purposes:  # critical, as RFC 3161 (2.3) wants it for time-stamps
        yield x509.ExtendedKeyUsage(list(map(x509.ObjectIdentifier, profile.purposes))), True
    if profile.policies:
        policies = (x509.PolicyInformation(x509.ObjectIdentifier(oid), None) for oid in profile.policies)
        yield x509.CertificatePolicies(policies), False
    if profile.status_at:
        at = x509.UniformResourceIdentifier(profile.status_at)
        access = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, at)
        yield x509.AuthorityInformationAccess([access]), False
    if profile.statements:
        yield x509.UnrecognizedExtension(_QC_STATEMENTS, _statements(profile.statements)), False


def _statements(named: Sequence[str]) -> bytes:
    made = [_Statement(statement=x509.ObjectIdentifier(oid), info=_INFO.get(oid)) for oid in named]
    first, second, third = (*made, None, None, None)[:3]
    return asn1.encode_der(_Statements(first=first, second=second, third=third))


def _usage(*named: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{usage: usage in named for usage in _KEY_USAGES})


def _issued_by(key: ec.EllipticCurvePrivateKey) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())


def _crl_at(address: str) -> x509.CRLDistributionPoints:
    point = x509.DistributionPoint(
        full_name=[x509.UniformResourceIdentifier(address)], relative_name=None, reasons=None, crl_issuer=None
    )
    return x509.CRLDistributionPoints([point])
