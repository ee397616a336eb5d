"""Where a worker's data keys come from."""

from django.conf import settings

from consent import services as consents
from countersign import keys


def at_hand() -> consents.Keyring:
    """The keyring of this installation's key store. Raises KeyStoreError."""
    return consents.StoreKeyring(keys.store(settings.KEYS, name=settings.KEYSTORE))
