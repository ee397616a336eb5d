"""Passkeys (W3C Web Authentication, level 3): asking for one, and whether its answer holds. Only this uses webauthn.

The rules this module keeps:
1. The authenticator must have verified its user: presence alone is not enough (6.1, flag UV).
2. The challenge is made of what is agreed to: purpose, production and digest stand inside the signed bytes, so that an
   answer cannot be replayed to another production, document or purpose.
3. The answer was given on this site's own page: origin and relying party are those of its address, in no frame.
4. A counter that goes back is refused (7.2, step 22): there may be a copy of the key.
5. What an answer could bring about is a `Reason`, never an exception.
6. What is kept as evidence can be verified by anybody, offline and for ever, with what stands in it.

Pure: no clock, chance or database in here.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import webauthn
from cryptography.exceptions import InvalidKey, InvalidSignature, UnsupportedAlgorithm
from webauthn.helpers import (
    options_to_json_dict,
    parse_attestation_object,
    parse_authentication_credential_json,
    parse_authenticator_data,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorData,
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from consent import ceremony
from consent.assertion import Evidence, Key, Place, Statement, text
from consent.types import Reason, ReasonCode

PATIENCE_MS = 5 * 60 * 1000
LARGEST_RESPONSE = 64 * 1024  # characters; an attestation with certificates takes five thousand
ALGORITHMS = [
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,  # Windows Hello
]
_VERIFIED = UserVerificationRequirement.REQUIRED
_UNREADABLE = (WebAuthnException, InvalidKey, InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError, KeyError,
               IndexError, AttributeError, AssertionError, OverflowError, RecursionError)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """A new passkey, and what its authenticator says of itself."""

    key: Key
    sign_count: int
    aaguid: str
    transports: tuple[str, ...]
    backed_up: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An answer that holds, and how often the passkey says it was used."""

    evidence: Evidence
    sign_count: int
    backed_up: bool


def creation_options(
    statement: Statement, *, at: Place, holder: UUID, name: str, known: Sequence[Key] = ()
) -> dict[str, Any]:
    """What navigator.credentials.create() is given, as JSON; `name` is what the person's own device calls them.

    The passkeys `known` are not made twice on one device.
    """
    options = webauthn.generate_registration_options(
        rp_id=at.rp_id,
        rp_name="Countersign",
        user_id=holder.bytes,
        user_name=name,
        challenge=statement.challenge(),
        timeout=PATIENCE_MS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_VERIFIED
        ),
        exclude_credentials=_described(known),
        supported_pub_key_algs=ALGORITHMS,
    )
    return options_to_json_dict(options)


def request_options(statement: Statement, *, at: Place, known: Sequence[Key] = ()) -> dict[str, Any]:
    """What navigator.credentials.get() is given, as JSON. With none `known`, the device offers those it has."""
    options = webauthn.generate_authentication_options(
        rp_id=at.rp_id,
        challenge=statement.challenge(),
        timeout=PATIENCE_MS,
        allow_credentials=_described(known),
        user_verification=_VERIFIED,
    )
    return options_to_json_dict(options)


def enrol(response: str, *, statement: Statement, at: Place) -> Enrolled | Reason:
    """The new passkey in `response`, the JSON of what create() answered to `statement` (7.1)."""
    try:
        credential = parse_registration_credential_json(_sized(response))
        answer = credential.response
        data = parse_attestation_object(answer.attestation_object).auth_data
        fault = _fault(answer.client_data_json, data, statement=statement, at=at)
        if fault:
            return fault
        found = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=statement.challenge(),
            expected_rp_id=at.rp_id,
            expected_origin=at.origin,
            require_user_verification=True,
            supported_pub_key_algs=ALGORITHMS,
        )
    except _UNREADABLE as e:
        return ceremony.no(ReasonCode.PASSKEY_UNREADABLE, asked=str(e)[:200])
    return Enrolled(
        key=Key(credential_id=found.credential_id, public_key=found.credential_public_key),
        sign_count=found.sign_count,
        aaguid=found.aaguid,
        transports=tuple(transport.value for transport in answer.transports or ()),
        backed_up=found.credential_backed_up,
    )


