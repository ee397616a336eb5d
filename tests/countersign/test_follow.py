"""`countersign follow` against logs over real HTTP: honest ones, forked ones, and the site itself."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.wsgi import get_wsgi_application
from django.db import connection, transaction

from countersign import follow, keys, log
from provenance import checkpoint, merkle, note, tiles
from provenance.checkpoint import Checkpoint
from provenance.note import verifier_of
from tests.provenance.conftest import own_database
from tests.provenance.test_ledger import write

__all__ = ["own_database"]

ORIGIN = "house.example/log"


def leaves(count: int, *, of: str = "house") -> list[bytes]:
    return [merkle.leaf_hash(f"{of} {n}".encode()) for n in range(count)]


class House:
    """Somebody's log on this machine, which shows whatever it likes and signs it."""

    def __init__(self) -> None:
        self.key = Ed25519PrivateKey.generate()
        self.leaves: list[bytes] = []
        self.asked: list[str] = []
        self.missing: set[str] = set()
        house = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                house.asked.append(self.path)
                content = None if self.path in house.missing else house.answer(self.path)
                self.send_response(200 if content is not None else 404)
                self.end_headers()
                self.wfile.write(content or b"")

            def log_message(self, *args: Any) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/log"

    def answer(self, path: str) -> bytes | None:
        if path == "/log/checkpoint":
            made = Checkpoint(origin=ORIGIN, size=len(self.leaves), root=merkle.root(self.leaves))
            return checkpoint.sign(made, key=self.key).encode()
        tile = tiles.parse(path.removeprefix("/log/tile/"))
        if not tile or not tile.within(len(self.leaves)):
            return None
        level = self.leaves
        for _ in range(tile.level):
            level = [merkle.root(level[n : n + 256]) for n in range(0, len(level) // 256 * 256, 256)]
        return b"".join(level[tile.stop - tile.width : tile.stop])

    def follow(self, state: Path) -> int:
        key = str(verifier_of(self.key, name=ORIGIN))
        return follow.main([self.url, "--key", key, "--state", str(state)])


@pytest.fixture
def house() -> Iterator[House]:
    made = House()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def test_log_that_grows_is_believed_and_remembered(
    house: House, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for size in (1, 2, 256, 257, 700, 700, 66_000):
        house.leaves = leaves(size)
        assert house.follow(state) == 0
        assert f"{size} entries" in capsys.readouterr().out
        assert state.read_bytes() == house.answer("/log/checkpoint")
    assert len(house.asked) < 60, "a proof takes few tiles, however long the log is"


@pytest.mark.parametrize("before", [1, 255, 256, 300, 699])
def test_log_that_was_rewritten_is_said_loudly_and_both_checkpoints_are_kept(
    house: House, state: Path, before: int, capsys: pytest.CaptureFixture[str]
) -> None:
    house.leaves = leaves(before)
    house.follow(state)
    believed = state.read_bytes()
    house.leaves = [*leaves(1, of="another"), *leaves(700)[1:]]
    assert house.follow(state) == 1
    said = capsys.readouterr().err
    assert "DOES NOT HOLD" in said
    assert f"do not begin with the {before}" in said
    (kept,) = state.parent.glob("state.*.proof")
    assert str(kept) in said
    assert kept.read_bytes() == believed + b"\n" + (house.answer("/log/checkpoint") or b"")
    assert state.read_bytes() == believed, "what was believed stays what the next one is held against"


def test_two_checkpoints_of_one_size_are_a_fork(house: House, state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for of in ("house", "another"):
        house.leaves = leaves(5, of=of)
        found = house.follow(state)
    assert found == 1
    assert "two different checkpoints of 5 entries" in capsys.readouterr().err


def test_log_that_became_shorter_is_a_fork(house: House, state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for size in (9, 4):
        house.leaves = leaves(size)
        found = house.follow(state)
    assert found == 1
    assert "showed 9 entries and now shows 4" in capsys.readouterr().err


def test_checkpoint_of_another_key_is_not_believed(house: House, state: Path) -> None:
    house.leaves = leaves(3)
    house.follow(state)
    believed = state.read_bytes()
    stranger = str(verifier_of(Ed25519PrivateKey.generate(), name=ORIGIN))
    assert follow.main([house.url, "--key", stranger, "--state", str(state.with_name("new"))]) == 2
    assert not state.with_name("new").exists()
    assert state.read_bytes() == believed


def test_partial_tile_that_is_gone_is_cut_from_the_whole_one(house: House, state: Path) -> None:
    house.leaves = leaves(300)
    house.follow(state)
    house.leaves = leaves(600)
    house.missing = {"/log/tile/0/002.p/88"}
    whole = b"".join([*leaves(600)[512:], *leaves(168, of="later")])
    honest = house.answer
    house.answer = lambda path: whole if path == "/log/tile/0/002" else honest(path)  # type: ignore[method-assign]
    assert house.follow(state) == 0
    assert "/log/tile/0/002" in house.asked


@pytest.mark.parametrize("answer", [None, b"", b"x" * 31, b"x" * 9000])
def test_log_that_withholds_its_tiles_is_not_believed(house: House, state: Path, answer: bytes | None) -> None:
    house.leaves = leaves(300)
    house.follow(state)
    believed = state.read_bytes()
    house.leaves = leaves(600)
    honest = house.answer
    house.answer = lambda path: answer if "tile" in path else honest(path)  # type: ignore[method-assign]
    assert house.follow(state) == 2
    assert state.read_bytes() == believed


def test_log_that_does_not_answer_is_not_called_forked(
    house: House, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    house.leaves = leaves(3)
    key = str(verifier_of(house.key, name=ORIGIN))
    assert follow.main(["http://127.0.0.1:9/log", "--key", key, "--state", str(state)]) == 2
    house.missing = {"/log/checkpoint"}
    assert house.follow(state) == 2
    assert "answered 404" in capsys.readouterr().err


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://host/log", "log"])
def test_only_web_addresses_are_followed(url: str, state: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        follow.main([url, "--key", "k", "--state", str(state)])
    assert ended.value.code == 2


def test_state_that_the_log_did_not_sign_is_not_taken_for_its_word(house: House, state: Path) -> None:
    house.leaves = leaves(3)
    state.write_text("scribble")
    assert house.follow(state) == 2
    assert state.read_text() == "scribble"


class Quiet(WSGIRequestHandler):
    def log_message(self, *args: Any) -> None: ...


@pytest.fixture
def site(own_database: str, settings: Any, tmp_path: Path) -> Iterator[str]:
    """The site itself, on a database that keeps what is committed."""
    settings.KEYS = tmp_path / "keys"
    keys.make_log_key(settings.KEYS, ORIGIN)
    server = make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Quiet)

    def serve() -> None:
        server.serve_forever(0.02)
        connection.close()  # this thread's own

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/log"
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_site_is_followed_as_anybodys_log(site: str, settings: Any, state: Path) -> None:
    key = str(keys.log_verifier(settings.KEYS))
    for more in (3, 255, 300):
        with transaction.atomic():
            write(more)
        holder = log.holder()
        assert holder
        assert log.signed(holder) == ""
        assert follow.main([site, "--key", key, "--state", str(state)]) == 0
    assert note.parse(state.read_bytes()).text.split("\n")[1] == "558"
