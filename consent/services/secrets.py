"""The data key of a consent: made when it is first needed, used by name, gone with the consent.

Destroying it takes two acts. The wrapped key goes in the transaction that ends the consent; the key that wraps it lies
in a store which no rollback reaches, so it goes after the commit (`shred`), and the row remembers until then that it is
owed.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from consent.enrolment import ProposedFace
from consent.errors import KeyDestroyedError, KeyWithheldError
from consent.keystore import KeyStore
from consent.models import ClipEnvelope, ConsentRecord, Performer, VaultKey
from consent.services.entries import note
from consent.types import ConsentState
from consent.vault import Key, new_key
from provenance.types import EntryKind

Sealer = tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]

KEEPER = "keeper"  # who carries destructions out, as the ledger names it


class Keyring(Protocol):
    """Where somebody's data keys come from: a store, or what was released for one step of work."""

    def key(self, consent_id: UUID) -> Key:
        """The data key of a consent, looked at anew each time. Raises KeyDestroyedError once it is destroyed,
        VaultError for one that does not open or was not released, KeyStoreError where the store does not answer."""


class StoreKeyring:
    """The keyring of whoever may use the store itself. Makes the key of an active consent when there is none yet."""

    def __init__(self, store: KeyStore) -> None:
        self._store = store

    def key(self, consent_id: UUID) -> Key:
        """Raises as `Keyring.key` does."""
        return Key(clear(consent_id, store=self._store))


def clear(consent_id: UUID, *, store: KeyStore) -> bytes:
    """The consent's data key in the clear, made now if there is none. Raises KeyDestroyedError if it is destroyed, or
    the consent not active and never had one; VaultError if it was changed; KeyStoreError."""
    row = VaultKey.objects.filter(consent_id=consent_id).first() or _made(consent_id, store=store)
    wrapped = bytes(row.wrapped)
    if not wrapped:
        raise KeyDestroyedError("The key was destroyed; what it encrypted cannot be read any more.")
    _check_free(consent_id)
    return store.unwrap(_label(_origin(row)), wrapped, _context(_origin(row)))


def sealer(consent_id: UUID, *, keyring: Keyring, context: bytes) -> Sealer:
    """(encrypt, decrypt) under the key of one consent. Both look the key up each time they are called, so that they
    stop working when it is destroyed. Raise KeyDestroyedError, and VaultError for what does not open."""
    keyring.key(consent_id)

    def encrypt(plaintext: bytes) -> bytes:
        return keyring.key(consent_id).encrypt(plaintext, context)

    def decrypt(ciphertext: bytes) -> bytes:
        return keyring.key(consent_id).decrypt(ciphertext, context)

    return encrypt, decrypt


def seal_file(consent_id: UUID, source: Path, target: Path, *, keyring: Keyring, context: bytes) -> None:
    """Write `source` to `target`, encrypted under the key of one consent. Raises KeyDestroyedError."""
    keyring.key(consent_id).encrypt_file(source, target, context=context)


def open_file(consent_id: UUID, source: Path, target: Path, *, keyring: Keyring, context: bytes) -> None:
    """Undo `seal_file`. Raises KeyDestroyedError, and VaultError for what does not open."""
    keyring.key(consent_id).decrypt_file(source, target, context=context)


def key_of(consent_id: UUID) -> VaultKey | None:
    """The row of the consent's key, if it was made and is not destroyed."""
    return VaultKey.objects.filter(consent_id=consent_id, destroyed_at=None).first()


def destroy(record: ConsentRecord) -> bool:
    """Destroy the consent's wrapped key, and forget the templates it opened; whether there was one. In the caller's
    transaction. From then on the key in the store is owed (`shred`)."""
    ProposedFace.objects.filter(key__consent=record).delete()
    Performer.objects.filter(template_key__consent=record).update(
        template=b"", template_key=None, enrolled_at=None, template_recogniser="", template_stills=0, portrait=b""
    )
    keys = VaultKey.objects.filter(consent=record, destroyed_at=None)
    return keys.update(wrapped=b"", destroyed_at=timezone.now()) == 1


def hand_over(old: ConsentRecord, new: ConsentRecord) -> bool:
    """Give the key of a consent, and what it opens, to the one that takes its place; whether there was one. In the
    caller's transaction. What wraps the key stays as it is, under the name that it was made by."""
    row = key_of(old.pk)
    if row is None:
        return False
    VaultKey.objects.filter(pk=row.pk).update(consent=new, made_for=_origin(row))
    ClipEnvelope.objects.filter(consent=old).update(consent=new)
    return True


def owed() -> list[UUID]:
    """The consents whose key is destroyed in the database and not yet in the store, oldest first."""
    rows = VaultKey.objects.filter(destroyed_at__isnull=False, shredded_at=None).order_by("destroyed_at")
    return list(rows.values_list("consent_id", flat=True))


def shred(consent_id: UUID, *, store: KeyStore) -> bool:
    """Destroy in the store what is owed there, and write it down; whether this call did. Outside any transaction: what
    a store destroyed does not come back. Raises KeyStoreError, after which it is owed still; LedgerError."""
    if consent_id not in owed():
        return False
    label = _label(_origin(VaultKey.objects.get(consent_id=consent_id)))
    store.destroy(label)
    if store.holds(label):
        return False
    with transaction.atomic():
        rows = VaultKey.objects.filter(consent_id=consent_id, destroyed_at__isnull=False, shredded_at=None)
        done = rows.update(shredded_at=timezone.now()) == 1
        if done:
            body = {"consent": str(consent_id), "store": type(store).__name__}
            note(EntryKind.KEY_SHREDDED, subject=f"consent:{consent_id}", by=KEEPER, body=dict(body))
    return done


@transaction.atomic
def _made(consent_id: UUID, *, store: KeyStore) -> VaultKey:
    """Locks the consent, so that no withdrawal comes between. A key in the store that a rollback leaves behind wraps
    nothing, and is used when the next comes."""
    held = ConsentRecord.objects.select_for_update(no_key=True).filter(pk=consent_id)
    state = held.values_list("state", flat=True).first()
    if state != ConsentState.ACTIVE:
        raise KeyDestroyedError(f"The consent is {state or 'unknown'}: there is no key for what belongs to it.")
    row = VaultKey.objects.filter(consent_id=consent_id).first()
    if row is None:
        store.make(_label(consent_id))
        wrapped = store.wrap(_label(consent_id), new_key(), _context(consent_id))
        row = VaultKey.objects.create(consent_id=consent_id, wrapped=wrapped)
    return row


def _origin(row: VaultKey) -> UUID:
    return row.made_for or row.consent_id


def _check_free(consent_id: UUID) -> None:
    """A suspended consent keeps its key, and gives it to nobody."""
    if ConsentRecord.objects.filter(pk=consent_id, state=ConsentState.SUSPENDED).exists():
        raise KeyWithheldError("The consent is suspended: its key is kept, and nothing is opened by it until then.")


def _label(consent_id: UUID) -> str:
    return f"consent-{consent_id}"


def _context(consent_id: UUID) -> bytes:
    return f"countersign data key of consent {consent_id}".encode()
