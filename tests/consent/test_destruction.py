"""A certificate of destruction holds under the key that signed it, on paper and by itself; nothing else does."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from consent import destruction, typeset
from consent.credentials import jose
from consent.destruction import Certificate, Destroyed, Recorded, Why
from consent.errors import CertificateError
from consent.pades import attached, confined
from countersign import certificates, cli
from tests.keypairs import pair

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
CERTIFICATE = Certificate(
    certificate_id=UUID(int=1),
    issuer="https://countersign.example",
    subject=f"consent:{UUID(int=2)}",
    production=str(UUID(int=3)),
    why=Why.WITHDRAWAL,
    document_sha256="ab" * 32,
    ended_at=NOW,
    destroyed_at=NOW,
    issued_at=NOW,
    store="file",
    destroyed=Destroyed(
        keys=(str(UUID(int=4)),), templates=("sface",), models=("cd" * 32,), clips=("ef" * 32, "01" * 32)
    ),
    entries=(Recorded(index=7, kind="consent:withdrawn", leaf="23" * 32),),
)


PRIVATE, PUBLIC = pair()
TOKEN = destruction.sign(CERTIFICATE, PRIVATE)


def paper(certificate: Certificate = CERTIFICATE, token: str = TOKEN) -> bytes:
    data = {"view": destruction.view(certificate, token), "certificate": token}
    return typeset.page(destruction.page_source(), data=data, at=certificate.issued_at)


def part(token: str, number: int, change: Callable[[dict[str, object]], object]) -> str:
    """The token with another header (0) or payload (1) under the same signature."""
    parts = token.split(".")
    said = json.loads(base64.urlsafe_b64decode(parts[number] + "=="))
    change(said)
    parts[number] = base64.urlsafe_b64encode(json.dumps(said).encode()).rstrip(b"=").decode()
    return ".".join(parts)


def test_what_was_signed_reads_back() -> None:
    assert destruction.read(TOKEN, PUBLIC) == CERTIFICATE


def test_paper_carries_the_signed_certificate_and_is_the_same_each_time() -> None:
    assert attached(paper(), destruction.ATTACHED) == TOKEN.encode()
    assert confined.attached(paper(), destruction.ATTACHED) == TOKEN.encode()
    assert paper() == paper()


TAMPERED: dict[str, Callable[[], str]] = {
    "another digest": lambda: part(TOKEN, 1, lambda said: said.update(document_sha256="00" * 32)),
    "a clip left out": lambda: part(TOKEN, 1, lambda said: said["destroyed"].update(clips=[])),  # type: ignore[attr-defined]
    "no algorithm": lambda: part(TOKEN, 0, lambda said: said.update(alg="none")),
    "another key's name": lambda: part(TOKEN, 0, lambda said: said.update(kid="mine")),
    "no signature": lambda: TOKEN.rpartition(".")[0] + ".",
    "a bit of the signature": lambda: TOKEN[:-4] + ("AAAA" if TOKEN[-4:] != "AAAA" else "BBBB"),
    "nothing": lambda: "",
    "a grant's shape": lambda: "a.b.c",
    "endless": lambda: "a" * (destruction.LONGEST + 1),
}


@pytest.mark.parametrize("trick", TAMPERED)
def test_tampered_certificate_does_not_hold(trick: str) -> None:
    with pytest.raises(CertificateError) as error:
        destruction.read(TAMPERED[trick](), PUBLIC)
    assert str(error.value).endswith(".") or "certificate" in str(error.value)


def test_certificate_of_another_key_does_not_hold() -> None:
    with pytest.raises(CertificateError, match="another key"):
        destruction.read(destruction.sign(CERTIFICATE, pair()[0]), PUBLIC)


def test_key_as_published_is_the_key() -> None:
    assert jose.from_jwk(jose.published(PUBLIC)) == PUBLIC
    assert "d" not in jose.published(PRIVATE)


def command(folder: Path, content: bytes, *more: str, key: bytes | None = None) -> int:
    (folder / "file").write_bytes(content)
    published = json.dumps(jose.published(PUBLIC)).encode()
    (folder / "key").write_bytes(published if key is None else key)
    return cli.main(["verify-certificate", str(folder / "file"), "--key", str(folder / "key"), *more])


def test_command_says_what_holds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for content in (paper(), TOKEN.encode(), TOKEN.encode() + b"\n"):
        assert command(tmp_path, content, "--sha256", destruction.digest(TOKEN)) == certificates.HOLDS
    assert command(tmp_path, paper(), key=PUBLIC) == certificates.HOLDS
    said = capsys.readouterr().out
    assert "The performer withdrew this consent" in said
    assert CERTIFICATE.subject in said


def test_command_refuses_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    forged = replace(CERTIFICATE, subject=f"consent:{UUID(int=9)}")
    other = destruction.sign(forged, pair()[0])
    for content, more in (
        (other.encode(), ()),
        (paper(forged, other), ()),
        (b"%PDF-1.7\nnothing in it", ()),
        (b"\x00\xff", ()),
        (paper(), ("--sha256", "00" * 32)),
    ):
        assert command(tmp_path, content, *more) == certificates.FAILS
        assert "DOES NOT HOLD" in capsys.readouterr().out


@pytest.mark.parametrize("key", [b"", b"{}", b"[1]", b"-----BEGIN", b'{"kty": "oct", "k": "AAAA"}'])
def test_command_names_a_key_that_is_none(tmp_path: Path, key: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(tmp_path, TOKEN.encode(), key=key) == certificates.UNREADABLE
    assert capsys.readouterr().err
