"""The trial's time-stamp authority, over real HTTP: three implementations read its tokens; and whom it turns away."""

import asyncio
import http.client
import os
import shutil
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from asn1crypto import cms, core, tsp, x509 as asn1_x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko_certvalidator import ValidationContext

from countersign.tsa import server
from countersign.tsa.authority import Authority, AuthorityError
from countersign.tsa.reply import POLICY
from countersign.tsa.server import QUERY, REPLY, Server
from provenance import timestamp
from provenance.errors import TimeStampError
from tests.conftest import ROOT
from tests.provenance.stampers import NOW, asked

OVER = b"the note as the log signed it\n"


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority.make(now=datetime.now(UTC))


@pytest.fixture
def desk(authority: Authority) -> Iterator[Server]:
    with Server(("127.0.0.1", 0), authority) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def post(desk: Server, body: bytes, *, kind: str = QUERY, method: str = "POST") -> tuple[int, str, bytes]:
    connection = http.client.HTTPConnection(*desk.server_address[:2], timeout=5)
    try:
        connection.request(method, "/", body, {"Content-Type": kind})
        answer = connection.getresponse()
        return answer.status, answer.headers.get_content_type(), answer.read()
    finally:
        connection.close()


def test_granted_over_http_and_believed_by_our_own_check(desk: Server, authority: Authority) -> None:
    request = timestamp.request(OVER)
    status, kind, reply = post(desk, request.der)
    assert (status, kind) == (200, REPLY)
    stamp = timestamp.granted(reply, to=request, roots=authority.root_pem)
    assert abs((stamp.at - datetime.now(UTC)).total_seconds()) < 5


@pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl on this machine to ask for a second opinion")
@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
def test_openssl_asks_and_believes(desk: Server, authority: Authority, tmp_path: Path, digest: str) -> None:
    (tmp_path / "data").write_bytes(OVER)
    (tmp_path / "root.pem").write_bytes(authority.root_pem)
    _openssl(tmp_path, "-query", "-data", "data", f"-{digest}", "-cert", "-out", "query")
    (tmp_path / "reply").write_bytes(post(desk, (tmp_path / "query").read_bytes())[2])
    for against in (("-queryfile", "query"), ("-data", "data")):
        done = _openssl(tmp_path, "-verify", *against, "-in", "reply", "-CAfile", "root.pem")
        assert "Verification: OK" in done
    assert POLICY in _openssl(tmp_path, "-reply", "-in", "reply", "-text")


