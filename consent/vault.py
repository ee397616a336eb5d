"""Secrets at rest: one data key per consent, wrapped by a key-encryption key; the only module that speaks to Tink.

The rules this module keeps:
1. What belongs to a consent (face template, trained weights) is encrypted under that consent's own key alone.
   Deleting the wrapped key destroys every copy of it.
2. A context is bound to each ciphertext: what was written for one purpose does not open for another.
3. Keys leave this module only wrapped.
"""

import shutil
from pathlib import Path
from typing import Any

import tink
from tink import aead, secret_key_access, streaming_aead

from consent.errors import KeyDestroyedError, VaultError

aead.register()
streaming_aead.register()

_KEY_CONTEXT = b"countersign data key"
_TEMPLATE = aead.aead_key_templates.AES256_GCM
_FILE_TEMPLATE = streaming_aead.streaming_aead_key_templates.AES256_GCM_HKDF_1MB
_HEAD, _PIECE = 4, 2**20  # bytes that hold the head's length; bytes copied at once


def new_kek() -> bytes:
    """A new key-encryption key, as its holder keeps it: a Tink keyset in the clear. Whoever has it opens everything."""
    return bytes(tink.proto_keyset_format.serialize(tink.new_keyset_handle(_TEMPLATE), secret_key_access.TOKEN))


class Vault:
    """Makes, wraps and uses data keys under one key-encryption key."""

    def __init__(self, kek: bytes) -> None:
        """Raises VaultError if `kek` is not what `new_kek` made."""
        try:
            handle = tink.proto_keyset_format.parse(kek, secret_key_access.TOKEN)
            self._kek = handle.primitive(aead.Aead)
        except tink.TinkError as e:
            raise VaultError("The key-encryption key cannot be read.") from e

    def new_key(self) -> bytes:
        """A new data key, wrapped."""
        handle = tink.new_keyset_handle(_TEMPLATE)
        return bytes(tink.proto_keyset_format.serialize_encrypted(handle, self._kek, _KEY_CONTEXT))

    def encrypt(self, wrapped: bytes, plaintext: bytes, context: bytes) -> bytes:
        """Raises KeyDestroyedError for a key that is gone, VaultError for one that is not ours."""
        return bytes(self._unwrap(wrapped).encrypt(plaintext, context))

    def decrypt(self, wrapped: bytes, ciphertext: bytes, context: bytes) -> bytes:
        """Raises KeyDestroyedError for a key that is gone, VaultError for another key, context or changed bytes."""
        primitive = self._unwrap(wrapped)
        try:
            return bytes(primitive.decrypt(ciphertext, context))
        except tink.TinkError as e:
            raise VaultError("This was changed, or encrypted under another key or for another purpose.") from e

    def encrypt_file(self, wrapped: bytes, source: Path, target: Path, *, context: bytes) -> None:
        """Write `source` to `target` as a stream of authenticated segments, under a file key of its own that the data
        key wraps and that stands at the head of the file. Raises KeyDestroyedError, VaultError.
        """
        handle = tink.new_keyset_handle(_FILE_TEMPLATE)
        head = tink.proto_keyset_format.serialize_encrypted(handle, self._unwrap(wrapped), context)
        stream = handle.primitive(streaming_aead.StreamingAead)
        with source.open("rb") as plain, target.open("wb") as sealed:
            sealed.write(len(head).to_bytes(_HEAD, "big") + head)
            with stream.new_encrypting_stream(sealed, context) as out:
                shutil.copyfileobj(plain, out, _PIECE)

    def decrypt_file(self, wrapped: bytes, source: Path, target: Path, *, context: bytes) -> None:
        """Undo `encrypt_file`. `target` is deleted again unless every segment was authentic.

        Raises KeyDestroyedError for a key that is gone, VaultError for another key, context or changed bytes.
        """
        primitive = self._unwrap(wrapped)
        try:
            with source.open("rb") as sealed, target.open("wb") as plain:
                head = sealed.read(int.from_bytes(sealed.read(_HEAD), "big"))
                handle = tink.proto_keyset_format.parse_encrypted(head, primitive, context)
                with handle.primitive(streaming_aead.StreamingAead).new_decrypting_stream(sealed, context) as stream:
                    shutil.copyfileobj(stream, plain, _PIECE)
        except tink.TinkError as e:
            target.unlink(missing_ok=True)
            raise VaultError("This file was changed, or encrypted under another key or for another purpose.") from e

    def _unwrap(self, wrapped: bytes) -> Any:
        if not wrapped:
            raise KeyDestroyedError("The key was destroyed; what it encrypted cannot be read any more.")
        try:
            handle = tink.proto_keyset_format.parse_encrypted(wrapped, self._kek, _KEY_CONTEXT)
            return handle.primitive(aead.Aead)
        except tink.TinkError as e:
            raise VaultError("The data key was not wrapped by this key-encryption key, or was changed.") from e
