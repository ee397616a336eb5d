"""What a passkey's answer proves, and what it does not: each dishonest answer has its own reason."""

import json
import secrets
from base64 import urlsafe_b64encode
from dataclasses import replace
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from consent import passkeys
from consent.assertion import Evidence, Place, Purpose, Statement, place
from consent.errors import ConsentError
from consent.passkeys import Answered, Enrolled
from consent.types import Reason, ReasonCode
from countersign.demo.authenticator import HONEST, Authenticator, Lies

SITE = "https://countersign.example"
AT = place(SITE)
HOLDER, PRODUCTION, ANOTHER = uuid4(), uuid4(), uuid4()
DOCUMENT, OTHER_DOCUMENT = sha256(b"the consent").hexdigest(), sha256(b"another consent").hexdigest()


def statement(purpose: Purpose = Purpose.SIGN, **changes: Any) -> Statement:
    nonce = secrets.token_hex(32)
    said = Statement(purpose=purpose, digest=DOCUMENT, production=PRODUCTION, nonce=nonce)
    return replace(said, **changes)


def enrolled(device: Authenticator, lies: Lies = HONEST) -> Enrolled | Reason:
    asked = statement(Purpose.ADD, production=None)
    options = passkeys.creation_options(asked, at=AT, holder=HOLDER, name="Idris Vane")
    return passkeys.enrol(device.create(options, lies), statement=asked, at=AT)


def known(device: Authenticator) -> Enrolled:
    found = enrolled(device)
    assert isinstance(found, Enrolled)
    return found


def answered(
    device: Authenticator,
    lies: Lies = HONEST,
    *,
    about: Statement | None = None,
    held: Statement | None = None,
) -> Answered | Reason:
    """What the device's answer to `about` proves where `held` is what is agreed to."""
    key = known(device).key
    about = about or statement()
    options = passkeys.request_options(about, at=AT, known=[key])
    return passkeys.answer(device.get(options, lies), statement=held or about, at=AT, key=key, sign_count=0)


def code(found: object) -> ReasonCode:
    assert isinstance(found, Reason), found
    assert found.sentence
    assert found.remedy
    return found.code


@pytest.mark.parametrize("ed25519", [False, True], ids=["ES256", "Ed25519"])
def test_honest_passkey_is_enrolled_and_its_answer_is_evidence_for_ever(ed25519: bool) -> None:
    found = answered(Authenticator(origin=SITE, ed25519=ed25519))
    assert isinstance(found, Answered)
    kept = Evidence.from_json(json.loads(json.dumps(found.evidence.to_json())))
    assert kept == found.evidence
    assert kept.sha256 == found.evidence.sha256
    assert passkeys.fault(kept, at=AT) is None


def test_user_verification_is_asked_for_and_a_passkey_that_can_be_found_without_a_name() -> None:
    options = passkeys.creation_options(statement(Purpose.ADD), at=AT, holder=HOLDER, name="Idris Vane")
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["rp"]["id"] == "countersign.example"
    assert passkeys.request_options(statement(), at=AT)["userVerification"] == "required"


FALSE = {
    "nobody verified the user": (Lies(verified=False), ReasonCode.NOT_USER_VERIFIED),
    "a look-alike site": (Lies(origin="https://countersign.example.evil.example"), ReasonCode.WRONG_ORIGIN),
    "a page within a page": (Lies(cross_origin=True), ReasonCode.WRONG_ORIGIN),
    "another relying party": (Lies(rp_id="evil.example"), ReasonCode.WRONG_ORIGIN),
    "another challenge": (Lies(challenge=urlsafe_b64encode(b"0" * 32).decode()), ReasonCode.OTHER_SHOWN),
}


@pytest.mark.parametrize(("lies", "expected"), FALSE.values(), ids=FALSE)
def test_false_enrolment_is_refused(lies: Lies, expected: ReasonCode) -> None:
    assert code(enrolled(Authenticator(origin=SITE), lies)) is expected


@pytest.mark.parametrize(("lies", "expected"), FALSE.values(), ids=FALSE)
def test_false_answer_is_refused(lies: Lies, expected: ReasonCode) -> None:
    assert code(answered(Authenticator(origin=SITE), lies)) is expected


def test_answer_signed_by_another_key_is_refused() -> None:
    lies = Lies(signed_by=Authenticator(origin=SITE))
    assert code(answered(Authenticator(origin=SITE), lies)) is ReasonCode.PASSKEY_SIGNATURE_BROKEN


def test_answer_that_names_another_passkey_is_refused() -> None:
    assert code(answered(Authenticator(origin=SITE), Lies(named=b"another"))) is ReasonCode.PASSKEY_UNKNOWN


