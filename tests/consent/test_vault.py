"""Keys at work: what one encrypts, it alone opens, for one purpose."""

import pytest

from consent.errors import VaultError
from consent.vault import Key, new_key


@pytest.fixture
def key() -> Key:
    return Key(new_key())


def test_what_was_encrypted_opens() -> None:
    keyset = new_key()
    sealed = Key(keyset).encrypt(b"a face", b"face template of 1")
    assert b"a face" not in sealed
    assert Key(keyset).decrypt(sealed, b"face template of 1") == b"a face"


def test_equal_things_look_different(key: Key) -> None:
    assert key.encrypt(b"a face", b"") != key.encrypt(b"a face", b"")
    assert new_key() != new_key()


def test_it_does_not_open_for_another_purpose(key: Key) -> None:
    sealed = key.encrypt(b"a face", b"face template of 1")
    with pytest.raises(VaultError):
        key.decrypt(sealed, b"face template of 2")


def test_it_does_not_open_with_another_key(key: Key) -> None:
    sealed = key.encrypt(b"a face", b"")
    with pytest.raises(VaultError):
        Key(new_key()).decrypt(sealed, b"")


def test_one_changed_bit_is_noticed(key: Key) -> None:
    sealed = bytearray(key.encrypt(b"a face", b""))
    sealed[-1] ^= 1
    with pytest.raises(VaultError):
        key.decrypt(bytes(sealed), b"")


@pytest.mark.parametrize("keyset", [b"", b"no key", b"\x00" * 100, new_key()[:-1]])
def test_what_is_no_key_is_refused(keyset: bytes) -> None:
    with pytest.raises(VaultError):
        Key(keyset)
