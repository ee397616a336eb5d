"""How data keys reach the worker that will use them: sealed to a key of its own that exists for one step. Pure.

The rules this module keeps:
1. A worker asks with the long-term key of its queue (JWS, Ed25519) and names what it works on, step, attempt, grant and
   a fresh X25519 key, whose private half lies in its memory alone: nothing kept on any disk opens the answer later.
2. The keys are sealed to that fresh key with HPKE in base mode (RFC 9180: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256,
   AES-256-GCM). `info` binds grant, subject, step, attempt and the digest of the whole request.
3. The whole answer is signed with the keeper's own key, which nobody else holds, names the request by its digest, and
   is good for seconds.
4. Anything else opens nothing: another worker's key, another step or attempt, a replayed, late or changed answer.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from consent import seal
from consent.errors import ReleaseError, SealError
from consent.types import ReasonCode
from provenance import canonical
from provenance.types import Json

ASK_HEADER = {"alg": seal.ALGORITHM, "typ": "countersign-key-request+jws"}
ANSWER_HEADER = {"alg": seal.ALGORITHM, "typ": "countersign-key-release+jws"}
SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
LONGEST = 4 * 2**20  # characters of an answer: the keys of thousands of performers
GOOD_FOR = timedelta(seconds=30)  # of an answer, from when it is given
ASKED_AGO = timedelta(minutes=5)  # of a request, until it is answered


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What a worker, or the web process, asks. `subject` as the ledger names it; `grant_sha256` is empty where no run
    is worked on; `production` and `clip_sha256` say what a new clip is; `public_key` is the raw X25519 key in
    hexadecimal."""

    id: UUID
    queue: str
    subject: str
    step: str
    attempt: int
    grant_sha256: str
    public_key: str
    asked_at: datetime
    production: str = ""
    clip_sha256: str = ""


class Ephemeral:
    """A key pair for one step, in memory alone."""

    def __init__(self) -> None:
        self._private = X25519PrivateKey.generate()

    @property
    def public(self) -> str:
        """The half that the request carries."""
        return self._private.public_key().public_bytes_raw().hex()

    def decrypt(self, sealed: bytes, info: bytes) -> bytes:
        """Raises InvalidTag for what was not sealed to this key with this `info`."""
        return bytes(SUITE.decrypt(sealed, self._private, info=info))


def ask(asked: Ask, *, identity_pem: bytes) -> str:
    """The request, signed with the worker's long-term key (PEM). Raises SealError for another key."""
    return seal.sign(_ask_json(asked), header=ASK_HEADER, private_pem=identity_pem)


def read(token: str, *, identity_public_pem: bytes, now: datetime) -> Ask:
    """The request in `token`. Raises ReleaseError: KEY_REQUEST_FORGED unless that worker signed it whole,
    KEY_REQUEST_STALE if it was asked long ago, or in the future."""
    try:
        asked = _asked(seal.payload(token, header=ASK_HEADER, public_pem=identity_public_pem))
    except (SealError, ValueError, KeyError, TypeError) as e:
        raise ReleaseError(ReasonCode.KEY_REQUEST_FORGED, f"This worker did not ask that: {e}") from e
    if not now - ASKED_AGO <= asked.asked_at <= now + GOOD_FOR:
        raise ReleaseError(ReasonCode.KEY_REQUEST_STALE, f"It was asked at {asked.asked_at.isoformat()}.")
    return asked


def answer(token: str, asked: Ask, keys: Mapping[UUID, bytes], *, keeper_pem: bytes, now: datetime) -> str:
    """`keys` by consent or clip, sealed to whoever asked in `token`, signed by the keeper.

    Raises ReleaseError for a key that nothing can be sealed to, SealError for a keeper's key that is none."""
    clear = canonical.dumps({str(name): b64encode(key).decode() for name, key in keys.items()})
    try:
        to = X25519PublicKey.from_public_bytes(bytes.fromhex(asked.public_key))
        sealed = SUITE.encrypt(clear, to, info=_info(asked, token))
    except ValueError as e:  # a point of small order
        raise ReleaseError(ReasonCode.KEY_REQUEST_FORGED, "Nothing can be sealed to the key that came.") from e
    said = {"sealed": b64encode(sealed).decode(), **_about(token, now)}
    return seal.sign(dict(said), header=ANSWER_HEADER, private_pem=keeper_pem)


def refusal(token: str, codes: tuple[ReasonCode, ...], *, keeper_pem: bytes, now: datetime) -> str:
    """The answer that nothing is released, and why; signed like the other."""
    said: dict[str, Json] = {"refused": [code.value for code in codes], **_about(token, now)}
    return seal.sign(said, header=ANSWER_HEADER, private_pem=keeper_pem)


def open(  # noqa: A001 - release.open reads as what it does
    answered: str, *, token: str, asked: Ask, own: Ephemeral, keeper_public_pem: bytes, now: datetime
) -> dict[UUID, bytes] | tuple[ReasonCode, ...]:
    """The keys in an answer to `token`, or why none are released.

    Raises ReleaseError: KEY_ANSWER_FORGED unless the keeper gave this answer to this request and sealed it to `own`,
    KEY_ANSWER_EXPIRED if it is too late.
    """
    said = _answered(answered, keeper_public_pem)
    if said["request_sha256"] != digest(token):
        raise _forged("It answers another request.")
    if now >= datetime.fromisoformat(said["expires_at"]):
        raise ReleaseError(ReasonCode.KEY_ANSWER_EXPIRED, f"The answer ended at {said['expires_at']}.")
    if "refused" in said:
        return tuple(ReasonCode(code) for code in said["refused"])
    try:
        clear = own.decrypt(b64decode(said["sealed"]), _info(asked, token))
        return {UUID(name): b64decode(key) for name, key in json.loads(clear).items()}
    except (InvalidTag, ValueError, KeyError) as e:
        raise _forged("It was sealed to another key, or for another step.") from e


def digest(token: str) -> str:
    """The SHA-256 of a request as signed, in hexadecimal."""
    return sha256(token.encode()).hexdigest()


def _info(asked: Ask, token: str) -> bytes:
    return canonical.dumps({**_ask_json(asked), "request_sha256": digest(token)})


def _about(token: str, now: datetime) -> dict[str, Json]:
    return {"request_sha256": digest(token), "expires_at": (now + GOOD_FOR).astimezone(UTC).isoformat()}


def _answered(token: str, public_pem: bytes) -> Any:
    try:
        said = json.loads(seal.payload(token, header=ANSWER_HEADER, public_pem=public_pem, longest=LONGEST))
    except (SealError, ValueError) as e:
        raise _forged(f"The keeper did not give this answer: {e}") from e
    if not isinstance(said, dict) or not {"request_sha256", "expires_at"} <= said.keys():
        raise _forged("It says neither what it answers nor until when.")
    return said


def _forged(message: str) -> ReleaseError:
    return ReleaseError(ReasonCode.KEY_ANSWER_FORGED, message)


def _ask_json(asked: Ask) -> dict[str, Json]:
    return {**asdict(asked), "id": str(asked.id), "asked_at": asked.asked_at.astimezone(UTC).isoformat()}


def _asked(said: bytes) -> Ask:
    read = json.loads(said)
    asked = Ask(**{**read, "id": UUID(read["id"]), "asked_at": datetime.fromisoformat(read["asked_at"])})
    X25519PublicKey.from_public_bytes(bytes.fromhex(asked.public_key))
    if canonical.dumps(_ask_json(asked)) != said or asked.asked_at.tzinfo is None:
        raise ValueError("it is not written as a request is")
    return asked
