"""Posts to addresses that people name, and to nothing inside the house. It keeps these rules:

1. https only; plain http only to a loopback address that the operator allowed by name.
2. Every address the name stands for must be public, unless the operator allowed the host (`COUNTERSIGN_WEBHOOK_HOSTS`).
3. The connection goes to the very address that was looked at: no second look-up, no proxy, no redirect.
4. It ends after a time, however slowly the other side talks, and nothing of the answer but its status is told.
"""

import hashlib
import hmac
import ipaddress
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from countersign import outgoing
from countersign.outgoing import Limits, OutgoingError

LIMITS = Limits(seconds=8.0, bytes=4096)


class HookError(Exception):
    """The address may not be posted to, or did not take the message; in words for the person who named it."""


@dataclass(frozen=True, slots=True)
class Target:
    """An address that may be posted to: `address` is the IP address that was looked at."""

    url: str
    address: str


def signature(secret: str, *, at: int, body: bytes) -> str:
    """What the header says: the time in seconds, and HMAC-SHA256 under the secret over "time.body"."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def look_at(url: str, *, allowed: frozenset[str]) -> Target:
    """Where a post to `url` would go. Raises HookError where it may not go."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as e:
        raise HookError("This is not an address.") from e
    if parts.scheme not in ("https", "http") or not host or "@" in parts.netloc or parts.fragment:
        raise HookError("Expected an address such as https://hooks.example/countersign, without name or password.")
    named = bool({host, f"{host}:{port}"} & allowed)
    addresses = list(_addresses(host, port))
    _check(addresses, secure=parts.scheme == "https", named=named)
    return Target(url, str(addresses[0]))


def _check(addresses: list["_Address"], *, secure: bool, named: bool) -> None:
    if not secure and not (named and all(address.is_loopback for address in addresses)):
        raise HookError(
            "Expected https. Plain http is taken only for this machine itself, where the operator allows it."
        )
    if not named and not all(map(_public, addresses)):
        raise HookError("This address lies inside a private network. The operator can allow a host by its name.")


_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def _addresses(host: str, port: int) -> Iterator[_Address]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as e:
        raise HookError(f"The name {host} is not known.") from e
    for _, _, _, _, where in found:
        yield ipaddress.ip_address(str(where[0]).partition("%")[0])


_INTO_IPV4 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: the last four bytes are an IPv4 address


def _public(address: _Address) -> bool:
    """Public itself, and so is any address that is wrapped in it."""
    if isinstance(address, ipaddress.IPv6Address):
        if address in _INTO_IPV4:
            return _public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo and address.teredo[1])
        if inner:
            return _public(inner)
    return address.is_global and not address.is_multicast


def post(target: Target, *, body: bytes, headers: Mapping[str, str]) -> None:
    """Raises HookError unless the answer is a success. A redirect is none, and is not followed."""
    try:
        answer = outgoing.post(
            target.url, body, kind="application/json", limits=LIMITS, headers=headers, at=target.address
        )
    except OutgoingError as e:
        raise HookError(str(e)) from e
    if not 200 <= answer.status < 300:
        raise HookError(f"It answered {answer.status}; expected 200 to 299. Redirects are not followed.")
