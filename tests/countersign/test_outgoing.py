"""Asking others: what they may take of our time and memory."""

import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler

import pytest

from countersign import outgoing
from countersign.outgoing import Answer, Limits, OutgoingError
from tests.countersign.strangers_desk import Says, answer, dawdle, saying

LIMITS = Limits(seconds=0.4, bytes=100)


def ask(address: str) -> Answer:
    return outgoing.post(address, b"question", kind="text/plain", limits=LIMITS)


def test_question_and_answer_arrive_whole() -> None:
    def echo(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        said = f"{handler.path} {handler.headers['Content-Type']} {body.decode()}".encode()
        answer(said)(handler, body)

    with saying(echo) as address:
        assert ask(f"{address}/a?b=c").body == b"/a?b=c text/plain question"
        assert ask(address).body == b"/ text/plain question"


def test_redirect_is_an_answer_like_any_other() -> None:
    with saying(answer(b"", status=302)) as address:
        assert ask(address) == Answer(status=302, body=b"")


def test_longer_answer_than_agreed_is_refused_and_one_that_just_fits_is_not() -> None:
    with saying(answer(bytes(100))) as address:
        assert ask(address).body == bytes(100)
    with saying(answer(bytes(101))) as address, pytest.raises(OutgoingError, match="more than 100 bytes"):
        ask(address)


def _silent(handler: BaseHTTPRequestHandler, _: bytes) -> None:
    time.sleep(1.5)


@pytest.mark.parametrize("says", [dawdle, _silent], ids=["a byte now and then", "nothing"])
def test_nobody_is_waited_for_longer_than_agreed(says: Says) -> None:
    with saying(says) as address:
        began = time.monotonic()
        with pytest.raises(OutgoingError, match=r"no answer within 0\.4 seconds|timed out"):
            ask(address)
        assert time.monotonic() - began < 1.2


@pytest.mark.parametrize(
    "address",
    [lambda: "http://127.0.0.1:9", lambda: "http://127.0.0.1:bad", lambda: "https://127.0.0.1:9"],
    ids=["nobody there", "no port", "nobody there by TLS"],
)
def test_who_cannot_be_reached_is_named(address: Callable[[], str]) -> None:
    with pytest.raises(OutgoingError, match=r"127\.0\.0\.1:\w+ could not be asked"):
        ask(address())