def _openssl(folder: Path, *arguments: str) -> str:
    command = ["openssl", "ts", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def test_pyhanko_believes_the_token(desk: Server, authority: Authority) -> None:
    token = tsp.TimeStampResp.load(post(desk, timestamp.request(OVER).der)[2])["time_stamp_token"]
    assert _judged(token["content"], root=authority, over=OVER) == (True, True)
    assert _judged(token["content"], root=authority, over=OVER + b"!") == (False, True)
    assert _judged(token["content"], root=Authority.make(now=NOW), over=OVER) == (True, False)


def _judged(signed: cms.SignedData, *, root: Authority, over: bytes) -> tuple[bool, bool]:
    """Whether it is over these bytes and signed, and whether the signer is below this root."""
    trusted = asn1_x509.Certificate.load(root.root.public_bytes(Encoding.DER))
    context = ValidationContext(trust_roots=[trusted], allow_fetching=False)
    found = asyncio.run(validate_tst_signed_data(signed, context, lambda _: sha256(over).digest()))
    return found["valid"] and found["intact"], found["validation_path"] is not None


@pytest.mark.parametrize(
    ("body", "failure"),
    [
        (b"", "bad_data_format"),
        (b"not a request", "bad_data_format"),
        (timestamp.request(OVER).der + b"\x00", "bad_data_format"),
        (b"0\x80" * 4000, "bad_data_format"),
        (bytes(server.MAX_BYTES + 1), "bad_data_format"),
        (asked(timestamp.request(OVER), version=2), "bad_request"),
        (
            asked(
                timestamp.request(OVER),
                message_imprint={"hash_algorithm": {"algorithm": "sha1"}, "hashed_message": bytes(20)},
            ),
            "bad_alg",
        ),
        (
            asked(
                timestamp.request(OVER),
                message_imprint={"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": bytes(20)},
            ),
            "bad_data_format",
        ),
        (asked(timestamp.request(OVER), req_policy="1.2.3"), "unaccepted_policy"),
        (
            asked(timestamp.request(OVER), extensions=[{"extn_id": "1.2.3", "extn_value": b"x"}]),
            "unaccepted_extensions",
        ),
    ],
    ids=["empty", "garbage", "longer", "nested", "huge", "version", "SHA-1", "short digest", "policy", "extension"],
)
def test_bad_request_gets_a_rejection_and_no_token(desk: Server, body: bytes, failure: str) -> None:
    status, kind, reply = post(desk, body)
    assert (status, kind) == (200, REPLY)
    # The library's own TimeStampResp cannot hold a reply without a token: the status is its first and only part.
    (said,) = core.SequenceOf.load(reply, spec=tsp.PKIStatusInfo)
    assert (said["status"].native, said["fail_info"].native) == ("rejection", {failure})
    with pytest.raises(TimeStampError, match=f"refused, status 2: {said['status_string'].native[0][:20]}"):
        timestamp.granted(reply, to=timestamp.request(OVER), roots=desk.authority.root_pem)


@pytest.mark.parametrize(("method", "kind", "status"), [("POST", "text/plain", 415), ("GET", QUERY, 501)])
def test_what_is_not_asked_as_rfc_3161_says_is_turned_away(desk: Server, method: str, kind: str, status: int) -> None:
    assert post(desk, timestamp.request(OVER).der, kind=kind, method=method)[0] == status


@pytest.mark.parametrize("length", ["99999999", "0000000000999999999", "9" * 5000])
def test_length_is_believed_by_no_part_of_it(desk: Server, length: str) -> None:
    """Ten zeros in front, and it would be read until the memory is full."""
    head = f"POST / HTTP/1.0\r\nContent-Type: {QUERY}\r\nContent-Length: {length}\r\n\r\n"
    with socket.create_connection(desk.server_address[:2], timeout=5) as connection:
        connection.sendall(head.encode())
        answer = b"".join(iter(lambda: connection.recv(4096), b""))
    assert b"Expected at most" in answer


def test_who_dawdles_is_hung_up_on(desk: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "MAX_S", 0.3)
    with socket.create_connection(desk.server_address[:2], timeout=5) as slow:
        slow.sendall(f"POST / HTTP/1.1\r\nContent-Type: {QUERY}\r\nContent-Length: 99\r\n\r\n".encode())
        began = time.monotonic()
        for _ in range(20):
            try:
                slow.sendall(b"0")
            except OSError:
                break
            time.sleep(0.1)
        assert slow.recv(1) == b""
        assert time.monotonic() - began < 2


def test_crowd_is_hung_up_on_and_the_next_one_is_served(desk: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "MAX_S", 1.0)
    idle = [socket.create_connection(desk.server_address[:2], timeout=5) for _ in range(server.AT_ONCE)]
    time.sleep(0.2)
    with pytest.raises((OSError, http.client.HTTPException)):
        post(desk, timestamp.request(OVER).der)
    for one in idle:
        one.close()
    time.sleep(0.2)
    assert post(desk, timestamp.request(OVER).der)[0] == 200


def test_authority_is_made_once_and_its_key_is_its_owners(tmp_path: Path) -> None:
    made = Authority.kept(tmp_path / "state", now=NOW)
    assert Authority.kept(tmp_path / "state", now=NOW).to_pem() == made.to_pem()
    assert (tmp_path / "state" / "root.pem").read_bytes() == made.root_pem
    assert stat.S_IMODE((tmp_path / "state" / "authority.pem").stat().st_mode) == 0o600
    (tmp_path / "state" / "authority.pem").write_bytes(made.root_pem)
    with pytest.raises(AuthorityError, match="Expected a key"):
        Authority.kept(tmp_path / "state", now=NOW)


def test_command_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "countersign.tsa", "--state", tmp_path, "--listen", "127.0.0.1:0"]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'platform'}{os.pathsep}{ROOT}"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        port = int(process.stdout.readline().split(",")[0].rsplit(":", 1)[1])
        request = timestamp.request(OVER)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("POST", "/", request.der, {"Content-Type": QUERY})
        reply = connection.getresponse().read()
        connection.close()
        process.terminate()
        assert process.wait(10) == 0
    assert timestamp.granted(reply, to=request, roots=(tmp_path / "root.pem").read_bytes())
