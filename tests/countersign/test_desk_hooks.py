"""Webhooks go to public addresses and to nothing inside the house, however it is dressed up."""

import socket
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from countersign.desk import hooks
from countersign.desk.hooks import HookError
from countersign.outgoing import Limits
from tests.countersign.strangers_desk import answer, saying

NOBODY: frozenset[str] = frozenset()


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """What the name server answers; literal addresses stand for themselves."""
    known: dict[str, list[str]] = {}

    def look_up(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        try:
            found = known[host] if host in known else [socket.inet_ntoa(socket.inet_aton(host))]
        except OSError as e:
            if ":" not in host:
                raise socket.gaierror(-2, "unknown") from e
            found = [host]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return lambda host, *addresses: known.update({host: list(addresses)})


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/", "https://127.1/", "https://2130706433/", "https://0x7f.0.0.1/", "https://0.0.0.0/",
        "https://10.1.2.3/", "https://172.16.0.1/", "https://192.168.1.1/", "https://169.254.169.254/latest/meta-data",
        "https://100.64.0.1/", "https://198.18.0.1/", "https://224.0.0.1/", "https://255.255.255.255/",
        "https://[::1]/", "https://[::]/", "https://[fe80::1]/", "https://[fc00::1]/", "https://[ff02::1]/",
        "https://[::ffff:127.0.0.1]/", "https://[::ffff:10.0.0.1]/", "https://[64:ff9b::7f00:1]/",
        "https://[2002:7f00:1::]/", "https://inside.example/", "https://both.example/", "https://inside.example./",
    ],
)  # fmt: skip
def test_address_inside_is_refused(url: str, names: Callable[..., None]) -> None:
    names("inside.example", "10.0.0.7")
    names("both.example", "93.184.216.34", "127.0.0.1")
    with pytest.raises(HookError, match="inside a private network"):
        hooks.look_at(url, allowed=NOBODY)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://hooks.example/", "Expected https"),
        ("http://127.0.0.1/", "Expected https"),
        ("ftp://hooks.example/", "Expected an address"),
        ("file:///etc/passwd", "Expected an address"),
        ("gopher://hooks.example/", "Expected an address"),
        ("https://", "Expected an address"),
        ("hooks.example", "Expected an address"),
        ("https://user:pass@hooks.example/", "Expected an address"),
        ("https://:pass@hooks.example/", "Expected an address"),
        ("https://hooks.example@10.0.0.1/", "Expected an address"),
        ("https://hooks.example/#x", "Expected an address"),
        ("https://hooks.example:99999/", "This is not an address"),
        ("https://[::1/", "This is not an address"),
        ("https://nowhere.example/", "is not known"),
    ],
)
def test_what_is_no_https_address_is_refused_in_words(url: str, said: str, names: Callable[..., None]) -> None:
    names("hooks.example", "93.184.216.34")
    with pytest.raises(HookError, match=said):
        hooks.look_at(url, allowed=NOBODY)


def test_public_address_is_taken_and_pinned(names: Callable[..., None]) -> None:
    names("hooks.example", "93.184.216.34")
    target = hooks.look_at("https://hooks.example/a?b=c", allowed=NOBODY)
    assert (target.url, target.address) == ("https://hooks.example/a?b=c", "93.184.216.34")


def test_operator_allows_a_host_by_its_name_and_http_to_this_machine_alone(names: Callable[..., None]) -> None:
    names("inside.example", "10.0.0.7")
    assert hooks.look_at("https://inside.example/", allowed=frozenset({"inside.example"})).address == "10.0.0.7"
    assert (
        hooks.look_at("https://inside.example:8443/", allowed=frozenset({"inside.example:8443"})).address == "10.0.0.7"
    )
    assert hooks.look_at("http://127.0.0.1:9/", allowed=frozenset({"127.0.0.1:9"})).address == "127.0.0.1"
    for url in ("http://inside.example/", "https://other.example/", "https://10.0.0.7/"):
        with pytest.raises(HookError):
            hooks.look_at(url, allowed=frozenset({"inside.example", "127.0.0.1"}))


def test_name_that_turns_inside_after_it_was_looked_at_is_not_followed(names: Callable[..., None]) -> None:
    """The second answer of a hostile name server would be loopback: nothing asks a second time."""
    with saying(answer(b"inside")) as inside:
        port = inside.rpartition(":")[2]
        names("hooks.example", "203.0.113.1")
        target = hooks.Target(f"http://hooks.example:{port}/", "127.0.0.2")
        names("hooks.example", "127.0.0.1")
        with pytest.raises(HookError):
            hooks.post(target, body=b"{}", headers={})


def test_redirect_is_not_followed() -> None:
    asked: list[str] = []

    def redirect(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        asked.append(handler.path)
        handler.send_response(307)
        handler.send_header("Location", "/elsewhere")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    refused = r"It answered 307; expected 200 to 299\. Redirects are not followed\."
    with saying(redirect) as address, pytest.raises(HookError, match=refused):
        hooks.post(hooks.Target(f"{address}/here", "127.0.0.1"), body=b"{}", headers={})
    assert asked == ["/here"]


def test_one_who_never_ends_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "LIMITS", Limits(seconds=0.4, bytes=4096))

    def drip(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(100):
            handler.wfile.write(b".")
            handler.wfile.flush()
            time.sleep(0.1)

    with saying(drip) as address:
        started = time.monotonic()
        with pytest.raises(HookError):
            hooks.post(hooks.Target(address, "127.0.0.1"), body=b"{}", headers={})
        assert time.monotonic() - started < 5


def test_signature_is_over_time_and_body() -> None:
    import hashlib
    import hmac

    said = hooks.signature("secret", at=5, body=b"{}")
    assert said == "t=5,v1=" + hmac.new(b"secret", b"5.{}", hashlib.sha256).hexdigest()
    assert said != hooks.signature("secret", at=6, body=b"{}")
    assert said != hooks.signature("other", at=5, body=b"{}")
