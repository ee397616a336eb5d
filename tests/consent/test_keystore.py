"""Where key-encryption keys live. The same is asked of a folder, of a token and of a key service."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest

from consent import keystore
from consent.errors import KeyDestroyedError, KeyStoreError, VaultError
from consent.keystore import FileStore, KeyStore
from consent.vault import new_key
from tests.consent import stores

CONTEXT = b"data key of a consent"


@pytest.fixture(params=["file", "pkcs11", "kms"])
def store(request: pytest.FixtureRequest) -> KeyStore:
    return stores.new(request.param)


@pytest.fixture
def label() -> str:
    return f"consent-{uuid4()}"


def test_what_was_wrapped_comes_back(store: KeyStore, label: str) -> None:
    assert not store.holds(label)
    store.make(label)
    assert store.holds(label)
    key = new_key()
    wrapped = store.wrap(label, key, CONTEXT)
    assert key not in wrapped
    assert store.unwrap(label, wrapped, CONTEXT) == key


def test_wrapping_twice_looks_different(store: KeyStore, label: str) -> None:
    store.make(label)
    assert store.wrap(label, b"key", CONTEXT) != store.wrap(label, b"key", CONTEXT)


def test_a_key_that_is_there_is_not_made_anew(store: KeyStore, label: str) -> None:
    store.make(label)
    wrapped = store.wrap(label, b"key", CONTEXT)
    store.make(label)
    assert store.unwrap(label, wrapped, CONTEXT) == b"key"


@pytest.mark.parametrize("harm", ["other context", "other label", "bit", "short", "empty", "rubbish"])
def test_what_it_did_not_wrap_does_not_open(store: KeyStore, label: str, harm: str) -> None:
    other = f"consent-{uuid4()}"
    store.make(label)
    store.make(other)
    whole = store.wrap(label, new_key(), CONTEXT)
    harmed = {"bit": whole[:-1] + bytes([whole[-1] ^ 1]), "short": whole[:-1], "empty": b"", "rubbish": b"rubbish" * 9}
    with pytest.raises(VaultError):
        store.unwrap(
            other if harm == "other label" else label,
            harmed.get(harm, whole),
            b"another" if harm == "other context" else CONTEXT,
        )
    assert store.unwrap(label, whole, CONTEXT)  # and the store still works


def test_what_a_destroyed_key_wrapped_is_lost(store: KeyStore, label: str) -> None:
    store.make(label)
    wrapped = store.wrap(label, b"key", CONTEXT)
    assert store.destroy(label)
    assert not store.holds(label)
    with pytest.raises(KeyDestroyedError):
        store.unwrap(label, wrapped, CONTEXT)
    with pytest.raises(KeyDestroyedError):
        store.wrap(label, b"key", CONTEXT)
    assert not store.destroy(label)
    store.make(label)  # another key, under the same label
    with pytest.raises(VaultError):
        store.unwrap(label, wrapped, CONTEXT)


def test_destroying_one_leaves_the_others(store: KeyStore, label: str) -> None:
    other = f"consent-{uuid4()}"
    store.make(label)
    store.make(other)
    wrapped = store.wrap(other, b"key", CONTEXT)
    store.destroy(label)
    assert store.unwrap(other, wrapped, CONTEXT) == b"key"


@pytest.mark.parametrize("label", ["", "../sign/leaf", "a/b", "UPPER", ".", "x" * 81, "ü"])
def test_a_label_is_no_path(store: KeyStore, label: str) -> None:
    for use in (store.make, store.destroy, store.holds):
        with pytest.raises(KeyStoreError):
            use(label)


def test_many_who_make_one_key_get_one(store: KeyStore, label: str) -> None:
    def make(number: int) -> bytes:
        store.make(label)
        return store.wrap(label, bytes([number]), CONTEXT)

    with ThreadPoolExecutor(5) as pool:
        wrapped = list(pool.map(make, range(5)))
    assert [store.unwrap(label, one, CONTEXT) for one in wrapped] == [bytes([number]) for number in range(5)]


def test_files_are_their_owners_alone_and_nothing_else_stays(tmp_path: Path, label: str) -> None:
    folder, store = tmp_path, FileStore(tmp_path)
    store.make(label)
    assert [path.name for path in folder.iterdir()] == [label]
    assert stat.S_IMODE((folder / label).stat().st_mode) == 0o600
    store.destroy(label)
    assert list(folder.iterdir()) == []


def test_the_file_is_overwritten_before_it_goes(tmp_path: Path, label: str) -> None:
    store = FileStore(tmp_path)
    store.make(label)
    os.link(tmp_path / label, tmp_path / "another-name")
    before = (tmp_path / "another-name").read_bytes()
    store.destroy(label)
    assert (tmp_path / "another-name").read_bytes() != before


def test_a_folder_that_cannot_be_used_opens_nothing(tmp_path: Path, label: str) -> None:
    away, no_folder = FileStore(tmp_path / "vault"), FileStore(tmp_path / "file")
    (tmp_path / "file").write_text("a file where a folder should be")
    for store in (away, no_folder):
        for use in (store.make, store.destroy, store.holds):
            with pytest.raises(KeyStoreError):
                use(label)
        with pytest.raises(KeyStoreError):
            store.unwrap(label, b"wrapped", CONTEXT)


def test_no_key_leaves_the_token(label: str) -> None:
    pkcs11 = pytest.importorskip("pkcs11", reason="needs python-pkcs11")
    store = stores.new("pkcs11")
    store.make(label)
    token = pkcs11.lib(str(next(path for path in stores.MODULES if path.exists()))).get_token(token_label=stores.TOKEN)
    with token.open() as session:  # logged in by the store's session, as everything in this process is
        (key,) = session.get_objects({pkcs11.Attribute.LABEL: label})
        said = [key[getattr(pkcs11.Attribute, name)] for name in ("TOKEN", "PRIVATE", "SENSITIVE", "EXTRACTABLE")]
        assert said == [True, True, True, False]
        with pytest.raises(pkcs11.AttributeSensitive):
            key[pkcs11.Attribute.VALUE]


@pytest.mark.parametrize("part", ["token", "module", "pin", "no file with a pin"])
def test_a_token_that_does_not_answer_opens_nothing(part: str, label: str, tmp_path: Path) -> None:
    from consent.hsm import Pkcs11Store

    whole = stores.token()
    (tmp_path / "pin").write_text("000000")
    wrong = {
        "token": whole.replace("tests?", "nobody?"),
        "module": whole.replace("libsofthsm2.so", "libnothing.so"),
        "pin": whole.partition("pin-source=")[0] + f"pin-source={tmp_path / 'absent'}",
        "no file with a pin": whole.partition("pin-source=")[0] + f"pin-source=file:{tmp_path}",
    }
    with pytest.raises(KeyStoreError):
        Pkcs11Store(wrong[part]).holds(label)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "A key store is"),
        ("vault", "A key store is"),
        ("kms:tests.consent.stores.Nothing", "There is no key store"),
        ("kms:tests.nothing.Kms", "There is no key store"),
        ("kms:pathlib.Path", "is no key store"),
        ("pkcs11:token=a", "needs module-path, pin-source"),
        ("pkcs11:token=a?module-path=/m&pin-value=1234", "must come from a file"),
    ],
)
def test_a_setting_that_names_no_store_is_refused_in_words(text: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(KeyStoreError, match=says):
        keystore.named(text, folder=tmp_path)


def test_a_setting_names_each_kind(tmp_path: Path) -> None:
    assert isinstance(keystore.named("file", folder=tmp_path), FileStore)
    assert isinstance(keystore.named("kms:tests.consent.stores.MemoryKms", folder=tmp_path), stores.MemoryKms)
    named = keystore.named(stores.token(), folder=tmp_path)
    assert type(named).__name__ == "Pkcs11Store"
