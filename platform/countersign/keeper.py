"""What becomes of the keys in the key store: those of consents that have ended are destroyed there."""

import time
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, close_old_connections

from consent import services as consents
from consent.errors import ConsentError
from countersign import keys
from provenance.errors import LedgerError

LOOK_EVERY_S = 0.5


def keep_shredding(say: Callable[[str], object]) -> None:
    """Carry out owed destructions for ever, for a thread; what goes wrong is said and tried again."""
    while True:
        try:
            close_old_connections()
            shred_owed()
        except (DatabaseError, LedgerError, ConsentError) as error:
            say(f"a key could not be destroyed yet: {error}")
        time.sleep(LOOK_EVERY_S)


def shred_owed() -> int:
    """Destroy in the store what is owed there; how many keys were. Raises KeyStoreError, LedgerError."""
    owed = consents.owed()
    store = keys.store(settings.KEYS, name=settings.KEYSTORE) if owed else None
    return sum(consents.shred(consent_id, store=store) for consent_id in owed) if store else 0
