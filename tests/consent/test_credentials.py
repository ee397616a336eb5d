"""What a wallet gives counts for one consent, by one person, and for nothing else."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from jwcrypto.jwk import JWK

from consent import credentials, services
from consent.credentials import Agreement, Holder, Presented, Presenter
from consent.errors import ConsentError
from consent.models import ConsentRecord, Performer
from consent.pins import Pins
from consent.services import Desk
from consent.types import ConsentState, Reason, ReasonCode, Way
from tests.consent.house import House, entries_of
from tests.consent.test_pades import codes
from tests.consent.wallets import ISSUER, KIND, Issuer, Own, presented

NOW = datetime.now(UTC).replace(microsecond=0)
SITE = "https://countersign.example"
AGREED = Agreement(
    consent_id=UUID(int=1),
    production_id=UUID(int=2),
    nonce="0" * 32,
    terms_sha256="a" * 64,
    document_sha256="b" * 64,
    audience=SITE,
)
IDRIS = Holder(name="Idris Vane", born="1990-02-03")
WALLET, ISSUED_BY = JWK.generate(kty="EC", crv="P-256"), Issuer.make()
CREDENTIAL = ISSUED_BY.issued(WALLET, now=NOW)


def code(answer: object) -> ReasonCode:
    assert isinstance(answer, Reason), answer
    assert all((answer.sentence, answer.asked, answer.allowed, answer.remedy)), answer
    return answer.code


@pytest.mark.parametrize("algorithm", ["ES256", "Ed25519"])
def test_a_performer_s_own_key_signs(algorithm: str) -> None:
    own = Own.make(algorithm)
    answer = credentials.jws(own.signed(AGREED, now=NOW), agreement=AGREED, bound=own.thumbprint, now=NOW)
    assert answer == Presenter(thumbprint=own.thumbprint, claimed_at=NOW)
    assert credentials.thumbprint(own.jwk) == own.thumbprint


OTHERS = {
    "production": {"production_id": str(UUID(int=9))},
    "consent": {"consent_id": str(UUID(int=9))},
    "nonce": {"nonce": "1" * 32},
    "terms": {"terms_sha256": "c" * 64},
    "document": {"document_sha256": "c" * 64},
    "site": {"aud": "https://elsewhere.example"},
    "more": {"max_runs": 99},
    "less": {"nonce": None},
}


@pytest.mark.parametrize("changes", OTHERS.values(), ids=OTHERS)
def test_a_yes_to_something_else_is_none_to_this(changes: dict[str, Any]) -> None:
    own = Own.make()
    token = own.signed(AGREED, now=NOW, **changes)
    assert code(credentials.jws(token, agreement=AGREED, bound=own.thumbprint, now=NOW)) is (
        ReasonCode.CREDENTIAL_ELSEWHERE
    )


TIMES = {
    "expired": {"exp": int(NOW.timestamp())},
    "of tomorrow": {"iat": int((NOW + timedelta(hours=1)).timestamp())},
    "for ever": {"exp": int((NOW + timedelta(days=400)).timestamp())},
    "without end": {"exp": None},
    "without beginning": {"iat": None},
    "no number": {"exp": "tomorrow"},
    "true": {"iat": True},
}


@pytest.mark.parametrize("changes", TIMES.values(), ids=TIMES)
def test_a_yes_counts_in_its_time(changes: dict[str, Any]) -> None:
    own = Own.make()
    token = own.signed(AGREED, now=NOW, **changes)
    assert code(credentials.jws(token, agreement=AGREED, bound=own.thumbprint, now=NOW)) is (
        ReasonCode.CREDENTIAL_EXPIRED
    )


def test_another_key_is_another_person() -> None:
    own, other = Own.make(), Own.make()
    for token, bound in ((other.signed(AGREED, now=NOW), own.thumbprint), (own.signed(AGREED, now=NOW), "")):
        assert code(credentials.jws(token, agreement=AGREED, bound=bound, now=NOW)) is ReasonCode.WRONG_SIGNER


def test_a_key_lent_by_name_signs_nothing() -> None:
    """The header shows the performer's key, and another signed."""
    own, other = Own.make(), Own.make()
    token = other.signed(AGREED, now=NOW, header={"jwk": own.key.as_dict(private=False)})
    assert code(credentials.jws(token, agreement=AGREED, bound=own.thumbprint, now=NOW)) is ReasonCode.SIGNATURE_BROKEN


