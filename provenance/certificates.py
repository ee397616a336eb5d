"""Certificates of our own making (RFC 5280): of authorities, and of keys that may do one thing. Pure.

P-256 throughout, signed with SHA-256. Outside development, certificates come from whoever runs the organisation's PKI.
"""

from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID, ObjectIdentifier

Draft = x509.CertificateBuilder
Window = tuple[datetime, datetime]


def name(organisation: str, common: str) -> x509.Name:
    """A distinguished name of organisation and common name."""
    called = {NameOID.ORGANIZATION_NAME: organisation, NameOID.COMMON_NAME: common}
    return x509.Name([x509.NameAttribute(kind, text) for kind, text in called.items()])


def draft(subject: x509.Name, key: ec.EllipticCurvePrivateKey, *, issuer: x509.Name, window: Window) -> Draft:
    """A certificate for `key`, to be completed and signed; valid in `window`."""
    return (
        x509.CertificateBuilder(subject_name=subject, issuer_name=issuer, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(window[0])
        .not_valid_after(window[1])
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def of_authority(draft: Draft, *, path_length: int) -> Draft:
    """May sign certificates, with at most `path_length` authorities below it."""
    basic = x509.BasicConstraints(ca=True, path_length=path_length)
    return draft.add_extension(basic, critical=True).add_extension(_usage(authority=True), critical=True)


def for_purpose(draft: Draft, purpose: ObjectIdentifier, *, critical: bool) -> Draft:
    """May sign what is said to be signed for `purpose`, and no certificates."""
    return (
        draft.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=critical)
    )


def signed(draft: Draft, issuer: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    """The certificate, signed by its issuer's key."""
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key())
    return draft.add_extension(identifier, critical=False).sign(issuer, hashes.SHA256())


def pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


def private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """PKCS #8, unencrypted: the file's rights protect it."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


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
