"""Key-encryption keys in a PKCS#11 token (OASIS PKCS#11 2.40 and 3.0); the only module that speaks to one.

The rules this module keeps:
1. A key is made in the token, AES-256, sensitive and not extractable: nobody ever sees it, this process included.
2. Wrapping is AES-256-GCM in the token (NIST SP 800-38D), with a fresh random nonce of 96 bits and the context as
   associated data. A consent's key wraps a handful of data keys in its life, far from any bound on nonces.
3. The PIN comes from a file that the address names, never from the environment or a command line.

The address is a PKCS#11 URI (RFC 7512): `pkcs11:token=countersign?module-path=/usr/lib/softhsm/libsofthsm2.so&
pin-source=file:/etc/countersign/pin`.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar
from urllib.parse import parse_qs, unquote

import pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass

from consent.errors import KeyDestroyedError, KeyStoreError, VaultError
from consent.keystore import checked, gone

NONCE = 12  # bytes
_OURS = b"countersign"  # CKA_ID of every key made here: nothing else in the token is ever touched

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a token is: the module that speaks to it, its label, and the file with the PIN."""

    module: Path
    token: str
    pin: Path


def address(text: str) -> Address:
    """Read a PKCS#11 URI (RFC 7512, sections 2.3 and 2.4). Raises KeyStoreError."""
    path, _, query = text.removeprefix("pkcs11:").partition("?")
    said = {**_pairs(path, ";"), **_pairs(query, "&")}
    if "pin-value" in said:
        raise KeyStoreError("The PIN must come from a file (pin-source), not from the address itself.")
    missing = [name for name in ("token", "module-path", "pin-source") if not said.get(name)]
    if missing:
        raise KeyStoreError(f"The address of a PKCS#11 token needs {', '.join(missing)} (RFC 7512).")
    return Address(Path(said["module-path"]), said["token"], Path(said["pin-source"].removeprefix("file:")))


class Pkcs11Store:
    """A KeyStore in one token. One session, used by one thread at a time, opened again when it breaks."""

    def __init__(self, text: str) -> None:
        """Raises KeyStoreError for an address that is none."""
        self._address = address(text)
        self._session: Any = None
        self._lock = Lock()

    def make(self, label: str) -> None:
        """A new AES-256 key in the token, which never leaves it."""

        def work(session: Any) -> None:
            if not _found(session, label):
                session.generate_key(
                    KeyType.AES,
                    256,
                    id=_OURS,
                    label=label,
                    store=True,
                    template={Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False},
                )

        checked(label)
        self._use(work)

    def wrap(self, label: str, key: bytes, context: bytes) -> bytes:
        """The nonce, then what the token made of `key`."""
        nonce = os.urandom(NONCE)
        made = self._use(lambda session: _one(session, label).encrypt(key, **_gcm(nonce, context)))
        return nonce + bytes(made)

    def unwrap(self, label: str, wrapped: bytes, context: bytes) -> bytes:
        """Undo `wrap`. What the token does not open was changed, or wrapped elsewhere."""
        nonce, sealed = wrapped[:NONCE], wrapped[NONCE:]
        if not sealed:
            raise VaultError("This is no wrapped key, or not a whole one.")
        return bytes(self._use(lambda session: _opened(_one(session, label), sealed, nonce, context)))

    def destroy(self, label: str) -> bool:
        """C_DestroyObject on every key of that label."""

        def work(session: Any) -> bool:
            keys = _found(session, label)
            for key in keys:
                key.destroy()
            return bool(keys)

        checked(label)
        return self._use(work)

    def holds(self, label: str) -> bool:
        """By looking in the token."""
        checked(label)
        return self._use(lambda session: bool(_found(session, label)))

    def _use(self, work: Callable[[Any], T]) -> T:
        with self._lock:
            try:
                self._session = self._session or self._opened()
                return work(self._session)
            except KeyDestroyedError:
                raise
            except VaultError:
                self._drop()  # a token says no more than "general error", which may as well mean the session
                raise
            except (pkcs11.PKCS11Error, OSError, RuntimeError) as e:
                self._drop()
                raise KeyStoreError(f"The token does not answer: {str(e) or type(e).__name__}") from e

    def _opened(self) -> Any:
        token = pkcs11.lib(str(self._address.module)).get_token(token_label=self._address.token)
        try:
            return token.open(rw=True, user_pin=self._address.pin.read_text().strip())
        except pkcs11.UserAlreadyLoggedIn:  # by another session of this process, and that is all a process needs
            return token.open(rw=True)

    def _drop(self) -> None:
        session, self._session = self._session, None
        try:
            if session is not None:
                session.close()
        except pkcs11.PKCS11Error:
            pass  # it broke already, and the next use opens another


def _found(session: Any, label: str) -> list[Any]:
    about = {Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.ID: _OURS, Attribute.LABEL: label}
    return list(session.get_objects(about))


def _one(session: Any, label: str) -> Any:
    keys = _found(session, checked(label))
    if not keys:
        raise gone(label)
    return keys[0]


def _gcm(nonce: bytes, context: bytes) -> dict[str, Any]:
    return {"mechanism": Mechanism.AES_GCM, "mechanism_param": pkcs11.GCMParams(nonce, context, 128)}


def _opened(key: Any, sealed: bytes, nonce: bytes, context: bytes) -> bytes:
    try:
        return bytes(key.decrypt(sealed, **_gcm(nonce, context)))
    except _NOT_OURS as e:
        raise VaultError("This was changed, or wrapped under another key or for another purpose.") from e


_NOT_OURS = (pkcs11.EncryptedDataInvalid, pkcs11.EncryptedDataLenRange, pkcs11.GeneralError)


def _pairs(text: str, separator: str) -> dict[str, str]:
    return {name: unquote(values[-1]) for name, values in parse_qs(text, separator=separator).items()}