def forged(token: str) -> str:
    head, payload, signature = token.split(".")
    return ".".join((head, payload, signature[:-8] + ("A" * 8)))


def headed(token: str, **changes: Any) -> str:
    head, rest = token.split(".", 1)
    said = {**json.loads(base64.urlsafe_b64decode(head + "==")), **changes}
    return base64.urlsafe_b64encode(json.dumps(said).encode()).rstrip(b"=").decode() + "." + rest


MADE_UP = {
    "nothing": lambda token: "",
    "words": lambda token: "yes, I agree",
    "no signature": lambda token: token.rsplit(".", 1)[0] + ".",
    "alg none": lambda token: headed(token, alg="none"),
    "alg HS256": lambda token: headed(token, alg="HS256"),
    "alg EdDSA": lambda token: headed(token, alg="EdDSA"),
    "another type": lambda token: headed(token, typ="JWT"),
    "crit": lambda token: headed(token, crit=["b64"], b64=False),
    "no key": lambda token: headed(token, jwk=None),
    "a private key": lambda token: headed(token, jwk={"kty": "EC", "crv": "P-256", "x": "a", "y": "b", "d": "c"}),
    "a shared secret": lambda token: headed(token, jwk={"kty": "oct", "k": "AAAA"}),
    "large": lambda token: token + "A" * 70_000,
}


@pytest.mark.parametrize("change", MADE_UP)
def test_what_no_wallet_gives_is_refused(change: str) -> None:
    own = Own.make()
    token = MADE_UP[change](own.signed(AGREED, now=NOW))
    answer = credentials.jws(token, agreement=AGREED, bound=own.thumbprint, now=NOW)
    assert code(answer) in (ReasonCode.NOT_A_CREDENTIAL, ReasonCode.SIGNATURE_BROKEN)


def test_a_changed_bit_breaks_it() -> None:
    own = Own.make()
    token = forged(own.signed(AGREED, now=NOW))
    assert code(credentials.jws(token, agreement=AGREED, bound=own.thumbprint, now=NOW)) is ReasonCode.SIGNATURE_BROKEN


@pytest.mark.parametrize("text", [b"", b"[]", b'{"kty": "oct", "k": "AAAA"}', b'{"kty": "EC", "crv": "P-256"}'])
def test_what_is_no_public_key_has_no_name(text: bytes) -> None:
    with pytest.raises(ConsentError):
        credentials.thumbprint(text)


def read(text: str, **changes: Any) -> Presented | Reason:
    given = {"agreement": AGREED, "holder": IDRIS, "issuers": ISSUED_BY.pinned(), "now": datetime.now(UTC)}
    return credentials.sd_jwt(text, **{**given, **changes})


def test_a_credential_is_presented_for_this_consent() -> None:
    answer = read(presented(CREDENTIAL, WALLET, agreement=AGREED))
    assert isinstance(answer, Presented), answer
    assert (answer.name, answer.born, answer.issuer, answer.kind) == ("Idris Vane", "1990-02-03", ISSUER, KIND)


def test_the_birth_date_may_stay_hidden() -> None:
    answer = read(presented(CREDENTIAL, WALLET, agreement=AGREED, claims={"given_name": True, "family_name": True}))
    assert isinstance(answer, Presented), answer
    assert answer.born == ""


