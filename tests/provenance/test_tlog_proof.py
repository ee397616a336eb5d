"""Proofs that travel: the form of the specification, and nothing but it."""

import base64
from hashlib import sha256

import pytest

from provenance import tlog_proof
from provenance.errors import NoteError

HASHES = tuple(sha256(bytes([n])).digest() for n in range(5))
CHECKPOINT = "example.com/log\n109482\nsFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=\n\n— example.com/log hI2DJw==\n"
LINES = "".join(f"{base64.b64encode(digest).decode()}\n" for digest in HASHES)
WRITTEN = f"c2sp.org/tlog-proof@v1\nindex 73894\n{LINES}\n{CHECKPOINT}"


def test_proof_is_written_as_the_specification_has_it() -> None:
    assert tlog_proof.written(73894, HASHES, checkpoint=CHECKPOINT) == WRITTEN


def test_what_was_written_is_read_again() -> None:
    read = tlog_proof.parse(WRITTEN.encode())
    assert (read.index, read.hashes, read.checkpoint) == (73894, HASHES, CHECKPOINT)
    alone = tlog_proof.parse(tlog_proof.written(0, (), checkpoint=CHECKPOINT).encode())
    assert (alone.index, alone.hashes) == (0, ())


def test_extra_data_is_passed_over() -> None:
    read = tlog_proof.parse(WRITTEN.replace("index", "extra YWdlLXYxLjIuMQ==\nindex", 1).encode())
    assert read.index == 73894


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"\xff\xfe",
        WRITTEN.replace("@v1", "@v2").encode(),
        WRITTEN.replace("\n\n", "\n").encode(),
        WRITTEN.replace("index 73894", "index 073894").encode(),
        WRITTEN.replace("index 73894", "index -1").encode(),
        WRITTEN.replace("index 73894\n", "").encode(),
        WRITTEN.replace("index", "extra not-base64\nindex", 1).encode(),
        WRITTEN.replace(LINES, LINES[:40] + "\n").encode(),
        WRITTEN.replace(LINES, "AAAA\n").encode(),
        WRITTEN.replace(LINES, LINES * 13).encode(),
    ],
)
def test_whatever_the_specification_does_not_allow_is_refused(broken: bytes) -> None:
    with pytest.raises(NoteError):
        tlog_proof.parse(broken)