def credential_id(response: str) -> bytes:
    """Which passkey `response` says it is of; empty if that cannot be read. Nothing is verified."""
    try:
        return bytes(parse_authentication_credential_json(_sized(response)).raw_id)
    except _UNREADABLE:
        return b""


def answer(response: str, *, statement: Statement, at: Place, key: Key, sign_count: int) -> Answered | Reason:
    """What `response`, the JSON of what get() answered to `statement`, proves of `key` (7.2).

    `sign_count` is what the passkey said the last time.
    """
    try:
        given = parse_authentication_credential_json(_sized(response))
    except _UNREADABLE as e:
        return ceremony.no(ReasonCode.PASSKEY_UNREADABLE, asked=str(e)[:200])
    if bytes(given.raw_id) != key.credential_id:
        return ceremony.no(ReasonCode.PASSKEY_UNKNOWN)
    evidence = Evidence(
        statement=statement,
        place=at,
        key=key,
        client_data=bytes(given.response.client_data_json),
        authenticator_data=bytes(given.response.authenticator_data),
        signature=bytes(given.response.signature),
    )
    return _judged(evidence, sign_count=sign_count)


def fault(evidence: Evidence, *, at: Place) -> Reason | None:
    """Why evidence that was kept does not hold at the site `at`; None where it does. Whose the key is, callers know."""
    if evidence.place != at:
        return ceremony.no(ReasonCode.WRONG_ORIGIN, asked=evidence.place.origin, allowed=at.origin)
    judged = _judged(evidence, sign_count=0)
    return judged if isinstance(judged, Reason) else None


def _judged(evidence: Evidence, *, sign_count: int) -> Answered | Reason:
    at, statement = evidence.place, evidence.statement
    try:
        data = parse_authenticator_data(evidence.authenticator_data)
        found = _fault(evidence.client_data, data, statement=statement, at=at) or _went_back(data, sign_count)
        if found:
            return found
        verified = webauthn.verify_authentication_response(
            credential=_as_answered(evidence),
            expected_challenge=statement.challenge(),
            expected_rp_id=at.rp_id,
            expected_origin=at.origin,
            credential_public_key=evidence.key.public_key,
            credential_current_sign_count=sign_count,
            require_user_verification=True,
        )
    except _UNREADABLE as e:
        return ceremony.no(ReasonCode.PASSKEY_SIGNATURE_BROKEN, asked=str(e)[:200])
    return Answered(evidence=evidence, sign_count=verified.new_sign_count, backed_up=verified.credential_backed_up)


def _fault(client_data: bytes, data: AuthenticatorData, *, statement: Statement, at: Place) -> Reason | None:
    """Told apart here, since the library has one error for all; it checks each of them once more."""
    client = parse_client_data_json(client_data)
    rp = hashlib.sha256(at.rp_id.encode()).digest()
    if client.origin != at.origin or client.cross_origin or data.rp_id_hash != rp:
        return ceremony.no(ReasonCode.WRONG_ORIGIN, asked=str(client.origin)[:200], allowed=at.origin)
    if client.challenge != statement.challenge():
        return ceremony.no(ReasonCode.OTHER_SHOWN)
    if not data.flags.uv:
        return ceremony.no(ReasonCode.NOT_USER_VERIFIED)
    return None


def _went_back(data: AuthenticatorData, sign_count: int) -> Reason | None:
    if max(data.sign_count, sign_count) == 0 or data.sign_count > sign_count:
        return None
    return ceremony.no(ReasonCode.COUNTER_WENT_BACK, asked=str(data.sign_count), allowed=f"more than {sign_count}")


def _as_answered(evidence: Evidence) -> dict[str, Any]:
    return {
        "id": text(evidence.key.credential_id),
        "rawId": text(evidence.key.credential_id),
        "type": "public-key",
        "response": {
            "clientDataJSON": text(evidence.client_data),
            "authenticatorData": text(evidence.authenticator_data),
            "signature": text(evidence.signature),
        },
    }


def _described(known: Sequence[Key]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=key.credential_id) for key in known]


def _sized(response: str) -> dict[str, Any]:
    if len(response) > LARGEST_RESPONSE:
        raise ValueError(f"expected at most {LARGEST_RESPONSE} characters, got {len(response)}")
    found = json.loads(response)
    if not isinstance(found, dict):
        raise ValueError("expected a JSON object")
    return found
