"""Real witnesses, in processes of their own, asked over HTTP: by honest logs, forked ones, and by whoever comes."""

import http.client
import random
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from countersign.witness import __main__ as witness_command, conflicts, memory
from provenance import checkpoint, cosignature, note, witness
from provenance.witness import MOST_BYTES, Signed, Submission, Why
from tests.countersign import guilds
from tests.countersign.guilds import Guild
from tests.provenance.test_witness import LEAVES, LOG, LOG_KEY, OTHERS, asked, head

KILLS = 20


@pytest.fixture
def guild(tmp_path: Path) -> Iterator[Guild]:
    with guilds.running(tmp_path / "guild", [LOG]) as running:
        yield running


def verified(guild: Guild, answer: tuple[int, str, bytes], size: int) -> int:
    """When it was cosigned, once it is seen to be."""
    status, kind, lines = answer
    assert (status, kind) == (200, "text/plain; charset=utf-8")
    return cosignature.among(lines, text=str(head(size)), of=guild.verifier)[1]


def test_log_that_grows_is_cosigned_step_by_step_with_the_time(guild: Guild) -> None:
    old, began = 0, int(time.time())
    for size in (1, 2, 9, 9, 40):
        assert began <= verified(guild, guild.submit(asked(old, size)), size) <= time.time()
        old = size


def test_who_asks_with_another_size_is_told_which_one_is_remembered(guild: Guild) -> None:
    guild.submit(asked(0, 9))
    assert guild.submit(asked(0, 20)) == (409, "text/x.tlog.size", b"9\n")
    assert guild.submit(asked(5, 5)) == (409, "text/x.tlog.size", b"9\n")
    assert guild.conflicts() == []


def test_forked_log_is_refused_by_two_witnesses_and_both_keep_the_proof(tmp_path: Path) -> None:
    with guilds.running(tmp_path / "a", [LOG]) as one, guilds.running(tmp_path / "b", [LOG], name="b.example") as two:
        for guild in (one, two):
            verified(guild, guild.submit(asked(0, 9)), 9)
            assert guild.submit(asked(9, 9, OTHERS))[0] == 409
            assert guild.submit(asked(9, 9, OTHERS))[0] == 409
            (evidence,) = guild.conflicts()
            assert asked(0, 9).note.decode() in evidence
            assert asked(9, 9, OTHERS).note.decode() in evidence
            assert "two histories" in evidence
            verified(guild, guild.submit(asked(9, 20)), 20)
        assert one.verifier.key != two.verifier.key


def test_rewritten_log_that_grew_is_refused_and_kept(guild: Guild) -> None:
    guild.submit(asked(0, 9))
    assert guild.submit(asked(9, 20, OTHERS))[0] == 422
    (evidence,) = guild.conflicts()
    assert bytes(asked(9, 20, OTHERS)).decode() in evidence


def test_killed_between_requests_it_never_cosigns_two_roots_of_one_size(tmp_path: Path) -> None:
    """Honest and rewritten histories race to it while it is killed; what it signed is one history."""
    signed: dict[int, set[bytes]] = {}
    history, size, chance = [LEAVES, OTHERS], 0, random.Random(7)
    for _ in range(KILLS):
        with guilds.running(tmp_path / "guild", [LOG]) as guild:
            verifier = guild.verifier
            for _ in range(chance.randrange(1, 4)):
                leaves, more = chance.choice(history), min(size + chance.randrange(0, 3), 40)
                status, _, lines = guild.submit(asked(size, more, leaves))
                if status == 200:
                    cosignature.among(lines, text=str(head(more, leaves)), of=verifier)
                    signed.setdefault(more, set()).add(head(more, leaves).root)
                    size = more
            threading.Thread(target=_hurry, args=(guild, size)).start()
            time.sleep(chance.random() * 0.01)
            guild.kill()
        with guilds.running(tmp_path / "guild", [LOG]) as guild:
            status, _, body = guild.submit(asked(40, 40))  # asks what is remembered
            size = int(body) if status == 409 else 40
    assert max(signed) > 6
    assert all(len(roots) == 1 for roots in signed.values())


