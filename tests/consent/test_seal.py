"""A sealed grant opens with the gate's key, whole and in its time, or not at all."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from joserfc import jws
from joserfc.jwk import OctKey, OKPKey

from consent import gate, policy, seal
from consent.errors import SealError
from consent.types import Grant, ReasonCode
from tests.consent.values import ANSELM, IDRIS, NOW, request, standing
from tests.keypairs import pair

PRIVATE, PUBLIC = pair(ed25519.Ed25519PrivateKey.generate())


@pytest.fixture(scope="module")
def grant() -> Grant:
    answer = gate.decide(request(), consents=[standing(IDRIS), standing(ANSELM)], now=NOW, rules=policy.load())
    assert isinstance(answer, Grant)
    return answer


def refused(token: str, code: ReasonCode, *, public: bytes = PUBLIC, now: Any = NOW) -> None:
    with pytest.raises(SealError) as raised:
        seal.open(token, public, now)
    assert raised.value.code == code


def test_a_sealed_grant_opens_as_it_was(grant: Grant) -> None:
    assert seal.open(seal.seal(grant, PRIVATE), PUBLIC, NOW) == grant


def test_the_same_grant_seals_to_the_same_text(grant: Grant) -> None:
    assert seal.seal(grant, PRIVATE) == seal.seal(grant, PRIVATE)
    assert len(seal.digest(grant)) == 64


def test_the_algorithm_is_named_as_rfc_9864_has_it(grant: Grant) -> None:
    header = json.loads(base64.urlsafe_b64decode(seal.seal(grant, PRIVATE).split(".")[0] + "=="))
    assert header == {"alg": "Ed25519", "typ": "countersign-grant+jws"}


def test_another_gates_seal_is_a_forgery(grant: Grant) -> None:
    _, other = pair(ed25519.Ed25519PrivateKey.generate())
    refused(seal.seal(grant, PRIVATE), ReasonCode.GRANT_FORGED, public=other)


def test_a_grant_ends(grant: Grant) -> None:
    token = seal.seal(grant, PRIVATE)
    seal.open(token, PUBLIC, grant.expires_at - timedelta(microseconds=1))
    refused(token, ReasonCode.GRANT_EXPIRED, now=grant.expires_at)


@pytest.mark.parametrize("token", ["", ".", "a.b.c", "....", "x" * 70_000, "\u2028", "eyJhbGciOiJub25lIn0.e30."])
def test_what_is_no_token_is_a_forgery(token: str) -> None:
    refused(token, ReasonCode.GRANT_FORGED)


def test_every_changed_letter_is_noticed(grant: Grant) -> None:
    token = seal.seal(grant, PRIVATE)
    for i in range(0, len(token) - 1, 7):  # the last letter has bits to spare
        if token[i] == ".":
            continue
        changed = token[:i] + ("A" if token[i] != "A" else "B") + token[i + 1 :]
        refused(changed, ReasonCode.GRANT_FORGED)


def signed(payload: bytes, header: dict[str, str] | None = None, algorithm: str = "Ed25519") -> str:
    return jws.serialize_compact(
        header or {"alg": algorithm, "typ": seal.TYPE}, payload, OKPKey.import_key(PRIVATE), [algorithm]
    )


@pytest.mark.parametrize(
    "payload",
    [b"", b"{}", b"[]", b"null", b"no json", b"\xff", b'{"nonce":"1"}'],
)
def test_what_the_gate_signed_but_is_no_grant_is_refused(payload: bytes) -> None:
    refused(signed(payload), ReasonCode.GRANT_FORGED)


def test_a_field_more_is_refused(grant: Grant) -> None:
    said = json.loads(jws.extract_compact(seal.seal(grant, PRIVATE).encode()).payload or b"")
    refused(signed(json.dumps({**said, "forever": True}).encode()), ReasonCode.GRANT_FORGED)
    refused(signed(json.dumps(said).encode()), ReasonCode.GRANT_FORGED)  # not in its canonical form


def test_another_type_of_token_is_refused(grant: Grant) -> None:
    payload = jws.extract_compact(seal.seal(grant, PRIVATE).encode()).payload or b""
    refused(signed(payload, {"alg": "Ed25519", "typ": "JWT"}), ReasonCode.GRANT_FORGED)
    refused(signed(payload, {"alg": "Ed25519"}), ReasonCode.GRANT_FORGED)


def test_the_public_key_does_not_serve_as_a_password(grant: Grant) -> None:
    """The old trick: HS256 with the public key as the secret."""
    payload = jws.extract_compact(seal.seal(grant, PRIVATE).encode()).payload or b""
    secret = OctKey.import_key(base64.b64encode(PUBLIC))
    refused(jws.serialize_compact({"alg": "HS256", "typ": seal.TYPE}, payload, secret), ReasonCode.GRANT_FORGED)


def test_only_an_ed25519_key_seals(grant: Grant) -> None:
    private, _ = pair(ec.generate_private_key(ec.SECP256R1()))
    for key in (private, b"no key", PUBLIC):
        with pytest.raises(SealError):
            seal.seal(grant, key)
