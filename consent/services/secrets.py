"""The data key of a consent: made when it is first needed, used by name, gone with the consent."""

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from consent.enrolment import ProposedFace
from consent.errors import KeyDestroyedError
from consent.models import ConsentRecord, Performer, VaultKey
from consent.types import ConsentState
from consent.vault import Vault

Sealer = tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]


def sealer(consent_id: UUID, *, kek: bytes, context: bytes) -> Sealer:
    """(encrypt, decrypt) under the key of one consent. Both look the key up each time they are called, so that they
    stop working when it is destroyed. Raise KeyDestroyedError, and VaultError for what does not open."""
    vault = Vault(kek)
    with transaction.atomic():
        key_id = data_key(consent_id, vault=vault).pk

    def encrypt(plaintext: bytes) -> bytes:
        return vault.encrypt(_wrapped(key_id), plaintext, context)

    def decrypt(ciphertext: bytes) -> bytes:
        return vault.decrypt(_wrapped(key_id), ciphertext, context)

    return encrypt, decrypt


def seal_file(consent_id: UUID, source: Path, target: Path, *, kek: bytes, context: bytes) -> None:
    """Write `source` to `target`, encrypted under the key of one consent. Raises KeyDestroyedError."""
    vault = Vault(kek)
    with transaction.atomic():
        key_id = data_key(consent_id, vault=vault).pk
    vault.encrypt_file(_wrapped(key_id), source, target, context=context)


def open_file(consent_id: UUID, source: Path, target: Path, *, kek: bytes, context: bytes) -> None:
    """Undo `seal_file`. Raises KeyDestroyedError, and VaultError for what does not open."""
    wrapped = VaultKey.objects.filter(consent_id=consent_id).values_list("wrapped", flat=True).first()
    Vault(kek).decrypt_file(bytes(wrapped or b""), source, target, context=context)


def data_key(consent_id: UUID, *, vault: Vault) -> VaultKey:
    """The consent's key, made now if there is none. Inside the caller's transaction; locks the consent.

    Raises KeyDestroyedError unless the consent is active.
    """
    state = ConsentRecord.objects.select_for_update(no_key=True).values_list("state", flat=True).get(pk=consent_id)
    if state != ConsentState.ACTIVE:
        raise KeyDestroyedError(f"The consent is {state}: there is no key for what belongs to it.")
    key, _ = VaultKey.objects.get_or_create(consent_id=consent_id, defaults={"wrapped": vault.new_key()})
    return key


def destroy(record: ConsentRecord) -> bool:
    """Destroy the consent's key, and forget the templates it opened; whether there was one. In the caller's
    transaction."""
    ProposedFace.objects.filter(key__consent=record).delete()
    Performer.objects.filter(template_key__consent=record).update(
        template=b"", template_key=None, enrolled_at=None, template_recogniser="", template_stills=0, portrait=b""
    )
    keys = VaultKey.objects.filter(consent=record, destroyed_at=None)
    return keys.update(wrapped=b"", destroyed_at=timezone.now()) == 1


def _wrapped(key_id: UUID) -> bytes:
    return bytes(VaultKey.objects.values_list("wrapped", flat=True).get(pk=key_id))
