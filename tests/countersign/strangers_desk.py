"""Somebody else's server, on loopback, that answers as it likes."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Says = Callable[[BaseHTTPRequestHandler, bytes], None]


@contextmanager
def saying(says: Says) -> Iterator[str]:
    """The address of a server that answers every POST by `says`, given the handler and the body."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            try:
                says(self, self.rfile.read(int(self.headers["Content-Length"])))
            except OSError:
                return  # whoever asked is gone

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def answer(body: bytes, *, status: int = 200) -> Says:
    def says(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        handler.send_header("Location", "http://127.0.0.1:9/")
        handler.end_headers()
        handler.wfile.write(body)

    return says


def dawdle(handler: BaseHTTPRequestHandler, _: bytes) -> None:
    """A byte now and then, so that no single wait is long."""
    handler.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n")
    for _ in range(200):
        handler.wfile.write(b"0")
        time.sleep(0.05)
