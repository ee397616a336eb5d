"""A key file is made once, even when several processes start together, and its owner alone may read it."""

import os
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from filelock import FileLock


def made_once(path: Path, make: Callable[[], bytes]) -> bytes:
    """The bytes of the key file at `path`, made by `make` if there is none yet; readable by its owner alone."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with FileLock(path.with_suffix(".lock")):
            if not path.exists():
                write_private(path, make())
    return path.read_bytes()


def write_private(path: Path, content: bytes) -> None:
    """Put a file there that its owner alone may read, whole or not at all."""
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def new_ed25519() -> bytes:
    """PEM of a new private key."""
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def ed25519(pem: bytes) -> Ed25519PrivateKey:
    """The private key in `pem`. Raises ValueError if it is of another kind."""
    key = load_pem_private_key(pem, password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError(f"Expected an Ed25519 key, got {type(key).__name__}")
    return key
