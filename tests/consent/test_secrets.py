"""The data key of a consent: one each, wrapped by a key of its own, and no copy of it opens after a withdrawal."""

from uuid import uuid4

import pytest

from consent import services
from consent.errors import KeyDestroyedError, KeyStoreError, VaultError
from consent.keystore import KeyStore
from consent.models import VaultKey
from provenance.types import EntryKind
from tests.consent.house import KEYRING, House, entries_of

pytestmark = pytest.mark.usefixtures("each_store")


class Away:
    """A store that does not answer."""

    def __getattr__(self, name: str) -> object:
        raise KeyStoreError("The store does not answer.")


def test_a_copy_from_before_the_withdrawal_does_not_open(house: House, each_store: KeyStore) -> None:
    row = house.active(house.idris)
    sealed = services.sealer(row.pk, keyring=KEYRING, context=b"run 1")[0](b"weights")
    copied = bytes(VaultKey.objects.get(consent=row).wrapped)
    services.withdraw(row, by=house.lena, reason="")
    assert services.owed() == [row.pk]
    assert services.shred(row.pk, store=each_store)
    VaultKey.objects.filter(consent=row).update(wrapped=copied, destroyed_at=None, shredded_at=None)  # put back
    with pytest.raises(KeyDestroyedError):
        services.sealer(row.pk, keyring=KEYRING, context=b"run 1")[1](sealed)


def test_what_is_owed_is_carried_out_once_and_written_down(house: House, each_store: KeyStore) -> None:
    row = house.active(house.idris)
    services.sealer(row.pk, keyring=KEYRING, context=b"")
    assert services.owed() == []
    assert not services.shred(row.pk, store=each_store)  # it stands
    services.withdraw(row, by=house.lena, reason="")
    assert services.shred(row.pk, store=each_store)
    assert not services.shred(row.pk, store=each_store)
    assert services.owed() == []
    last = entries_of(row.pk)[-1]
    assert (last.kind, last.actor, last.body["consent"]) == (EntryKind.KEY_SHREDDED, "keeper", str(row.pk))


def test_a_store_that_does_not_answer_leaves_it_owed(house: House) -> None:
    row = house.active(house.idris)
    services.sealer(row.pk, keyring=KEYRING, context=b"")
    services.withdraw(row, by=house.lena, reason="")
    with pytest.raises(KeyStoreError):
        services.shred(row.pk, store=Away())  # type: ignore[arg-type]
    assert services.owed() == [row.pk]


def test_a_store_that_does_not_answer_opens_nothing(house: House) -> None:
    row = house.active(house.idris)
    services.sealer(row.pk, keyring=KEYRING, context=b"")
    with pytest.raises(KeyStoreError):
        services.StoreKeyring(Away()).key(row.pk)  # type: ignore[arg-type]


def test_each_consents_key_is_wrapped_by_its_own(house: House) -> None:
    one, other = house.active(house.idris), house.active(house.anselm)
    for row in (one, other):
        services.sealer(row.pk, keyring=KEYRING, context=b"")
    swapped = VaultKey.objects.get(consent=other).wrapped
    VaultKey.objects.filter(consent=one).update(wrapped=swapped)
    with pytest.raises(VaultError):
        KEYRING.key(one.pk)


def test_there_is_no_key_of_a_consent_that_is_none(house: House) -> None:
    with pytest.raises(KeyDestroyedError):
        KEYRING.key(uuid4())