def test_enrolment_is_no_signature() -> None:
    assert code(answered(Authenticator(origin=SITE), Lies(kind="webauthn.create"))) is (
        ReasonCode.PASSKEY_SIGNATURE_BROKEN
    )


REPLAYED = {
    "in another production": {"production": ANOTHER},
    "in no production": {"production": None},
    "for another document": {"digest": OTHER_DOCUMENT},
    "for another purpose": {"purpose": Purpose.APPROVE},
    "a second time": {"nonce": "0" * 64},
}


@pytest.mark.parametrize("changes", REPLAYED.values(), ids=REPLAYED)
def test_answer_cannot_be_replayed(changes: dict[str, Any]) -> None:
    about = statement()
    assert code(answered(Authenticator(origin=SITE), about=about, held=replace(about, **changes))) is (
        ReasonCode.OTHER_SHOWN
    )


@pytest.mark.parametrize(("before", "now"), [(5, 5), (5, 4), (5, 0), (1, 1)])
def test_counter_that_does_not_grow_is_refused(before: int, now: int) -> None:
    device = Authenticator(origin=SITE)
    key, about = known(device).key, statement()
    response = device.get(passkeys.request_options(about, at=AT), Lies(sign_count=now))
    found = passkeys.answer(response, statement=about, at=AT, key=key, sign_count=before)
    assert code(found) is ReasonCode.COUNTER_WENT_BACK


def test_passkey_that_counts_nothing_is_taken() -> None:
    assert isinstance(answered(Authenticator(origin=SITE, counts=False)), Answered)


def test_evidence_of_another_site_is_none() -> None:
    found = answered(Authenticator(origin=SITE))
    assert isinstance(found, Answered)
    elsewhere = Place(rp_id="other.example", origin="https://other.example")
    assert code(passkeys.fault(found.evidence, at=elsewhere)) is ReasonCode.WRONG_ORIGIN


@pytest.mark.parametrize("part", ["client_data", "authenticator_data", "signature"])
def test_evidence_with_a_byte_changed_does_not_hold(part: str) -> None:
    found = answered(Authenticator(origin=SITE))
    assert isinstance(found, Answered)
    whole: bytes = getattr(found.evidence, part)
    for at in range(0, len(whole), 7):
        changed = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
        assert passkeys.fault(replace(found.evidence, **{part: changed}), at=AT) is not None


@pytest.mark.parametrize(
    "changes",
    [{"more": 1}, {"purpose": "marry"}, {"production": "somewhere"}, {"signature": "é"}, {"signature": None}],
)
def test_what_is_no_evidence_is_not_read_as_some(changes: dict[str, Any]) -> None:
    found = answered(Authenticator(origin=SITE))
    assert isinstance(found, Answered)
    with pytest.raises(ConsentError):
        Evidence.from_json({**found.evidence.to_json(), **changes})


def test_statements_never_make_the_same_bytes() -> None:
    one = statement()
    said = {replace(one, **changes).challenge() for changes in ({}, *REPLAYED.values())}
    assert len(said) == len(REPLAYED) + 1
    with pytest.raises(ValueError, match="32 bytes"):
        statement(nonce="00").challenge()


@pytest.mark.parametrize("hostile", ["", "null", "[]", "{}", "[" * 60_000, "x" * 70_000, '{"id":1}'])
def test_hostile_answers_are_refused_in_words(hostile: str) -> None:
    asked = statement(Purpose.ADD)
    assert code(passkeys.enrol(hostile, statement=asked, at=AT)) is ReasonCode.PASSKEY_UNREADABLE
    key = known(Authenticator(origin=SITE)).key
    assert code(passkeys.answer(hostile, statement=asked, at=AT, key=key, sign_count=0)) is (
        ReasonCode.PASSKEY_UNREADABLE
    )
    assert passkeys.credential_id(hostile) == b""


_DEVICE = Authenticator(origin=SITE)
_ASKED = statement(Purpose.ADD, production=None)
_ATTESTATION = _DEVICE.create(passkeys.creation_options(_ASKED, at=AT, holder=UUID(int=1), name="Idris"))


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(at=st.integers(0, 10_000), by=st.binary(min_size=1, max_size=4))
def test_no_bytes_of_an_attestation_bring_about_an_exception(at: int, by: bytes) -> None:
    said = json.loads(_ATTESTATION)
    raw = bytearray(passkeys.parse_registration_credential_json(_ATTESTATION).response.attestation_object)
    at %= len(raw)
    raw[at : at + len(by)] = by
    said["response"]["attestationObject"] = urlsafe_b64encode(bytes(raw)).decode()
    found = passkeys.enrol(json.dumps(said), statement=_ASKED, at=AT)
    assert isinstance(found, Enrolled | Reason)
