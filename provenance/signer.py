"""Who signs an output: a key, and the certificates that say whose it is.

The claim is signed with ES256 by the leaf of root -> intermediate -> leaf. Only the root's certificate is given away;
its key is thrown away once the intermediate exists. In production a signer that asks a KMS or PKCS#11 token takes the
place of `FileSigner`: all that is asked of it is `Signer`.
"""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Protocol

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509.oid import ObjectIdentifier
from filelock import FileLock

from provenance import certificates
from provenance.errors import SigningError

C2PA_CLAIM_SIGNING = ObjectIdentifier("1.3.6.1.4.1.62558.2.1")  # C2PA 2.4, 14.5.1
ROOT_LIFE, INTERMEDIATE_LIFE = timedelta(days=3652), timedelta(days=1826)
# Without a trusted time-stamp, credentials read as expired from the day the certificate does: so the leaf lives for two
# years and is replaced after one. With time-stamps 90 days will do.
LEAF_LIFE, LEAF_RENEWAL = timedelta(days=730), timedelta(days=365)


class Signer(Protocol):
    """What signing asks for: the chain, leaf first, in PEM, and a signature."""

    @property
    def chain(self) -> bytes: ...

    def sign(self, data: bytes) -> bytes:
        """The ES256 signature of `data`, r and s, 32 bytes each. Raises SigningError."""


@dataclass(frozen=True)
class FileSigner:
    """Signs with the key in `folder`, as `make_pki` left it there; the file is first opened when it is needed.

    Raises SigningError, from `chain` and `sign`, if the file is missing or damaged, or key and leaf do not fit.
    """

    folder: Path

    @property
    def chain(self) -> bytes:
        return b"".join(certificates.pem(certificate) for certificate in self._opened[1])

    def sign(self, data: bytes) -> bytes:
        r, s = decode_dss_signature(self._opened[0].sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32) + s.to_bytes(32)

    @cached_property
    def _opened(self) -> tuple[ec.EllipticCurvePrivateKey, list[x509.Certificate]]:
        key, chain = _load(_signer_file(self.folder))
        if key.public_key() != chain[0].public_key():
            raise SigningError("The signing key and its certificate do not belong together.")
        return key, chain


def make_pki(
    folder: Path, anchor_path: Path, organisation: str = "Countersign", *, now: datetime | None = None
) -> None:
    """See that a signing key and its chain lie in `folder` and the root they lead to at `anchor_path`.

    Made once, even when several processes come together; a leaf past half its life is replaced under the same root.
    Raises SigningError if what is there cannot be read.
    """
    now = now or datetime.now(UTC)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with FileLock(folder / ".lock"):
        issuer = folder / "issuer.pem"
        if not issuer.exists():
            _write(issuer, _new_issuer(organisation, now), mode=0o600)
        key, (intermediate, root) = _load(issuer)
        if not anchor_path.exists() or anchor_path.read_bytes() != certificates.pem(root):
            anchor_path.parent.mkdir(parents=True, exist_ok=True)
            _write(anchor_path, certificates.pem(root), mode=0o644)
        if not _serves(_signer_file(folder), intermediate, now):
            _write(_signer_file(folder), _new_signer(key, intermediate, organisation, now), mode=0o600)


def _signer_file(folder: Path) -> Path:
    return folder / "signer.pem"


def _serves(path: Path, intermediate: x509.Certificate, now: datetime) -> bool:
    if not path.exists():
        return False
    leaf = _load(path)[1][0]
    try:
        leaf.verify_directly_issued_by(intermediate)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return now + LEAF_RENEWAL < leaf.not_valid_after_utc


def _new_issuer(organisation: str, now: datetime) -> bytes:
    """A new intermediate: its key, its certificate and the root's. The root's key ends here."""
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    above = _name(organisation, "root")
    root = certificates.draft(above, root_key, issuer=above, window=_window(now, ROOT_LIFE))
    draft = certificates.draft(_name(organisation, "issuer"), key, issuer=above, window=_window(now, INTERMEDIATE_LIFE))
    intermediate = certificates.signed(certificates.of_authority(draft, path_length=0), root_key)
    signed_root = certificates.signed(certificates.of_authority(root, path_length=1), root_key)
    return certificates.private_pem(key) + certificates.pem(intermediate) + certificates.pem(signed_root)


def _new_signer(
    issuer_key: ec.EllipticCurvePrivateKey, issuer: x509.Certificate, organisation: str, now: datetime
) -> bytes:
    """A new leaf as C2PA 2.4, 14.5.1 wants it: its key, its certificate and the intermediate's."""
    key = ec.generate_private_key(ec.SECP256R1())
    life = min(LEAF_LIFE, issuer.not_valid_after_utc - now)
    draft = certificates.draft(_name(organisation, "signer"), key, issuer=issuer.subject, window=_window(now, life))
    leaf = certificates.signed(certificates.for_purpose(draft, C2PA_CLAIM_SIGNING, critical=False), issuer_key)
    return certificates.private_pem(key) + certificates.pem(leaf) + certificates.pem(issuer)


def _window(now: datetime, life: timedelta) -> certificates.Window:
    return now - timedelta(hours=1), now + life  # clocks differ


def _name(organisation: str, part: str) -> x509.Name:
    return certificates.name(organisation, f"Content Credentials {part}")


def _load(path: Path) -> tuple[ec.EllipticCurvePrivateKey, list[x509.Certificate]]:
    try:
        content = path.read_bytes()
        key = serialization.load_pem_private_key(content, password=None)
        chain = x509.load_pem_x509_certificates(content)
    except (OSError, ValueError, TypeError) as e:
        raise SigningError(f"The key file {path.name} cannot be read: {e}") from e
    if not isinstance(key, ec.EllipticCurvePrivateKey) or len(chain) < 2:
        raise SigningError(f"The key file {path.name} does not hold a P-256 key and its chain.")
    return key, chain


def _write(path: Path, content: bytes, *, mode: int) -> None:
    """All or nothing, and never readable by others in between."""
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
