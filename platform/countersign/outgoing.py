"""Asks others over HTTP and does not wait for ever: one request, no redirects, bounded in time and in bytes."""

import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from socket import SHUT_RDWR, create_connection, socket
from urllib.parse import SplitResult, urlsplit


class OutgoingError(Exception):
    """Nothing usable came back; the message says from whom and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long connecting may take, and everything after it; and how long the answer may be."""

    seconds: float
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back, whatever it means."""

    status: int
    body: bytes


NO_MORE: Mapping[str, str] = {}


def post(
    address: str, body: bytes, *, kind: str, limits: Limits, headers: Mapping[str, str] = NO_MORE, at: str = ""
) -> Answer:
    """The answer to `body`, of media type `kind`, at `address`. Raises OutgoingError if none comes in time.

    With `at`, the connection goes to that IP address, whatever the name in `address` stands for by now.
    """
    parts = urlsplit(address)
    try:
        with _connected(parts, seconds=limits.seconds, at=at) as connection:
            headers = {"Content-Type": kind, "User-Agent": "countersign", **headers}
            connection.request("POST", f"{parts.path or '/'}?{parts.query}".rstrip("?"), body, headers)
            answer = connection.getresponse()
            content = answer.read(limits.bytes + 1)
    except (OSError, HTTPException, ValueError) as e:
        raise OutgoingError(f"{parts.netloc} could not be asked: {e or type(e).__name__}") from e
    if len(content) > limits.bytes:
        raise OutgoingError(f"{parts.netloc} answered with more than {limits.bytes} bytes.")
    return Answer(status=answer.status, body=content)


@contextmanager
def _connected(parts: SplitResult, *, seconds: float, at: str) -> Iterator[HTTPConnection]:
    """A connection that is hung up after `seconds`, however busily the other side dawdles. Raises TimeoutError then."""
    connection = (HTTPSConnection if parts.scheme == "https" else HTTPConnection)(parts.netloc, timeout=seconds)
    if at:
        connection.sock = _open(at, connection, secure=parts.scheme == "https")
    else:
        connection.connect()
    late = threading.Event()
    # The socket itself: the connection forgets it as soon as it has read the headers of an answer without a length.
    timer = threading.Timer(seconds, _hang_up, (connection.sock, late))
    timer.start()
    try:
        yield connection
    finally:
        timer.cancel()
        connection.close()
        if late.is_set():
            raise TimeoutError(f"no answer within {seconds:g} seconds")


def _open(at: str, connection: HTTPConnection, *, secure: bool) -> socket:
    """A socket to the address `at`; the other side still has to prove the name that was asked for."""
    opened = create_connection((at, connection.port), connection.timeout)
    if not secure:
        return opened
    return ssl.create_default_context().wrap_socket(opened, server_hostname=connection.host)


def _hang_up(connection: socket, late: threading.Event) -> None:
    late.set()
    try:
        connection.shutdown(SHUT_RDWR)
    except OSError:
        return  # over already
