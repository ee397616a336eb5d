"""The witness over HTTP: one address to post to, and limits on everything that a stranger can make long or many."""

import socket
import sys
import threading
import time
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from countersign.witness import service
from countersign.witness.errors import WitnessError
from countersign.witness.service import TEXT, Reply, Witness
from provenance.witness import MOST_BYTES

PATH = "/add-checkpoint"
REQUEST_S = 10.0  # for one request, idle time before it included
MOST_AT_ONCE = 64
NOT_OURS: dict[int, int] = {
    HTTPStatus.NOT_IMPLEMENTED: HTTPStatus.METHOD_NOT_ALLOWED,
    HTTPStatus.HTTP_VERSION_NOT_SUPPORTED: HTTPStatus.BAD_REQUEST,
}


class Server(ThreadingHTTPServer):
    """A witness that listens; `port` 0 takes a free one."""

    daemon_threads = True
    request_queue_size = MOST_AT_ONCE

    def __init__(self, host: str, port: int, *, witness: Witness) -> None:
        self.witness = witness
        self._room = threading.BoundedSemaphore(MOST_AT_ONCE)
        super().__init__((host, port), Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._room.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that breaks off is the other side's business; anything else is said, and the witness goes on."""
        error = sys.exception()
        if not isinstance(error, OSError):
            sys.stderr.write(f"{client_address[0]} {type(error).__name__}: {error}\n")


class Handler(BaseHTTPRequestHandler):
    """One connection. The base class calls `do_POST` and its like by these names."""

    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm, wbufsize = True, -1  # an answer is one packet: in two, each waits 40 ms for the other side
    server_version, sys_version = "countersign-witness", ""
    error_message_format, error_content_type = "%(message)s\n", TEXT

    def handle_one_request(self) -> None:
        """Cut off whoever takes too long, however many bytes come in between."""
        clock = threading.Timer(REQUEST_S, self._cut)
        clock.daemon = True
        clock.start()
        try:
            super().handle_one_request()
        except ValueError as error:  # what HTTP does not allow in a number or a line
            self.close_connection = True
            self.log_message("%s", error)
        finally:
            clock.cancel()

    def do_POST(self) -> None:
        length = self._length()
        if length is None:
            return
        body = self.rfile.read(length)
        if len(body) < length:  # the rest never came
            self.close_connection = True
        elif self.path == PATH:
            self._reply(self._answered(body))
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Other methods and versions of HTTP are no fault of ours, as the base class has it."""
        super().send_error(NOT_OURS.get(code, code), message, explain)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class calls it so
        line = "".join(character if character.isprintable() else "?" for character in format % args)
        sys.stderr.write(f"{self.log_date_time_string()} {self.client_address[0]} {line}\n")

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Said in words elsewhere."""

    def _length(self) -> int | None:
        """How long the body is; None once the request was refused for it."""
        said = self.headers.get_all("Content-Length", [])
        if len(said) != 1 or not (said[0].isascii() and said[0].isdigit()) or self.headers.get("Transfer-Encoding"):
            self.send_error(HTTPStatus.LENGTH_REQUIRED)
        elif len(said[0]) > 12 or int(said[0]) > MOST_BYTES:
            self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        else:
            return int(said[0])
        return None

    def _answered(self, body: bytes) -> Reply:
        try:
            return service.answer(body, by=self.server.witness, now=int(time.time()))
        except WitnessError as error:
            said = b"This witness cannot sign at present.\n"
            return Reply(status=HTTPStatus.SERVICE_UNAVAILABLE, content_type=TEXT, body=said, told=str(error))

    def _reply(self, reply: Reply) -> None:
        self.log_message("%s", reply.told)
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    def _cut(self) -> None:
        with suppress(OSError):  # it may be gone already
            self.connection.shutdown(socket.SHUT_RDWR)
