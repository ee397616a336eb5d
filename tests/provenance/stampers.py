"""Time-stamp authorities, sound ones and those that no authority may be."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from asn1crypto import tsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from countersign.tsa import reply
from countersign.tsa.authority import Authority
from provenance.timestamp import Request

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
STAMPING, EMAIL = ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.EMAIL_PROTECTION


def stamper(*, purposes: Sequence[ObjectIdentifier] = (STAMPING,), critical: bool = True) -> Authority:
    """An authority whose certificate says what it is for in its own way."""
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "root")])
    root = _draft("root", root_key, issuer=name).add_extension(x509.BasicConstraints(True, 0), critical=True)
    leaf = _draft("stamper", key, issuer=name)
    if purposes:
        leaf = leaf.add_extension(x509.ExtendedKeyUsage(purposes), critical=critical)
    return Authority(
        key=key, certificate=leaf.sign(root_key, hashes.SHA256()), root=root.sign(root_key, hashes.SHA256())
    )


def _draft(name: str, key: ec.EllipticCurvePrivateKey, *, issuer: x509.Name) -> x509.CertificateBuilder:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    return (
        x509.CertificateBuilder(subject_name=subject, issuer_name=issuer, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=365))
    )


def stamped(request: Request, by: Authority, *, now: datetime = NOW) -> bytes:
    """What `by` replies to `request` at `now`."""
    return reply.answer(request.der, by=by, now=now)


def asked(request: Request, **changed: object) -> bytes:
    """The request as somebody else would have written it."""
    read = tsp.TimeStampReq.load(request.der)
    for field, value in changed.items():
        read[field] = value
    raw: bytes = read.dump()
    return raw
