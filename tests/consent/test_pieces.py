"""A file sealed in pieces opens whole or in ranges under its own key, and nothing else opens it."""

import io
from pathlib import Path

import pytest

from consent import pieces, vault
from consent.errors import VaultError
from consent.pieces import PIECE

NAME = "ab" * 32
SIZES = [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 77]
SEALED = PIECE + 33


def film(size: int) -> bytes:
    return bytes(range(256)) * (size // 256) + bytes(size % 256)


def sealed(content: bytes, key: bytes, *, name: str = NAME) -> io.BytesIO:
    target = io.BytesIO()
    pieces.seal([content[:100], content[100:]], target, key=key, name=name, size=len(content))
    return target


@pytest.mark.parametrize("size", SIZES)
def test_what_was_sealed_opens_whole(size: int) -> None:
    key, content = vault.new_key(), film(size)
    with pieces.opened(sealed(content, key), key=key, name=NAME) as plain:
        assert plain.read() == content
        assert plain.seek(0, io.SEEK_END) == size


@pytest.mark.parametrize(("start", "length"), [(0, 1), (PIECE - 3, 7), (2 * PIECE + 5, 2 * PIECE), (5 * PIECE, 10)])
def test_a_range_opens_by_itself(start: int, length: int) -> None:
    key, content = vault.new_key(), film(3 * PIECE + 77)
    with pieces.opened(sealed(content, key), key=key, name=NAME) as plain:
        plain.seek(start)
        assert plain.read(length) == content[start : start + length]


def test_no_plain_byte_stands_in_a_sealed_file(performers: Path) -> None:
    content = (performers / "anselm_plate.mp4").read_bytes()
    assert content[1000:1016] not in sealed(content, vault.new_key()).getvalue()


CHANGES = {
    "a bit flipped": lambda b: b[:500] + bytes([b[500] ^ 1]) + b[501:],
    "the last piece left out": lambda b: b[: 2 * SEALED],
    "the last piece cut": lambda b: b[:-1],
    "cut to a stump": lambda b: b[: 2 * SEALED + 7],
    "nothing left": lambda b: b"",
    "two pieces exchanged": lambda b: b[SEALED : 2 * SEALED] + b[:SEALED] + b[2 * SEALED :],
    "a piece twice": lambda b: b[:SEALED] + b[:SEALED] + b[2 * SEALED :],
    "a piece more": lambda b: b + b[:SEALED],
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_file_does_not_open(change: str) -> None:
    key = vault.new_key()
    changed = CHANGES[change](sealed(film(2 * PIECE + 900), key).getvalue())
    with pytest.raises(VaultError), pieces.opened(io.BytesIO(changed), key=key, name=NAME) as plain:
        plain.read()


def test_a_piece_of_another_film_under_the_same_key_does_not_open() -> None:
    key, content = vault.new_key(), film(2 * PIECE)
    one, other = sealed(content, key).getvalue(), sealed(content, key, name="cd" * 32).getvalue()
    mixed = one[:SEALED] + other[SEALED:]
    with pytest.raises(VaultError), pieces.opened(io.BytesIO(mixed), key=key, name=NAME) as plain:
        plain.read()


@pytest.mark.parametrize("key", [b"", b"no key", vault.new_key()])
def test_another_key_opens_nothing(key: bytes) -> None:
    with pytest.raises(VaultError), pieces.opened(sealed(b"film", vault.new_key()), key=key, name=NAME) as plain:
        plain.read()


@pytest.mark.parametrize("said", [1, PIECE, 10 * PIECE])
def test_other_than_the_promised_bytes_are_not_sealed(said: int) -> None:
    with pytest.raises(VaultError):
        pieces.seal([b"four"], io.BytesIO(), key=vault.new_key(), name=NAME, size=said)


@pytest.mark.parametrize("size", SIZES)
def test_a_draft_reads_back_and_holds_no_plain_byte(size: int, tmp_path: Path) -> None:
    content = film(size)
    with (tmp_path / "draft").open("w+b") as file:
        draft = pieces.Draft(file, name="an upload")
        for start in range(0, size, 70_000):
            draft.write(content[start : start + 70_000])
        whole = draft.whole()
        assert whole.read() == content
        whole.seek(max(0, size - 5))
        assert whole.read() == content[-5:]
        file.flush()
        assert size < 64 or content[:64] not in (tmp_path / "draft").read_bytes()
