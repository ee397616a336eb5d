"""Files made to do harm: each is refused in words, before anything of it is unpacked, and in little memory."""

import io
import json
import resource
import stat
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from countersign.evidence import archive, verify
from countersign.evidence.archive import Archive, Writer
from countersign.evidence.contents import MANIFEST
from countersign.evidence.errors import AbsentError, BundleError
from provenance import canonical
from tests.conftest import ROOT

NOW = datetime(2026, 11, 24, tzinfo=UTC)
LITTLE = 768 * 2**20  # bytes of address space; the libraries alone take half of it


def zipped(*members: tuple[str, bytes], change: Callable[[zipfile.ZipInfo], None] = lambda _: None) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, content in members:
            info = zipfile.ZipInfo(name)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, (stat.S_IFREG | 0o644) << 16
            change(info)
            file.writestr(info, content)
    return out.getvalue()


def linked(info: zipfile.ZipInfo) -> None:
    info.external_attr = (stat.S_IFLNK | 0o777) << 16


def squeezed(info: zipfile.ZipInfo) -> None:
    info.compress_type = zipfile.ZIP_BZIP2


def enlarged(raw: bytes, *, to: int) -> bytes:
    """The directory says of its first member that it unpacks to so many bytes."""
    at = raw.index(b"PK\x01\x02") + 24
    return raw[:at] + struct.pack("<I", to) + raw[at + 4 :]


def encrypted(raw: bytes) -> bytes:
    at = raw.index(b"PK\x01\x02") + 8
    return raw[:at] + struct.pack("<H", 1) + raw[at + 2 :]


def crowded(raw: bytes, *, count: int) -> bytes:
    """The end says that there are so many members, in a directory of a gigabyte."""
    return raw[:-14] + struct.pack("<HHLL", count, count, 2**30, 0) + b"\0\0"


