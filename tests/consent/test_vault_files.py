"""Whole files at rest, such as unsigned frames."""

from pathlib import Path

import pytest

from consent.errors import VaultError
from consent.vault import Key, new_key

CONTEXT = b"run 1"


@pytest.fixture
def key() -> Key:
    return Key(new_key())


def test_a_file_comes_back_whole(key: Key, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_bytes(bytes(range(256)) * 12_000)  # several segments
    key.encrypt_file(plain, tmp_path / "sealed", context=CONTEXT)
    assert plain.read_bytes()[:4096] not in (tmp_path / "sealed").read_bytes()
    key.decrypt_file(tmp_path / "sealed", tmp_path / "back", context=CONTEXT)
    assert (tmp_path / "back").read_bytes() == plain.read_bytes()


@pytest.mark.parametrize("harm", ["bit", "short", "head", "other run", "other key"])
def test_a_harmed_file_leaves_nothing_behind(key: Key, tmp_path: Path, harm: str) -> None:
    plain, sealed = tmp_path / "plain", tmp_path / "sealed"
    plain.write_bytes(b"frames" * 400_000)
    key.encrypt_file(plain, sealed, context=CONTEXT)
    whole = sealed.read_bytes()
    changed = {
        "bit": whole[:-100] + bytes([whole[-100] ^ 1]) + whole[-99:],
        "short": whole[:-1],
        "head": bytes([0, 0, 0, 9]) + whole[4:],
    }
    sealed.write_bytes(changed.get(harm, whole))
    used = Key(new_key()) if harm == "other key" else key
    with pytest.raises(VaultError):
        used.decrypt_file(sealed, tmp_path / "back", context=b"run 2" if harm == "other run" else CONTEXT)
    assert not (tmp_path / "back").exists()