@pytest.mark.parametrize("kb", [{"nonce": "other"}, {"aud": "https://elsewhere.example"}], ids=["nonce", "site"])
def test_a_presentation_for_something_else_is_none_for_this(kb: dict[str, str]) -> None:
    assert code(read(presented(CREDENTIAL, WALLET, agreement=AGREED, **kb))) is ReasonCode.CREDENTIAL_ELSEWHERE


def test_a_presentation_is_not_replayed_to_another_production() -> None:
    text = presented(CREDENTIAL, WALLET, agreement=AGREED)
    other = replace(AGREED, production_id=UUID(int=9))
    assert code(read(text, agreement=other)) is ReasonCode.CREDENTIAL_ELSEWHERE


def test_what_is_presented_cannot_be_more_or_less_than_its_holder_said() -> None:
    issued, *disclosures, proof = presented(CREDENTIAL, WALLET, agreement=AGREED).split("~")
    less = "~".join((issued, *disclosures[:-1], proof))
    assert code(read(less)) is ReasonCode.CREDENTIAL_ELSEWHERE


def test_without_its_holder_a_credential_says_nothing() -> None:
    assert code(read(CREDENTIAL)) is ReasonCode.NOT_A_CREDENTIAL
    thief = JWK.generate(kty="EC", crv="P-256")
    assert code(read(presented(CREDENTIAL, thief, agreement=AGREED))) is ReasonCode.SIGNATURE_BROKEN


def disclosure(name: str, value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(["salt", name, value]).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "more",
    [disclosure("name", "Idris Vane"), disclosure("exp", 9**9), disclosure("_sd", []), "AAAA", "!!", ""],
    ids=["name", "exp", "_sd", "no list", "no text", "empty"],
)
def test_nobody_discloses_what_the_issuer_did_not_name(more: str) -> None:
    """The reference implementation takes these: it looks only for what is named."""
    issued, *disclosures, proof = presented(CREDENTIAL, WALLET, agreement=AGREED).split("~")
    assert code(read("~".join((issued, more, *disclosures, proof)))) is ReasonCode.NOT_A_CREDENTIAL


def test_nobody_discloses_twice() -> None:
    issued, *disclosures, proof = presented(CREDENTIAL, WALLET, agreement=AGREED).split("~")
    assert code(read("~".join((issued, *disclosures, disclosures[0], proof)))) is ReasonCode.NOT_A_CREDENTIAL


def test_an_issuer_is_pinned_with_key_and_kind() -> None:
    text = presented(CREDENTIAL, WALLET, agreement=AGREED)
    for issuers in (b"", Issuer.make().pinned(), ISSUED_BY.pinned("urn:example:audience:1")):
        assert code(read(text, issuers=issuers)) is ReasonCode.SIGNER_NOT_TRUSTED


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"exp": None}, ReasonCode.CREDENTIAL_EXPIRED),
        ({"exp": int(NOW.timestamp())}, ReasonCode.CREDENTIAL_EXPIRED),
        ({"nbf": int((NOW + timedelta(days=1)).timestamp())}, ReasonCode.CREDENTIAL_EXPIRED),
        ({"status": {"status_list": {"idx": 1, "uri": "https://x"}}}, ReasonCode.CREDENTIAL_STATUS_UNKNOWN),
        ({"iss": "https://elsewhere.example"}, ReasonCode.SIGNER_NOT_TRUSTED),
        ({"given_name": "Anselm"}, ReasonCode.WRONG_SIGNER),
        ({"given_name": None, "family_name": None}, ReasonCode.WRONG_SIGNER),
        ({"birthdate": "1990-02-04"}, ReasonCode.WRONG_SIGNER),
        ({"kind": "JWT"}, ReasonCode.NOT_A_CREDENTIAL),
    ],
    ids=["no end", "expired", "not yet", "status", "issuer", "name", "no name", "birth date", "type"],
)
def test_a_credential_must_be_the_performer_s_and_in_its_time(changes: dict[str, Any], expected: ReasonCode) -> None:
    credential = ISSUED_BY.issued(WALLET, now=NOW, **changes)
    assert code(read(presented(credential, WALLET, agreement=AGREED))) is expected


