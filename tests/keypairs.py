"""Keys as the platform keeps them: both halves as PEM."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat


def pair(key: CertificateIssuerPrivateKeyTypes | None = None) -> tuple[bytes, bytes]:
    """The private half and the public one, of a new Ed25519 key where none is given."""
    one = key or Ed25519PrivateKey.generate()
    private = one.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private, one.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
