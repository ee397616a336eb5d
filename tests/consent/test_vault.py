"""Data keys: what is encrypted under one opens with it alone, for its purpose alone, and never once it is gone."""

import pytest

from consent.errors import KeyDestroyedError, VaultError
from consent.vault import Vault, new_kek

KEK = new_kek()


@pytest.fixture
def vault() -> Vault:
    return Vault(KEK)


def test_what_was_encrypted_opens(vault: Vault) -> None:
    key = vault.new_key()
    sealed = vault.encrypt(key, b"a face", b"face template of 1")
    assert b"a face" not in sealed
    assert Vault(KEK).decrypt(key, sealed, b"face template of 1") == b"a face"


def test_equal_things_look_different(vault: Vault) -> None:
    key = vault.new_key()
    assert vault.encrypt(key, b"a face", b"") != vault.encrypt(key, b"a face", b"")
    assert vault.new_key() != key


def test_it_does_not_open_for_another_purpose(vault: Vault) -> None:
    key = vault.new_key()
    sealed = vault.encrypt(key, b"a face", b"face template of 1")
    with pytest.raises(VaultError):
        vault.decrypt(key, sealed, b"face template of 2")


def test_it_does_not_open_with_another_key(vault: Vault) -> None:
    sealed = vault.encrypt(vault.new_key(), b"a face", b"")
    with pytest.raises(VaultError):
        vault.decrypt(vault.new_key(), sealed, b"")


def test_one_changed_bit_is_noticed(vault: Vault) -> None:
    key = vault.new_key()
    sealed = bytearray(vault.encrypt(key, b"a face", b""))
    sealed[-1] ^= 1
    with pytest.raises(VaultError):
        vault.decrypt(key, bytes(sealed), b"")


def test_a_destroyed_key_opens_nothing(vault: Vault) -> None:
    sealed = vault.encrypt(vault.new_key(), b"a face", b"")
    with pytest.raises(KeyDestroyedError):
        vault.decrypt(b"", sealed, b"")
    with pytest.raises(KeyDestroyedError):
        vault.encrypt(b"", b"a face", b"")


def test_a_data_key_is_of_no_use_to_another_house(vault: Vault) -> None:
    key = vault.new_key()
    with pytest.raises(VaultError):
        Vault(new_kek()).encrypt(key, b"a face", b"")


@pytest.mark.parametrize("kek", [b"", b"no key", b"\x00" * 100])
def test_what_is_no_key_is_refused(kek: bytes) -> None:
    with pytest.raises(VaultError):
        Vault(kek)


def test_a_wrapped_key_is_not_a_key_in_the_clear(vault: Vault) -> None:
    with pytest.raises(VaultError):
        Vault(vault.new_key())