def test_a_name_is_the_same_in_other_letters_of_it() -> None:
    credential = ISSUED_BY.issued(WALLET, now=NOW, given_name="IDRIS ", family_name="vane")
    assert isinstance(read(presented(credential, WALLET, agreement=AGREED)), Presented)


@pytest.mark.parametrize(
    "issuers", [b"{", b"[]", b'{"issuers": {"x": {}}}', b'{"issuers": {"x": {"vct": "y", "keys": []}}}']
)
def test_a_file_of_issuers_that_cannot_be_read_is_the_operator_s_mistake(issuers: bytes) -> None:
    with pytest.raises(ConsentError):
        read(presented(CREDENTIAL, WALLET, agreement=AGREED), issuers=issuers)


DESK = Desk(pins=Pins(wallets=ISSUED_BY.pinned()), site=SITE)


def bound(house: House, own: Own, by: Any = None) -> None:
    assert isinstance(services.bind_key(house.idris, jwk=own.jwk, by=by or house.lena), Performer)


def handed_in(house: House, row: ConsentRecord, credential: str, by: Any = None) -> Any:
    return services.register_credential(row, credential=credential.encode(), by=by or house.petra, desk=DESK)


def test_a_consent_is_signed_with_the_key_bound_to_the_performer(house: House) -> None:
    own, row = Own.make(), house.drafted(house.idris)
    bound(house, own)
    answer = handed_in(house, row, own.signed(services.agreement(row, site=SITE), now=NOW))
    assert isinstance(answer, ConsentRecord), answer
    assert (answer.state, answer.way, answer.level) == (ConsentState.VERIFIED, Way.JWS, 3)
    assert "key_thumbprint" in entries_of(row.pk)[-1].body["sealed"]
    assert isinstance(services.approve(row, by=house.lena), ConsentRecord)


def test_a_consent_is_signed_from_a_wallet(house: House) -> None:
    row = house.drafted(house.idris)
    text = presented(CREDENTIAL, WALLET, agreement=services.agreement(row, site=SITE))
    answer = handed_in(house, row, text)
    assert isinstance(answer, ConsentRecord), answer
    assert (answer.state, answer.way, answer.level, answer.signer) == (
        ConsentState.VERIFIED,
        Way.SD_JWT,
        3,
        "Idris Vane",
    )
    assert answer.verdict["issuers"]


def test_who_binds_a_key_hands_in_nothing_signed_with_it(house: House) -> None:
    own, row = Own.make(), house.drafted(house.idris)
    bound(house, own, by=house.pavel)
    token = own.signed(services.agreement(row, site=SITE), now=NOW)
    assert codes(handed_in(house, row, token, by=house.pavel)) == [ReasonCode.SAME_PERSON]


def test_a_key_is_bound_once_and_to_one_performer(house: House) -> None:
    own = Own.make()
    bound(house, own)
    bound(house, own)  # the same again changes nothing
    for performer, key in ((house.idris, Own.make()), (house.anselm, own)):
        answer = services.bind_key(performer, jwk=key.jwk, by=house.lena)
        assert codes(answer) == [ReasonCode.WRONG_SIGNER]  # type: ignore[arg-type]


@pytest.mark.parametrize("credential", ["", "x" * (300 * 1024), "é"], ids=["empty", "large", "letters"])
def test_what_is_no_credential_is_written_down(house: House, credential: str) -> None:
    row = house.drafted(house.idris)
    assert codes(handed_in(house, row, credential))[0] in (ReasonCode.FILE_EMPTY, ReasonCode.NOT_A_CREDENTIAL)
    assert entries_of(row.pk)[-1].kind.value == "consent:refused"


def test_a_consent_that_waits_for_nothing_takes_nothing(house: House) -> None:
    row = house.verified(house.idris)
    assert codes(handed_in(house, row, "x")) == [ReasonCode.WRONG_STATE]
