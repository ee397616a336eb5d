"""The digest of picture and sound: what leaves it as it is, and what does not."""

from hashlib import sha256
from pathlib import Path

import pytest

from provenance import essence
from provenance.errors import UnreadableFileError


def box(kind: bytes, payload: bytes) -> bytes:
    return (8 + len(payload)).to_bytes(4) + kind + payload


def large(kind: bytes, payload: bytes) -> bytes:
    return (1).to_bytes(4) + kind + (16 + len(payload)).to_bytes(8) + payload


def film(path: Path, *boxes: bytes) -> Path:
    path.write_bytes(b"".join(boxes))
    return path


def test_signing_a_film_leaves_its_essence_as_it_was(published: Path, performers: Path) -> None:
    assert published.read_bytes() != (performers / "mara_plate.mp4").read_bytes()
    assert essence.sha256(published) == essence.sha256(performers / "mara_plate.mp4")


def test_one_changed_sample_changes_it(performers: Path, tmp_path: Path) -> None:
    raw = bytearray((performers / "mara_plate.mp4").read_bytes())
    raw[raw.index(b"mdat") + 60_000] ^= 1
    assert essence.sha256(film(tmp_path / "film.mp4", bytes(raw))) != essence.sha256(performers / "mara_plate.mp4")


def test_only_media_data_counts_wherever_it_stands(tmp_path: Path) -> None:
    parts = box(b"mdat", b"pic"), box(b"mdat", b"ture")
    expected = sha256(b"picture").hexdigest()
    for number, boxes in enumerate(
        (
            parts,
            (box(b"ftyp", b"isom"), parts[0], box(b"moov", b"mdat"), parts[1]),
            (large(b"mdat", b"pic"), box(b"free", b""), parts[1]),
            (parts[0], (0).to_bytes(4) + b"mdat" + b"ture"),  # to the end of the file
        )
    ):
        assert essence.sha256(film(tmp_path / f"{number}.mp4", *boxes)) == expected


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"notes, not a film",
        box(b"ftyp", b"isom"),
        box(b"mdat", b"picture")[:-1],
        box(b"mdat", b"picture") + b"\0\0",
        (4).to_bytes(4) + b"mdat",
        (1).to_bytes(4) + b"mdat" + (15).to_bytes(8),
        (1).to_bytes(4) + b"mdat" + b"\0",
        (1).to_bytes(4) + b"mdat" + (2**63).to_bytes(8),
    ],
)
def test_what_is_no_whole_film_has_no_essence(raw: bytes, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError):
        essence.sha256(film(tmp_path / "film.mp4", raw))


def test_missing_file_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="cannot be read"):
        essence.sha256(tmp_path / "nothing.mp4")