GOOD = zipped((MANIFEST, b"{}"))
HOSTILE: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "no ZIP file"),
    "text": (b"These are notes.\n" * 90, "no ZIP file"),
    "cut short": (GOOD[:-9], "no ZIP file"),
    "with something after it": (GOOD + b"more", "no ZIP file"),
    "upwards": (zipped(("../../etc/passwd", b"x")), "not one that a bundle has: '../../etc/passwd'"),
    "from the root": (zipped(("/etc/passwd", b"x")), "not one that a bundle has"),
    "with a drive": (zipped(("C:\\evidence", b"x")), "not one that a bundle has"),
    "with a null": (zipped(("manifest.json+.exe", b"x")).replace(b"+", b"\0"), "not one that a bundle has"),
    "in another script": (zipped(("mаnifest.json", b"x")), "not one that a bundle has"),
    "folder": (zipped(("consents/", b"")), "not one that a bundle has"),
    "hidden": (zipped((".bashrc", b"x")), "not one that a bundle has"),
    "long name": (zipped(("a" * 300, b"x")), "not one that a bundle has"),
    "link": (zipped((MANIFEST, b"/etc/passwd"), change=linked), "no file but a link"),
    "packed otherwise": (zipped((MANIFEST, b"x"), change=squeezed), "packed in a way that bundles are not"),
    "encrypted": (encrypted(GOOD), "is encrypted"),
    "too large": (enlarged(GOOD, to=2**31), "would unpack to 2147483648 bytes"),
    "too much": (zipped(*[(f"a{n}", b"\0" * 30 * 2**20) for n in range(18)]), "unpack to more than"),
    "too many": (zipped(*[(f"a{n}", b"") for n in range(20_001)]), "Expected at most 20000 members, got 20001"),
    "many more than there are": (crowded(GOOD, count=65_000), "got 65000 in a directory of 1073741824 bytes"),
    "without a manifest": (zipped(("readme", b"x")), "This is no evidence bundle: manifest.json is missing"),
    "empty manifest": (zipped((MANIFEST, b"")), "manifest.json cannot be understood"),
    "deep manifest": (zipped((MANIFEST, b"[" * 200_000)), "manifest.json cannot be understood"),
    "large number": (zipped((MANIFEST, b'{"format":' + b"9" * 5000 + b"}")), "manifest.json cannot be understood"),
    "list for a manifest": (zipped((MANIFEST, b"[]")), "manifest.json cannot be understood"),
    "other format": (zipped((MANIFEST, b'{"format":"countersign-evidence/2"}')), "it is not written as"),
}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_file_is_refused_in_words(case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    raw, said = HOSTILE[case]
    path = tmp_path / "bundle.zip"
    path.write_bytes(raw)
    assert verify.main([str(path)]) == verify.UNREADABLE
    assert said in capsys.readouterr().err


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bundle.zip"
    path.write_bytes(zipped((MANIFEST, b"{}"), (MANIFEST, b"{ }")))
    assert verify.main([str(path)]) == verify.UNREADABLE
    assert "have the same name" in capsys.readouterr().err


def test_file_that_is_not_there_is_said_to_be_unreadable(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify.main([str(tmp_path / "nothing.zip")]) == verify.UNREADABLE
    assert "No such file" in capsys.readouterr().err


MISSHAPEN: tuple[dict[str, object], ...] = (
    {"members": None},
    {"about": {"run": 1}},
    {"members": [{"name": "../a", "size": 1, "sha256": ""}]},
    {"members": [{"name": "a", "size": "1", "sha256": ""}]},
    {"members": [{"name": "a", "size": 1, "sha256": ""}] * 2},
    {"extra": 1},
    {"checkpoint": "x"},
)


@pytest.mark.parametrize("changed", MISSHAPEN)
def test_manifest_of_another_shape_is_refused(changed: dict[str, object], tmp_path: Path) -> None:
    about = {"production": "p", "run": "r", "output": "", "performer": ""}
    said = {"format": "countersign-evidence/1", "made_at": "t", "about": about, "redacted": False, "checkpoint": 1,
            "members": [], "withheld": [], **changed}  # fmt: skip
    path = tmp_path / "bundle.zip"
    path.write_bytes(zipped((MANIFEST, canonical.dumps(json.loads(json.dumps(said))))))
    assert verify.main([str(path)]) == verify.UNREADABLE


def test_bomb_is_never_unpacked_beyond_the_size_it_states(tmp_path: Path) -> None:
    """A gigabyte of zeros in a megabyte that the directory calls ten bytes: read by a process with little memory."""
    path = tmp_path / "bomb.zip"
    path.write_bytes(enlarged(zipped((MANIFEST, b"\0" * 2**28)), to=10))
    with Archive(path) as opened, pytest.raises(AbsentError, match="does not unpack"):
        opened.read(MANIFEST)


def test_largest_bundle_that_is_taken_is_looked_over_in_little_memory(tmp_path: Path) -> None:
    """Every member as large as may be, half a gigabyte in all."""
    path, full = tmp_path / "full.zip", b"\0" * archive.LARGEST_MEMBER
    listed = [{"name": f"a{n}", "size": len(full), "sha256": sha256(full).hexdigest()} for n in range(15)]
    about = {"production": "p", "run": "r", "output": "", "performer": ""}
    said = {"format": "countersign-evidence/1", "made_at": "t", "about": about, "redacted": False, "checkpoint": 1,
            "members": listed, "withheld": []}  # fmt: skip
    path.write_bytes(zipped((MANIFEST, canonical.dumps(said)), *[(f"a{n}", full) for n in range(15)]))  # type: ignore[arg-type]
    command = [sys.executable, "-m", "countersign.evidence.verify", str(path)]
    done = subprocess.run(
        command, cwd=ROOT, env={"PYTHONPATH": f"{ROOT}/platform:{ROOT}"}, capture_output=True, text=True, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (LITTLE, LITTLE)),
    )  # fmt: skip
    assert done.returncode == verify.FAILS, done.stderr
    assert "Each of its 15 files is, byte for byte, as the manifest says." in done.stdout


def test_same_content_makes_the_same_file(tmp_path: Path) -> None:
    film = tmp_path / "film"
    film.write_bytes(b"film" * 1000)
    made = []
    for name in ("one.zip", "two.zip"):
        with Writer(tmp_path / name, made_at=NOW) as writer:
            writer.add(MANIFEST, b"{}")
            writer.add_file(archive.FILM, film)
        made.append((tmp_path / name).read_bytes())
    assert made[0] == made[1]
    with Archive(tmp_path / "one.zip") as opened:
        assert opened.read(archive.FILM) == film.read_bytes()


def test_file_whose_directory_is_in_the_wide_form_is_read_and_limited_too(tmp_path: Path) -> None:
    """ZIP64 (APPNOTE 4.3.14), as films of more than four gigabytes need it: with an honest and with a false count."""
    raw = GOOD
    size, offset = struct.unpack("<LL", raw[-10:-2])
    for count, fits in ((1, True), (2**40, False)):
        wide = b"PK\x06\x06" + struct.pack("<QHHLLQQQQ", 44, 45, 45, 0, 0, count, count, size, offset)
        locator = b"PK\x06\x07" + struct.pack("<LQL", 0, len(raw) - 22, 1)
        end = b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
        path = tmp_path / "wide.zip"
        path.write_bytes(raw[:-22] + wide + locator + end)
        if fits:
            with Archive(path) as opened:
                assert opened.names == {MANIFEST}
        else:
            with pytest.raises(BundleError, match="got 1099511627776"):
                Archive(path)
