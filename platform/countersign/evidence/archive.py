"""The bundle as a ZIP file: always written the same way, and read as something that a stranger sent.

The rules this module keeps:
1. The end of the file is looked at before the directory is read, and the directory before any member: too many, too
   large, twice the same name, a path that leads elsewhere, a link, a cipher, and nothing is opened.
2. A member is never unpacked beyond the size the directory states, whatever is packed in it.
3. Nothing is ever written to a place that a name in the file chooses.
"""

import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Self

from countersign.evidence.errors import AbsentError, BundleError

MOST_MEMBERS = 20_000
LARGEST_DIRECTORY = 8 * 2**20
LARGEST_MEMBER, LARGEST_IN_ALL = 32 * 2**20, 512 * 2**20  # the film apart
LARGEST_FILM = 64 * 2**30
FILM = "output/film.mp4"
NAME = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9._-]*/){0,4}[A-Za-z0-9][A-Za-z0-9._-]*", re.ASCII)
LONGEST_NAME = 200
CHUNK = 2**20
END, END64, LOCATOR = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ENCRYPTED = 0x1
MODE = stat.S_IFREG | 0o644


class Writer:
    """Writes members in the order they come, each with the same time: the same content gives the same bytes."""

    def __init__(self, path: Path, *, made_at: datetime) -> None:
        self._zip = zipfile.ZipFile(path, "w")
        self._time = made_at.timetuple()[:6]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def add(self, name: str, content: bytes) -> None:
        self._zip.writestr(self._info(name, zipfile.ZIP_DEFLATED), content)

    def add_file(self, name: str, source: Path) -> None:
        """A film, which does not get smaller by packing."""
        info = self._info(name, zipfile.ZIP_STORED)
        info.file_size = source.stat().st_size  # so that the writer knows whether it needs the wide form
        with source.open("rb") as content, self._zip.open(info, "w") as member:
            while chunk := content.read(CHUNK):
                member.write(chunk)

    def _info(self, name: str, packing: int) -> zipfile.ZipInfo:
        info = zipfile.ZipInfo(name, self._time)
        info.compress_type, info.external_attr, info.create_system = packing, MODE << 16, 3
        return info


class Archive:
    """A bundle's file, its directory looked over. Raises BundleError for what is none, or was made to do harm."""

    def __init__(self, path: Path) -> None:
        try:
            with path.open("rb") as file:
                _check_end(file)
            self._zip = zipfile.ZipFile(path)
        except (OSError, zipfile.BadZipFile, zlib.error, ValueError, struct.error, NotImplementedError) as e:
            raise BundleError(f"This is no ZIP file that could be read: {e}") from e
        self._members = _checked(self._zip.infolist())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._members)

    def chunks(self, name: str) -> Iterator[bytes]:
        """The content of a member, piece by piece. Raises AbsentError if there is none or it does not unpack."""
        if name not in self._members:
            raise AbsentError(f"{name} is missing from the bundle")
        left = self._members[name].file_size
        try:
            with self._zip.open(self._members[name]) as member:
                while chunk := member.read(CHUNK):
                    left -= len(chunk)
                    if left < 0:
                        raise zipfile.BadZipFile("it is larger than the directory says")
                    yield chunk
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError) as e:
            raise AbsentError(f"{name} was changed: it does not unpack ({e})") from e

    def read(self, name: str) -> bytes:
        """A small member whole. Raises AbsentError."""
        return b"".join(self.chunks(name))


def _check_end(file: IO[bytes]) -> None:
    """How many members there are and how large their directory is, before anything reads it (APPNOTE 4.3.14, 4.3.16).

    A bundle has no comment, so that its last 22 bytes are the record that ends it.
    """
    size = file.seek(0, 2)
    file.seek(max(size - 42, 0))
    tail = file.read()
    if len(tail) < 22 or tail[-22:-18] != END or tail[-2:] != b"\0\0":
        raise BundleError("This is no ZIP file that ends as a bundle does: it was cut short, or is something else.")
    count, directory = struct.unpack("<HL", tail[-12:-10] + tail[-10:-6])
    if count == 0xFFFF or directory == 0xFFFFFFFF:
        count, directory = _wide_end(file, tail)
    if count > MOST_MEMBERS or directory > LARGEST_DIRECTORY:
        raise BundleError(f"Expected at most {MOST_MEMBERS} members, got {count} in a directory of {directory} bytes.")


def _wide_end(file: IO[bytes], tail: bytes) -> tuple[int, int]:
    if len(tail) < 42 or tail[:4] != LOCATOR:
        raise BundleError("The end of this ZIP file points to a wider one that is not there.")
    file.seek(struct.unpack("<Q", tail[8:16])[0])
    record = file.read(56)
    if len(record) < 56 or record[:4] != END64:
        raise BundleError("The end of this ZIP file points to a wider one that is not there.")
    count, directory = struct.unpack("<QQ", record[32:48])
    return int(count), int(directory)


def _checked(found: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    members = {info.filename: info for info in found}
    if len(members) != len(found):
        raise BundleError("Two members of this ZIP file have the same name.")
    for info in found:
        _check_member(info)
    if sum(info.file_size for info in found if info.filename != FILM) > LARGEST_IN_ALL:
        raise BundleError(f"The members of this ZIP file unpack to more than {LARGEST_IN_ALL} bytes.")
    return members


def _check_member(info: zipfile.ZipInfo) -> None:
    name, mode = info.filename, info.external_attr >> 16
    if not NAME.fullmatch(name) or len(name) > LONGEST_NAME or name != info.orig_filename:
        raise BundleError(f"A member's name is not one that a bundle has: {name[:80]!r}")
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):  # 0: whoever packed it did not say
        raise BundleError(f"{name} is no file but a link or something else.")
    if info.flag_bits & ENCRYPTED or info.compress_type not in PACKED:
        raise BundleError(f"{name} is encrypted, or packed in a way that bundles are not.")
    if info.file_size > (LARGEST_FILM if name == FILM else LARGEST_MEMBER):
        raise BundleError(f"{name} would unpack to {info.file_size} bytes, more than a bundle's members have.")
