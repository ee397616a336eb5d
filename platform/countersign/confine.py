"""Shut folders away from this process and its children for good, by Linux's Landlock (kernel 5.13 and later).

The worker that makes pixels runs confined, so that it cannot open the key that vouches for them, although both run
under one account. Nor may it change what others trust: public keys and roots, published files, pages, the program.
Elsewhere workers belong under accounts, or on machines, of their own.
Landlock allows, it does not forbid: everything that stands beside the folders may be read, by name, when it is called.
https://docs.kernel.org/userspace-api/landlock.html
"""

import ctypes
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
VERSION_FLAG, PATH_BENEATH, SET_NO_NEW_PRIVS = 1, 1, 38
WRITE_FILE, READ_FILE, TRUNCATE = 1 << 1, 1 << 2, 1 << 14
ENTRIES = sum(1 << bit for bit in range(4, 13))  # remove a file or folder, make any kind of either
TRUNCATE_SINCE = 3  # version of Landlock


class _Rules(ctypes.Structure):
    _fields_ = (("handled_access_fs", ctypes.c_uint64),)


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def supported() -> bool:
    return sys.platform == "linux" and _version() > 0


def shut_away(*folders: Path, writable: Iterable[Path]) -> None:
    """No file under `folders` can be opened any more, and nothing be changed except under `writable`.

    Raises OSError where the kernel refuses, RuntimeError if a folder lies in what is writable.
    """
    closed, open_ = [folder.resolve() for folder in folders], [path.resolve() for path in writable]
    if any(folder.is_relative_to(path) for folder in closed for path in open_):
        raise RuntimeError("what is shut away lies in what may be written")
    on_files = READ_FILE | WRITE_FILE | (TRUNCATE if _version() >= TRUNCATE_SINCE else 0)
    rules = _Rules(on_files | ENTRIES)
    ruleset = _checked(_syscall(CREATE_RULESET, ctypes.byref(rules), ctypes.sizeof(rules), 0))
    try:
        for path in _beside(closed):
            _allow(ruleset, path, READ_FILE)
        for path in open_:
            _allow(ruleset, path, on_files | (ENTRIES if path.is_dir() else 0))
        _checked(_libc().prctl(SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        _checked(_syscall(RESTRICT_SELF, ruleset, 0))
    finally:
        os.close(ruleset)


def _beside(folders: list[Path]) -> Iterator[Path]:
    """Every path that is neither one of `folders` nor above one of them."""
    above = {parent for folder in folders for parent in folder.parents}
    for folder in sorted(above):
        yield from (path for path in _entries(folder) if path not in above and path not in folders)


def _entries(folder: Path) -> Iterable[Path]:
    try:
        # A link is no way in: it could point above the folder, and what it leads to is allowed under its own name.
        return [path for path in folder.iterdir() if not path.is_symlink()]
    except OSError:
        return []


def _allow(ruleset: int, path: Path, rights: int) -> None:
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # gone since it was listed: nothing to allow
    try:
        rule = _Beneath(rights, fd)
        _checked(_syscall(ADD_RULE, ruleset, PATH_BENEATH, ctypes.byref(rule), 0))
    finally:
        os.close(fd)


def _version() -> int:
    return _syscall(CREATE_RULESET, None, 0, VERSION_FLAG)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _syscall(number: int, *arguments: object) -> int:
    return int(_libc().syscall(number, *arguments))


def _checked(result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result
