"""Where a worker's data keys come from."""

from uuid import UUID

from django.conf import settings

from consent import services as consents
from consent.keystore import KeyStore
from countersign import keys


def at_hand() -> consents.Keyring:
    """The keyring of this installation's key store. Raises KeyStoreError."""
    return consents.StoreKeyring(keys.store(settings.KEYS, name=settings.KEYSTORE))


def store() -> KeyStore:
    """The key store of this installation. Raises KeyStoreError."""
    return keys.store(settings.KEYS, name=settings.KEYSTORE)


def of_clip(footage_id: UUID) -> bytes:
    """The key of a clip, in the clear. Raises KeyDestroyedError, VaultError, KeyStoreError."""
    return consents.open_clip(footage_id, store=store())
