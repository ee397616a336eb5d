"""The key with which the platform seals consent documents that were signed here. `prepare` makes it; the sign worker
alone reads it. Whoever checks a document pins `documents-root.pem`.
"""

from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from filelock import FileLock

from consent.pki import Authority, Identity
from consent.sealing import Sealer
from countersign import keyfiles

NAME = "Countersign document seal"
LEAF_LIFE, RENEWED_AFTER = timedelta(days=730), timedelta(days=365)


def make(keys: Path, *, now: datetime) -> None:
    """See that a root, and a key below it that is not past half its life, lie in the folder `keys`."""
    folder = keys / "documents"
    pem = keyfiles.made_once(folder / "root.pem", lambda: Authority.make(f"{NAME} root", now=now).to_pem())
    office = Authority.from_pem(pem)
    public = keys / "documents-root.pem"
    keyfiles.made_once(public, lambda: office.root)
    public.chmod(0o644)  # others pin it
    with FileLock(folder / "signer.lock"):
        if not _serves(folder / "signer.pem", now):
            keyfiles.write_private(folder / "signer.pem", _written(office.issue(NAME, now=now, lasts=LEAF_LIFE)))


def sealer(keys: Path) -> Sealer:
    pem = (keys / "documents" / "signer.pem").read_bytes()
    key, certificate = pem.partition(b"-----BEGIN CERTIFICATE-----")[::2]
    return Sealer(key=key, certificate=b"-----BEGIN CERTIFICATE-----" + certificate, chain=root(keys))


def root(keys: Path) -> bytes:
    """PEM of the root to which the seals lead."""
    return (keys / "documents-root.pem").read_bytes()


def _serves(path: Path, now: datetime) -> bool:
    if not path.exists():
        return False
    made = x509.load_pem_x509_certificate(path.read_bytes()).not_valid_before_utc
    return now - made < RENEWED_AFTER


def _written(identity: Identity) -> bytes:
    return identity.key + identity.certificate
