"""Whole files at rest, such as unsigned frames."""

from pathlib import Path

import pytest

from consent.errors import KeyDestroyedError, VaultError
from consent.vault import Vault, new_kek

CONTEXT = b"run 1"


@pytest.fixture
def vault() -> Vault:
    return Vault(new_kek())


def test_a_file_comes_back_whole(vault: Vault, tmp_path: Path) -> None:
    key, plain = vault.new_key(), tmp_path / "plain"
    plain.write_bytes(bytes(range(256)) * 12_000)  # several segments
    vault.encrypt_file(key, plain, tmp_path / "sealed", context=CONTEXT)
    assert plain.read_bytes()[:4096] not in (tmp_path / "sealed").read_bytes()
    vault.decrypt_file(key, tmp_path / "sealed", tmp_path / "back", context=CONTEXT)
    assert (tmp_path / "back").read_bytes() == plain.read_bytes()


@pytest.mark.parametrize("harm", ["bit", "short", "head", "other run", "other key", "destroyed"])
def test_a_harmed_file_leaves_nothing_behind(vault: Vault, tmp_path: Path, harm: str) -> None:
    key, plain, sealed = vault.new_key(), tmp_path / "plain", tmp_path / "sealed"
    plain.write_bytes(b"frames" * 400_000)
    vault.encrypt_file(key, plain, sealed, context=CONTEXT)
    whole = sealed.read_bytes()
    changed = {
        "bit": whole[:-100] + bytes([whole[-100] ^ 1]) + whole[-99:],
        "short": whole[:-1],
        "head": bytes([0, 0, 0, 9]) + whole[4:],
    }
    sealed.write_bytes(changed.get(harm, whole))
    used = {"other key": vault.new_key(), "destroyed": b""}.get(harm, key)
    with pytest.raises(KeyDestroyedError if harm == "destroyed" else VaultError):
        vault.decrypt_file(used, sealed, tmp_path / "back", context=b"run 2" if harm == "other run" else CONTEXT)
    assert not (tmp_path / "back").exists()
