"""Key stores of each kind: a folder, a soft token (SoftHSM2) and a cloud service's double.

COUNTERSIGN_TEST_KEYSTORE says in which one the tests of the room keep their keys: "file" (default) or "pkcs11".
"""

import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import pytest

from consent import vault
from consent.keystore import FileStore, KeyStore, checked, gone

MODULES = tuple(map(Path, ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so")))
TOKEN, PIN = "countersign tests", "271828"


class MemoryKms:
    """A key service as a cloud sells one, in memory: it makes keys, wraps with them and forgets them."""

    def __init__(self) -> None:
        self._keys: dict[str, bytes] = {}

    def make(self, label: str) -> None:
        self._keys.setdefault(checked(label), vault.new_key())

    def wrap(self, label: str, key: bytes, context: bytes) -> bytes:
        return self._key(label).encrypt(key, context)

    def unwrap(self, label: str, wrapped: bytes, context: bytes) -> bytes:
        return self._key(label).decrypt(wrapped, context)

    def destroy(self, label: str) -> bool:
        return self._keys.pop(checked(label), None) is not None

    def holds(self, label: str) -> bool:
        return checked(label) in self._keys

    def _key(self, label: str) -> vault.Key:
        if checked(label) not in self._keys:
            raise gone(label)
        return vault.Key(self._keys[label])


@cache
def token() -> str:
    """The address of a soft token of this process's own. Skips where SoftHSM2 is not installed."""
    folder = Path(tempfile.mkdtemp(prefix="softhsm-", dir=os.environ["COUNTERSIGN_DATA"]))
    address, os.environ["SOFTHSM2_CONF"] = new_token(folder)
    return address


def new_token(folder: Path) -> tuple[str, str]:
    """The address of a new soft token in `folder`, and where its configuration (SOFTHSM2_CONF) is."""
    module = next((path for path in MODULES if path.exists()), None)
    if module is None or shutil.which("softhsm2-util") is None:
        pytest.skip("needs SoftHSM2 (apt install softhsm2)")
    conf = folder / "softhsm2.conf"
    (folder / "tokens").mkdir(parents=True)
    conf.write_text(f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\n")
    (folder / "pin").write_text(PIN + "\n")
    command = ["softhsm2-util", "--init-token", "--free", "--label", TOKEN, "--so-pin", "314159", "--pin", PIN]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "SOFTHSM2_CONF": str(conf)})
    label = TOKEN.replace(" ", "%20")
    return f"pkcs11:token={label}?module-path={module}&pin-source=file:{folder}/pin", str(conf)


def new(kind: str) -> KeyStore:
    """A store of that kind; a folder or a service is a new one, the token is the one there is."""
    if kind == "pkcs11":
        from consent.hsm import Pkcs11Store

        return Pkcs11Store(token())
    return MemoryKms() if kind == "kms" else FileStore(Path(tempfile.mkdtemp(dir=os.environ["COUNTERSIGN_DATA"])))


class Current:
    """The store in which the tests keep their keys just now."""

    def __init__(self) -> None:
        self._store: KeyStore | None = None

    @property
    def store(self) -> KeyStore:
        self._store = self._store or new(os.environ.get("COUNTERSIGN_TEST_KEYSTORE") or "file")
        return self._store

    def use(self, store: KeyStore | None) -> None:
        self._store = store

    def make(self, label: str) -> None:
        self.store.make(label)

    def wrap(self, label: str, key: bytes, context: bytes) -> bytes:
        return self.store.wrap(label, key, context)

    def unwrap(self, label: str, wrapped: bytes, context: bytes) -> bytes:
        return self.store.unwrap(label, wrapped, context)

    def destroy(self, label: str) -> bool:
        return self.store.destroy(label)

    def holds(self, label: str) -> bool:
        return self.store.holds(label)


CURRENT = Current()
