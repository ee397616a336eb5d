"""Witnesses that lie, are silent or gone, and the supervisor that asks them."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection

from countersign import cosigning, keys
from countersign.pages import vouching
from provenance import cosignature, ledger, note
from provenance.models import Cosignature
from provenance.types import EntryKind
from provenance.witness_policy import Witness
from tests.countersign import guilds
from tests.countersign.test_witnesses import ask_for, folder, of_log, sign
from tests.provenance.conftest import own_database
from tests.provenance.test_notary import fill

__all__ = ["folder", "own_database"]


STRANGER = Ed25519PrivateKey.generate()


@contextmanager
def pretending(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    """Somebody who listens where a witness should, and answers as they like."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            answer(self)

        def log_message(self, *_: object) -> None:
            """Silent."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def _says(status: int, body: bytes, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def _cosigns(at: int, key: Ed25519PrivateKey) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        said = note.parse(body.partition(b"\n\n")[2]).text
        _says(200, f"{cosignature.sign(said, name='w.example', key=key, at=at)}\n".encode())(handler)

    return answer


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (_says(200, b""), "does not verify"),
        (_says(200, b"\xff\x00" * 100_000), "does not verify"),
        (_says(200, "— w.example AAAA\n".encode()), "does not verify"),
        (_cosigns(1, Ed25519PrivateKey.generate()), "does not verify"),
        (_cosigns(int(time.time()) + 86400, STRANGER), "has not come yet"),
        (_says(302, b"", Location="http://127.0.0.1:1/"), "answered 302"),
        (_says(404, b"This witness does not follow that log.\n"), "answered 404: This witness does not follow"),
        (_says(500, b"\xfe"), "answered 500"),
        (_says(409, b"-1\n"), "says that it remembers 0"),
        (_says(409, b"0\n"), "says that it remembers 0"),
        (_says(422, b""), "answered 422"),
        (lambda handler: handler.wfile.write(b"\x00\x01\x02 nonsense\n"), "cannot be reached"),
        (lambda handler: None, "cannot be reached"),
    ],
)
def test_whoever_answers_with_nonsense_vouches_for_nothing(
    answer: Callable[[BaseHTTPRequestHandler], None], said: str
) -> None:
    fill(5)
    row = sign()
    with pretending(answer) as url:
        one = Witness(verifier=cosignature.verifier_of(STRANGER, name="w.example"), url=url)
        assert said in cosigning.ask(row, one)
    assert not Cosignature.objects.exists()
    assert vouching.alarms() == []


@pytest.mark.django_db
def test_witness_that_never_agrees_with_itself_is_given_up() -> None:
    sizes = iter((b"1\n", b"2\n", b"3\n", b"4\n", b"1\n"))
    fill(5)

    def answer(handler: BaseHTTPRequestHandler) -> None:
        _says(409, next(sizes))(handler)

    with pretending(answer) as url:
        one = Witness(verifier=cosignature.verifier_of(STRANGER, name="w.example"), url=url)
        assert "another size each time" in cosigning.ask(sign(), one)


def test_who_is_silent_or_gone_holds_up_nobody_else(
    own_database: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cosigning, "ROUND_S", 2.0)
    said: list[str] = []
    fill(5)
    row = sign()
    with socket.create_server(("127.0.0.1", 0)) as silent, guilds.running(tmp_path / "a", [of_log(folder)]) as live:
        keys.witness_policy(folder).write_text(
            f"witness {live.verifier} {live.url}\n"
            f"witness {cosignature.verifier_of(STRANGER, name='silent.example')} "
            f"http://127.0.0.1:{silent.getsockname()[1]}\n"
            f"witness {cosignature.verifier_of(Ed25519PrivateKey.generate(), name='gone.example')} http://127.0.0.1:9\n"
            "quorum 1\n"
        )
        rounds, began = cosigning.Rounds(said.append), time.monotonic()
        rounds.ask()
        rounds.ask()
        assert time.monotonic() - began < 6
        assert list(Cosignature.objects.values_list("size", "witness")) == [(row.size, live.verifier.name)]
        assert [line.split(" did not")[0] for line in said] == ["the witness gone.example"]
        fill(1)
        newest = sign()
        rounds.ask()
        assert Cosignature.objects.filter(size=newest.size).count() == 1
        time.sleep(cosigning.ANSWER_S)  # until the silent one's time is up
        rounds.ask()
        assert said[-1].startswith("the witness silent.example did not cosign: it cannot be reached")


def _supervise() -> None:
    try:
        cosigning.keep_cosigned(print)
    finally:
        connection.close()


def test_supervisor_asks_by_itself_and_writes_down_a_new_policy(
    own_database: str, folder: Path, tmp_path: Path
) -> None:
    fill(5)
    row = sign()
    with guilds.running(tmp_path / "a", [of_log(folder)]) as live:
        ask_for(folder, live)
        supervisor = threading.Thread(target=_supervise)
        supervisor.start()
        deadline = time.monotonic() + 10
        while not Cosignature.objects.filter(size=row.size).exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        (folder / "log" / "checkpoint.pem").unlink()  # whoever holds no key, asks no more
        supervisor.join(10)
    assert ledger.about(["policy:witness"], kinds=(EntryKind.POLICY_CHANGED,))