def _hurry(guild: Guild, size: int) -> None:
    """A request that is in flight when the witness dies."""
    with suppress(OSError, http.client.HTTPException):  # it may die first
        guild.submit(asked(size, min(size + 1, 40)))


def test_of_many_that_ask_at_once_one_history_wins(guild: Guild) -> None:
    answers: list[tuple[int, bytes]] = []

    def ask(leaves: list[bytes], size: int) -> None:
        if guild.submit(asked(0, size, leaves))[0] == 200:
            answers.append((size, head(size, leaves).root))

    threads = [threading.Thread(target=ask, args=(leaves, n)) for n in range(6, 18) for leaves in (LEAVES, OTHERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 1


HOSTILE: dict[str, bytes] = {
    "no length": b"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\n\r\n",
    "two lengths": b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "negative": b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    "huge": b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 99999999999999999999999999\r\n\r\n",
    "too large": f"POST /add-checkpoint HTTP/1.1\r\nContent-Length: {MOST_BYTES + 1}\r\n\r\n".encode(),
    "chunked": b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
    "not http": bytes(range(256)),
    "a long line": b"POST /" + b"a" * 70000 + b" HTTP/1.1\r\n\r\n",
    "many headers": b"POST /add-checkpoint HTTP/1.1\r\n" + b"a: b\r\n" * 500 + b"\r\n",
    "another version": b"POST /add-checkpoint HTTP/9.9\r\n\r\n",
    "another method": b"BREW /add-checkpoint HTTP/1.1\r\n\r\n",
    "another address": b"POST /key HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
    "binary body": b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 256\r\n\r\n" + bytes(range(256)),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_request_is_refused_as_the_senders_fault(guild: Guild, case: str) -> None:
    with _connected(guild) as line:
        line.sendall(HOSTILE[case])
        first = _all(line).split(b"\r\n", 1)[0]
        spoken = first.startswith(b"HTTP/")  # what is no HTTP is answered in one line of words
        assert first.split(b" ")[1].startswith(b"4") if spoken else b"200" not in first
    verified(guild, guild.submit(asked(0, 9)), 9)


def test_who_sends_a_byte_at_a_time_is_cut_off_and_nobody_waits_for_it(guild: Guild) -> None:
    began = time.monotonic()
    with _connected(guild) as slow, _connected(guild) as half:
        half.sendall(b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 100\r\n\r\nold 0")
        verified(guild, guild.submit(asked(0, 9)), 9)
        assert time.monotonic() - began < 5
        with pytest.raises(OSError):  # noqa: PT012 - it breaks off somewhere in the middle
            while time.monotonic() - began < 15:
                slow.sendall(b"a")
                time.sleep(0.3)
        assert _all(half) == b""
    assert 9 < time.monotonic() - began < 14


def test_more_connections_than_it_takes_are_turned_away_and_the_rest_served(guild: Guild) -> None:
    lines = [_connected(guild) for _ in range(80)]
    try:
        assert any(_turned_away(line) for line in lines[64:])
    finally:
        for line in lines:
            line.close()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            verified(guild, guild.submit(asked(0, 9)), 9)
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("it serves nobody any more")


def test_one_connection_serves_many_requests(guild: Guild) -> None:
    with _connected(guild) as line:
        for old in (0, 9):
            body = bytes(asked(old, 9))
            line.sendall(b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
            answer = http.client.HTTPResponse(line)
            answer.begin()
            assert answer.status == 200
            answer.read()


def test_key_is_its_owners_alone_and_stays(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    keys = [subprocess.check_output(guilds.command(folder, "key"), env=guilds.ENVIRONMENT, text=True) for _ in "ab"]
    assert keys[0] == keys[1]
    assert note.verifier(keys[0].strip()).name == "guild.example/w"
    assert (folder / "witness.pem").stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    with guilds.running(folder, [LOG]) as guild:
        assert f"{guild.verifier}\n" == keys[0]


def test_a_key_that_lost_its_memory_signs_no_more(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with guilds.running(tmp_path / "guild", [LOG]) as guild:
        guild.submit(asked(0, 9))
    memory.file_in(tmp_path / "guild").unlink()
    assert _run(tmp_path / "guild", "--log", str(LOG)) == 1
    assert "no longer knows what it signed" in capsys.readouterr().err


def test_a_memory_that_cannot_be_read_signs_nothing(tmp_path: Path) -> None:
    with guilds.running(tmp_path / "guild", [LOG]) as guild:
        guild.submit(asked(0, 9))
        memory.file_in(tmp_path / "guild").write_bytes(b"what is this?" * 1000)
        status, _, body = guild.submit(asked(9, 20))
        assert (status, body) == (503, b"This witness cannot sign at present.\n")


def test_two_processes_never_share_a_folder(guild: Guild, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(guild.folder, "--log", str(LOG)) == 1
    assert "runs already" in capsys.readouterr().err


WRONG_STARTS = {
    "no log": ((), "at least one --log"),
    "no such file": (("--log", "nowhere.vkey"), "a file that holds one"),
    "a witness's key": (("--log", str(cosignature.verifier_of(LOG_KEY, name="w"))), "got that of a witness"),
    "no port": (("--log", str(LOG), "--listen", "here"), "such as 127.0.0.1:8800"),
    "not ours to listen at": (("--log", str(LOG), "--listen", "192.0.2.1:80"), "Nobody can listen"),
}


@pytest.mark.parametrize("case", WRONG_STARTS)
def test_wrong_start_says_what_was_expected(tmp_path: Path, case: str, capsys: pytest.CaptureFixture[str]) -> None:
    more, said = WRONG_STARTS[case]
    assert _run(tmp_path / "state", *more) == 1
    assert said in capsys.readouterr().err


def test_log_key_may_lie_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "log.vkey").write_text(f"{LOG}\n")
    assert witness_command._log(str(tmp_path / "log.vkey")) == LOG


def test_wrong_proofs_by_strangers_do_not_fill_the_disk_nor_displace_a_fork(tmp_path: Path) -> None:
    folder = tmp_path / "conflicts"
    for number in range(conflicts.MOST[Why.UNPROVEN] + 5):
        shown = _forged(number)
        conflicts.keep(folder, shown, why=Why.UNPROVEN, remembered=head(9), note=b"")
    assert len(list(folder.iterdir())) == conflicts.MOST[Why.UNPROVEN]
    assert conflicts.keep(folder, _forged(0), why=Why.FORKED, remembered=head(9), note=b"")
    assert conflicts.keep(folder, _forged(0), why=Why.OLDER, remembered=head(9), note=b"") is None


def _forged(number: int) -> Signed:
    made = replace(head(9), root=number.to_bytes(32))
    signed = checkpoint.sign(made, key=LOG_KEY).encode()
    return Signed(submission=Submission(old=9, proof=(), note=signed), checkpoint=made)


def test_logs_are_kept_apart(tmp_path: Path) -> None:
    key = Ed25519PrivateKey.generate()
    other = note.verifier_of(key, name="another.example/log")
    theirs = head(3, OTHERS, origin=other.name)
    with guilds.running(tmp_path / "guild", [LOG, other]) as guild:
        guild.submit(asked(0, 9))
        submission = Submission(old=0, proof=(), note=checkpoint.sign(theirs, key=key).encode())
        status, _, lines = guild.submit(submission)
        assert status == witness.COSIGNED
        cosignature.among(lines, text=str(theirs), of=guild.verifier)
        assert guild.submit(asked(0, 9))[2] == b"9\n"


def _run(folder: Path, *more: str) -> int:
    return witness_command.main(["--state", str(folder), "--name", "guild.example/w", *more])


def _connected(guild: Guild) -> socket.socket:
    host, port = guild.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=20)


def _all(line: socket.socket) -> bytes:
    got = b""
    try:
        while more := line.recv(65536):
            got += more
            if b"\r\n\r\n" in got:
                break
    except ConnectionResetError:
        pass  # the answer came before the request was read to its end
    return got


def _turned_away(line: socket.socket) -> bool:
    line.settimeout(2)
    try:
        return line.recv(1) == b""
    except TimeoutError:
        return False
    except ConnectionResetError:
        return True
