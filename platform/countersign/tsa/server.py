"""The authority over HTTP (RFC 3161, 3.4). Strangers may ask: few at a time, little, and not for long."""

import threading
from datetime import UTC, datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR, socket
from typing import Any

from countersign.tsa import reply
from countersign.tsa.authority import Authority

QUERY, REPLY = "application/timestamp-query", "application/timestamp-reply"
MAX_BYTES = 8 << 10
MAX_S = 10.0
AT_ONCE = 32


class Server(ThreadingHTTPServer):
    """Stamps as `authority` until it is shut down; whoever comes while `AT_ONCE` are served is hung up on."""

    daemon_threads = True
    request_queue_size = AT_ONCE

    def __init__(self, address: tuple[str, int], authority: Authority) -> None:
        self.authority = authority
        self._free = threading.BoundedSemaphore(AT_ONCE)
        super().__init__(address, partial(_Desk, authority))

    @property
    def url(self) -> str:
        return f"http://{self.server_address[0]!s}:{self.server_address[1]}"

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        hang_up = threading.Timer(MAX_S, _hang_up, (request,))
        hang_up.start()
        try:
            super().process_request_thread(request, client_address)
        finally:
            hang_up.cancel()
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever goes away in the middle is no trouble of ours."""


class _Desk(BaseHTTPRequestHandler):
    server_version, sys_version = "countersign-tsa", ""

    def __init__(self, authority: Authority, *args: Any) -> None:
        self._authority = authority
        super().__init__(*args)

    def do_POST(self) -> None:
        if self.headers.get_content_type() != QUERY:
            self.send_error(415, f"Expected {QUERY}")
        elif not (length := self.headers.get("Content-Length", "")).isdecimal():
            self.send_error(411, "Expected a Content-Length")
        elif len(length) > 10 or int(length) > MAX_BYTES:
            self._answer(reply.rejection(f"Expected at most {MAX_BYTES} bytes."))
        else:
            self._answer(reply.answer(self.rfile.read(int(length)), by=self._authority, now=datetime.now(UTC)))

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", REPLY)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base's own name
        """Who asks for what is nobody's business."""


def _hang_up(connection: socket) -> None:
    try:
        connection.shutdown(SHUT_RDWR)
    except OSError:
        return  # gone already
