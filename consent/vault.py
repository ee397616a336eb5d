"""Secrets at rest: one data key per consent; the only module that speaks to Tink.

The rules this module keeps:
1. What belongs to a consent (face template, trained weights) is encrypted under that consent's own key alone.
   Destroying the key destroys every copy of it.
2. A context is bound to each ciphertext: what was written for one purpose does not open for another.
3. A key in the clear lies in memory alone. At rest it is wrapped (`consent.keystore`), under way sealed
   (`consent.release`).
"""

import shutil
from pathlib import Path
from typing import Any

import tink
from tink import aead, secret_key_access, streaming_aead

from consent.errors import VaultError

aead.register()
streaming_aead.register()

_TEMPLATE = aead.aead_key_templates.AES256_GCM
_FILE_TEMPLATE = streaming_aead.streaming_aead_key_templates.AES256_GCM_HKDF_1MB
_HEAD, _PIECE = 4, 2**20  # bytes that hold the head's length; bytes copied at once


def new_key() -> bytes:
    """A new key in the clear: a Tink keyset (AES-256-GCM). Whoever has it opens what it encrypts."""
    return bytes(tink.proto_keyset_format.serialize(tink.new_keyset_handle(_TEMPLATE), secret_key_access.TOKEN))


class Key:
    """A key in the clear, at work."""

    def __init__(self, keyset: bytes) -> None:
        """Raises VaultError if `keyset` is not what `new_key` made."""
        try:
            handle = tink.proto_keyset_format.parse(keyset, secret_key_access.TOKEN)
            self._aead: Any = handle.primitive(aead.Aead)
        except tink.TinkError as e:
            raise VaultError("This is no key, or not a whole one.") from e

    def encrypt(self, plaintext: bytes, context: bytes) -> bytes:
        """`plaintext`, encrypted for one purpose. (AES-256-GCM with a nonce of its own, by Tink.)"""
        return bytes(self._aead.encrypt(plaintext, context))

    def decrypt(self, ciphertext: bytes, context: bytes) -> bytes:
        """Undo `encrypt`. Raises VaultError for another key, another context or changed bytes."""
        try:
            return bytes(self._aead.decrypt(ciphertext, context))
        except tink.TinkError as e:
            raise VaultError("This was changed, or encrypted under another key or for another purpose.") from e

    def encrypt_file(self, source: Path, target: Path, *, context: bytes) -> None:
        """Write `source` to `target` as a stream of authenticated segments, under a file key of its own that this key
        wraps and that stands at the head of the file.
        """
        handle = tink.new_keyset_handle(_FILE_TEMPLATE)
        head = tink.proto_keyset_format.serialize_encrypted(handle, self._aead, context)
        stream = handle.primitive(streaming_aead.StreamingAead)
        with source.open("rb") as plain, target.open("wb") as sealed:
            sealed.write(len(head).to_bytes(_HEAD, "big") + head)
            with stream.new_encrypting_stream(sealed, context) as out:
                shutil.copyfileobj(plain, out, _PIECE)

    def decrypt_file(self, source: Path, target: Path, *, context: bytes) -> None:
        """Undo `encrypt_file`. `target` is deleted again unless every segment was authentic.

        Raises VaultError for another key, context or changed bytes.
        """
        try:
            with source.open("rb") as sealed, target.open("wb") as plain:
                head = sealed.read(int.from_bytes(sealed.read(_HEAD), "big"))
                handle = tink.proto_keyset_format.parse_encrypted(head, self._aead, context)
                with handle.primitive(streaming_aead.StreamingAead).new_decrypting_stream(sealed, context) as stream:
                    shutil.copyfileobj(stream, plain, _PIECE)
        except tink.TinkError as e:
            target.unlink(missing_ok=True)
            raise VaultError("This file was changed, or encrypted under another key or for another purpose.") from e
