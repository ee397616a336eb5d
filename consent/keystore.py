"""Where key-encryption keys live: one for each consent, so that destroying one ends what it wraps, in every copy.

The rules this module keeps:
1. A data key is kept only wrapped, in the database; what wraps it is kept only here. A copy of disk and database that
   was taken before a withdrawal cannot be opened afterwards with what the platform still holds.
2. A label names one consent's key-encryption key. What is made after a destruction under the same label is another key.
3. A context is bound to each wrapped key. A store that does not answer raises KeyStoreError, and nothing is opened.
"""

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Protocol, runtime_checkable

from consent import vault
from consent.errors import KeyDestroyedError, KeyStoreError

FILE, PKCS11, KMS = "file", "pkcs11:", "kms:"


@runtime_checkable
class KeyStore(Protocol):
    """Holds key-encryption keys by label and never hands one out. Every method raises KeyStoreError when the store does
    not answer, and for a label that is none (`checked`)."""

    def make(self, label: str) -> None:
        """Have a key under `label`: a new one, unless there is one already."""

    def wrap(self, label: str, key: bytes, context: bytes) -> bytes:
        """`key`, wrapped under the key of `label`. Raises KeyDestroyedError if there is none."""

    def unwrap(self, label: str, wrapped: bytes, context: bytes) -> bytes:
        """Undo `wrap`. Raises KeyDestroyedError if the label's key is gone, VaultError for what it did not wrap."""

    def destroy(self, label: str) -> bool:
        """Destroy the key of `label`; whether there was one."""

    def holds(self, label: str) -> bool:
        """Whether there is a key under `label`."""


def named(text: str, *, folder: Path) -> KeyStore:
    """The store that a setting names: "file" (in `folder`), "pkcs11:…" (RFC 7512), or "kms:" and the dotted path of a
    class that is a KeyStore. Raises KeyStoreError for anything else, and for a store that cannot be reached."""
    if text == FILE:
        return FileStore(folder)
    if text.startswith(PKCS11):
        from consent import hsm

        return hsm.Pkcs11Store(text)
    if text.startswith(KMS):
        return _imported(text.removeprefix(KMS))
    raise KeyStoreError(f"A key store is “file”, “pkcs11:…” or “kms:…”, not {text!r}.")


def checked(label: str) -> str:
    """`label`, if it is one: lower-case letters, digits and hyphens. Raises KeyStoreError."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,79}", label):
        raise KeyStoreError(f"A label holds lower-case letters, digits and hyphens, not {label!r}.")
    return label


def gone(label: str) -> KeyDestroyedError:
    """What a store raises for a key that it does not hold."""
    return KeyDestroyedError(
        f"There is no key {label}: it was destroyed, and what it encrypted cannot be read any more."
    )


class FileStore:
    """A folder with one file for each key, readable by its owner alone: for one machine and for trials. The folder is
    not made here: one that is away, an unmounted disk for instance, is a store that does not answer.

    Destroying overwrites the file before it is unlinked. A disk that writes elsewhere when it overwrites (most
    solid-state ones), a snapshot or a backup of the folder may hold the bytes still: hence the other stores.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def make(self, label: str) -> None:
        """A new key, whole on disk before it has its name."""
        final = self._path(label)
        with _reachable():
            if self._there(final):
                return
            fd, draft = tempfile.mkstemp(dir=self._folder, prefix=".")
            try:
                with os.fdopen(fd, "wb") as file:
                    file.write(vault.new_key())
                    _to_disk(file.fileno())
                _link(Path(draft), final)
            finally:
                os.unlink(draft)
            self._settle()

    def wrap(self, label: str, key: bytes, context: bytes) -> bytes:
        """By Tink's AES-256-GCM."""
        return self._key(label).encrypt(key, context)

    def unwrap(self, label: str, wrapped: bytes, context: bytes) -> bytes:
        """Undo `wrap`."""
        return self._key(label).decrypt(wrapped, context)

    def destroy(self, label: str) -> bool:
        """Overwrite, unlink, and see that the folder says so on disk."""
        path = self._path(label)
        with _reachable():
            if not self._there(path):
                return False
            with path.open("r+b") as file:
                file.write(os.urandom(path.stat().st_size))
                file.flush()
                _to_disk(file.fileno())
            path.unlink()
            self._settle()
        return True

    def holds(self, label: str) -> bool:
        """By the file's name."""
        with _reachable():
            return self._there(self._path(label))

    def _path(self, label: str) -> Path:
        return self._folder / checked(label)

    def _key(self, label: str) -> vault.Key:
        with _reachable():
            path = self._path(label)
            if not self._there(path):
                raise gone(label)
            return vault.Key(path.read_bytes())

    def _there(self, path: Path) -> bool:
        return path.name in os.listdir(self._folder)

    def _settle(self) -> None:
        fd = os.open(self._folder, os.O_RDONLY)
        try:
            _to_disk(fd)
        finally:
            os.close(fd)


def _link(draft: Path, final: Path) -> None:
    with suppress(FileExistsError):  # another process was first, and its key is the label's
        os.link(draft, final)


def _to_disk(fd: int) -> None:
    os.fsync(fd)


@contextmanager
def _reachable() -> Iterator[None]:
    try:
        yield
    except OSError as e:
        raise KeyStoreError(f"The key store's folder cannot be used: {e.strerror}.") from e


def _imported(path: str) -> KeyStore:
    module, _, name = path.rpartition(".")
    try:
        store = getattr(import_module(module), name)()
    except (ImportError, AttributeError, ValueError) as e:
        raise KeyStoreError(f"There is no key store {path!r}: {e}") from e
    if not isinstance(store, KeyStore):
        raise KeyStoreError(f"{path} is no key store: it lacks one of make, wrap, unwrap, destroy and holds.")
    return store
