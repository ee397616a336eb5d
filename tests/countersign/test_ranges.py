"""A file served whole or in part, by the letter of RFC 9110, section 14."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from django.http import HttpResponseBase
from django.test import RequestFactory

from countersign.ranges import Served, serve

DATA = bytes(range(250)) * 4


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Served]:
    path = tmp_path / "film.mp4"
    path.write_bytes(DATA)
    with ExitStack() as opened:
        yield Served(
            opens=lambda: opened.enter_context(path.open("rb")),
            media_type="video/mp4",
            filename="Quay “take 3”.mp4",
            etag="abc",
        )


def ask(file: Served, **headers: str) -> HttpResponseBase:
    return serve(RequestFactory().get("/", headers=headers), file)


def body(response: HttpResponseBase) -> bytes:
    return b"".join(response)  # type: ignore[arg-type]  # both kinds of response iterate over bytes


def test_without_a_range_the_whole_file_comes(file: Served) -> None:
    response = ask(file)
    assert (response.status_code, response["Content-Length"]) == (200, "1000")
    assert response["Accept-Ranges"] == "bytes"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert body(response) == DATA


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=10-19", 10, 20),
        ("bytes=990-", 990, 1000),
        ("bytes=-5", 995, 1000),
        ("bytes=900-5000", 900, 1000),
        ("bytes=-5000", 0, 1000),
    ],
)
def test_one_range_comes_as_it_was_asked(file: Served, asked: str, start: int, stop: int) -> None:
    response = ask(file, range=asked)
    assert response.status_code == (206 if stop - start < 1000 else 200)
    assert body(response) == DATA[start:stop]
    if response.status_code == 206:
        assert response["Content-Range"] == f"bytes {start}-{stop - 1}/1000"
        assert response["Content-Length"] == str(stop - start)


@pytest.mark.parametrize("asked", ["bytes=1000-", "bytes=4000-5000", "bytes=-0"])
def test_range_past_the_end_cannot_be_had(file: Served, asked: str) -> None:
    response = ask(file, range=asked)
    assert (response.status_code, response["Content-Range"]) == (416, "bytes */1000")


@pytest.mark.parametrize(
    "asked", ["bytes=5-2", "bytes=0-1,5-6", "lines=0-5", "bytes=-", "bytes=a-b", f"bytes=0-{'9' * 5000}"]
)
def test_what_is_no_single_range_gets_the_whole_file(file: Served, asked: str) -> None:
    response = ask(file, range=asked)
    assert response.status_code == 200
    assert body(response) == DATA


def test_range_of_an_older_file_gets_the_new_one_whole(file: Served) -> None:
    assert ask(file, range="bytes=0-9", if_range='"older"').status_code == 200
    assert ask(file, range="bytes=0-9", if_range='"abc"').status_code == 206


def test_head_has_headers_alone(file: Served) -> None:
    response = serve(RequestFactory().head("/"), file)
    assert response["Content-Length"] == "1000"
    assert body(response) == b""


def test_name_survives_quotes_and_letters_of_any_language(file: Served) -> None:
    assert "filename*=utf-8''Quay" in ask(file)["Content-Disposition"]


def test_name_with_a_line_break_stays_in_its_header(file: Served) -> None:
    named = replace(file, filename="Quay\r\nSet-Cookie: mine=1.mp4")
    assert "\n" not in serve(RequestFactory().get("/"), named)["Content-Disposition"]
