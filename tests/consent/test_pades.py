"""Signed documents: a good one is read, and each way of not being good is refused by its own name."""

import random
import socket
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256

import pytest

from consent import intake, pades, pki, record, typeset
from consent.errors import ConsentError
from consent.pins import Pins
from consent.types import ReasonCode, Refusal
from tests.consent import broken
from tests.consent.conftest import offer
from tests.consent.offices import Office, office
from tests.consent.values import NOW, terms


@pytest.fixture(scope="module")
def good(registry: Office, offered: bytes) -> bytes:
    return broken.signed(offered, registry.idris)


def codes(answer: pades.Signed | Refusal) -> list[ReasonCode]:
    assert isinstance(answer, Refusal), "accepted"
    for reason in answer.reasons:
        assert all((reason.sentence, reason.asked, reason.allowed, reason.remedy)), reason
    return [reason.code for reason in answer.reasons]


def test_a_good_document_says_who_signed_what(registry: Office, good: bytes, offered: bytes) -> None:
    answer = pades.verify(good, pins=Pins(roots=registry.trust), now=NOW, offered=offered)
    assert isinstance(answer, pades.Signed)
    assert record.from_json(answer.terms) == terms()
    assert answer.document_sha256 == sha256(good).hexdigest()
    assert (answer.signer, answer.certificate_sha256) == ("Idris Vane", registry.idris.sha256)
    assert answer.claimed_at is not None


def test_software_that_adds_a_signature_field_of_its_own_will_do(registry: Office, offered: bytes) -> None:
    answer = pades.verify(
        broken.signed_as("Signature1", offered, registry.idris),
        pins=Pins(roots=registry.trust),
        now=NOW,
        offered=offered,
    )
    assert isinstance(answer, pades.Signed)


def test_nothing_is_fetched(registry: Office, offered: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A certificate that names where its revocation list could be had, and no list at hand."""

    def shut(*_: object, **__: object) -> None:
        raise AssertionError("something reached for the network")

    monkeypatch.setattr(socket, "getaddrinfo", shut)
    monkeypatch.setattr(socket.socket, "connect", shut)
    who = registry.authority.issue("Idris Vane", now=NOW, address="http://127.0.0.1:9/list.crl")
    pdf = broken.signed(offered, who)
    assert codes(pades.verify(pdf, pins=Pins(roots=registry.authority.root), now=NOW)) == [
        ReasonCode.REVOCATION_UNKNOWN
    ]
    assert isinstance(pades.verify(pdf, pins=Pins(roots=registry.trust), now=NOW), pades.Signed)


NO_DOCUMENTS = [
    (b"", ReasonCode.FILE_EMPTY),
    (b"\0" * (intake.LARGEST + 1), ReasonCode.FILE_TOO_LARGE),
    (b"hello", ReasonCode.NOT_A_PDF),
    (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, ReasonCode.NOT_A_PDF),
    (b"%PDF-1.7\n", ReasonCode.NOT_A_PDF),
    (b"%PDF-1.7\nxref\n0 0\ntrailer\n<<>>\nstartxref\n9\n%%EOF", ReasonCode.NOT_A_PDF),
]


@pytest.mark.parametrize(("pdf", "code"), NO_DOCUMENTS, ids=["empty", "large", "text", "png", "head", "hollow"])
def test_what_is_no_document_is_refused(registry: Office, pdf: bytes, code: ReasonCode) -> None:
    assert codes(pades.verify(pdf, pins=Pins(roots=registry.trust), now=NOW)) == [code]


def test_an_unsigned_document_is_refused(registry: Office, offered: bytes) -> None:
    assert codes(pades.verify(offered, pins=Pins(roots=registry.trust), now=NOW)) == [ReasonCode.NOT_SIGNED]
    assert codes(pades.verify(typeset.document(terms()), pins=Pins(roots=registry.trust), now=NOW)) == [
        ReasonCode.NOT_SIGNED
    ]


@pytest.mark.parametrize("extra", [b"x", b"\n", b"\0", b"% a comment\n", b" " * 500])
def test_bytes_after_the_signature_are_refused(registry: Office, good: bytes, extra: bytes) -> None:
    assert codes(pades.verify(good + extra, pins=Pins(roots=registry.trust), now=NOW)) == [ReasonCode.DOCUMENT_CHANGED]


@pytest.mark.parametrize("extra", [b"%%EOF\n", b"\n" * 5000])
def test_bytes_that_hide_the_end_make_it_no_pdf(registry: Office, good: bytes, extra: bytes) -> None:
    assert codes(pades.verify(good + extra, pins=Pins(roots=registry.trust), now=NOW)) == [ReasonCode.NOT_A_PDF]


CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "page": lambda pdf: broken.updated(pdf, broken.swap_page),
    "note": lambda pdf: broken.updated(pdf, broken.add_note),
    "terms": lambda pdf: broken.updated(pdf, broken.swap_terms(record.document(terms(max_runs=999)))),
    "more terms": lambda pdf: broken.updated(pdf, broken.second_terms(record.document(terms(max_runs=999)))),
    "no terms": lambda pdf: broken.updated(pdf, broken.no_terms),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_revision_after_the_signature_is_refused(registry: Office, good: bytes, change: str) -> None:
    assert codes(pades.verify(CHANGES[change](good), pins=Pins(roots=registry.trust), now=NOW)) == [
        ReasonCode.DOCUMENT_CHANGED
    ]


@pytest.mark.parametrize("change", CHANGES)
def test_a_document_edited_before_it_was_signed_is_not_the_one_offered(
    registry: Office, offered: bytes, change: str
) -> None:
    """The performer signed in good faith what somebody had edited: the signature itself is sound."""
    pdf = broken.signed(CHANGES[change](offered), registry.idris)
    assert codes(pades.verify(pdf, pins=Pins(roots=registry.trust), now=NOW, offered=offered)) == [
        ReasonCode.DOCUMENT_CHANGED
    ]


def test_another_document_with_the_same_terms_is_not_the_one_offered(registry: Office, offered: bytes) -> None:
    pdf = broken.signed(typeset.document(terms()) + b"\n", registry.idris)
    assert codes(pades.verify(pdf, pins=Pins(roots=registry.trust), now=NOW, offered=offered)) == [
        ReasonCode.DOCUMENT_CHANGED
    ]


def test_a_second_signature_is_refused(registry: Office, offered: bytes) -> None:
    pdf = broken.signed_twice(offered, registry.idris, registry.anselm)
    assert codes(pades.verify(pdf, pins=Pins(roots=registry.trust), now=NOW)) == [ReasonCode.DOCUMENT_CHANGED]


def test_terms_are_read_from_what_was_signed(registry: Office, offered: bytes) -> None:
    """Edited terms, signed: they are read as they are, and are for the caller to compare."""
    pdf = broken.signed(CHANGES["terms"](offered), registry.idris)
    answer = pades.verify(pdf, pins=Pins(roots=registry.trust), now=NOW)
    assert isinstance(answer, pades.Signed)
    assert answer.terms["max_runs"] == 999


@pytest.mark.parametrize("change", ["no terms", "more terms"])
def test_terms_must_be_there_once(registry: Office, offered: bytes, change: str) -> None:
    pdf = broken.signed(CHANGES[change](offered), registry.idris)
    assert codes(pades.verify(pdf, pins=Pins(roots=registry.trust), now=NOW)) == [ReasonCode.TERMS_MISSING]


@pytest.mark.parametrize("content", [b"", b"no json", b"[1]", b"\xff\xfe", b'"terms"', b" " * 70_000])
def test_terms_must_be_an_object(registry: Office, offered: bytes, content: bytes) -> None:
    pdf = broken.signed(broken.updated(offered, broken.swap_terms(content)), registry.idris)
    assert codes(pades.verify(pdf, pins=Pins(roots=registry.trust), now=NOW)) == [ReasonCode.TERMS_MISSING]


def test_a_flipped_byte_breaks_the_signature(registry: Office, good: bytes) -> None:
    at = good.index(b"stream") + 40
    pdf = good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :]
    assert codes(pades.verify(pdf, pins=Pins(roots=registry.trust), now=NOW)) == [ReasonCode.SIGNATURE_BROKEN]


def test_whatever_is_flipped_or_cut_the_answer_is_never_other_terms(registry: Office, good: bytes) -> None:
    chance = random.Random(11)
    for turn in range(150):
        at = chance.randrange(len(good))
        pdf = (
            good[:at] if turn % 5 == 0 else good[:at] + bytes([good[at] ^ (1 << chance.randrange(8))]) + good[at + 1 :]
        )
        answer = pades.verify(pdf, pins=Pins(roots=registry.trust), now=NOW)
        if isinstance(answer, pades.Signed):  # a byte of the padding after the signature: nobody signs that
            assert record.from_json(answer.terms) == terms()
            assert answer.certificate_sha256 == registry.idris.sha256


def test_an_authority_of_the_same_name_is_not_the_same(registry: Office, offered: bytes) -> None:
    alike = office()
    pdf = broken.signed(offered, alike.idris)
    assert codes(pades.verify(pdf, pins=Pins(roots=registry.trust), now=NOW)) == [ReasonCode.SIGNER_NOT_TRUSTED]
    both_lists = registry.trust + alike.authority.crl(now=NOW)
    assert codes(pades.verify(pdf, pins=Pins(roots=both_lists), now=NOW)) == [ReasonCode.SIGNER_NOT_TRUSTED]


def test_nobody_is_trusted_where_no_root_is_given(good: bytes) -> None:
    assert codes(pades.verify(good, pins=Pins(roots=b""), now=NOW)) == [ReasonCode.SIGNER_NOT_TRUSTED]


def test_the_authority_itself_is_no_performer(registry: Office, offered: bytes) -> None:
    pem = registry.authority.to_pem()
    pdf = pades.sign(
        offered,
        key=pem[pem.index(b"-----BEGIN PRIVATE") :],
        certificate=registry.authority.root,
        chain=registry.authority.root,
    )
    assert ReasonCode.SIGNER_NOT_TRUSTED in codes(pades.verify(pdf, pins=Pins(roots=registry.trust), now=NOW))


def test_a_revoked_certificate_is_refused(offered: bytes) -> None:
    """Its certificate names no place for a list: in pyHanko's softer modes the list at hand is then not looked at."""
    here = office("Another Registry")
    pdf = broken.signed(offered, here.idris)
    assert isinstance(pades.verify(pdf, pins=Pins(roots=here.trust), now=NOW), pades.Signed)
    here.authority.revoke(here.idris, at=NOW - timedelta(minutes=1))
    assert codes(pades.verify(pdf, pins=Pins(roots=here.trust), now=NOW)) == [ReasonCode.SIGNER_REVOKED]


def test_without_a_current_list_nobody_is_believed(registry: Office, good: bytes) -> None:
    root = registry.authority.root
    stale = registry.authority.crl(now=NOW - timedelta(days=30), lasts=timedelta(days=7))
    forged = office().authority.crl(now=NOW)
    for lists in (b"", stale, forged):
        assert codes(pades.verify(good, pins=Pins(roots=root + lists), now=NOW)) == [ReasonCode.REVOCATION_UNKNOWN]


@pytest.mark.parametrize("at", [NOW - timedelta(days=1), NOW + timedelta(days=731)], ids=["too early", "expired"])
def test_a_certificate_counts_only_in_its_time(registry: Office, good: bytes, at: object) -> None:
    assert isinstance(at, type(NOW))
    trust = registry.authority.root + registry.authority.crl(now=at)
    assert codes(pades.verify(good, pins=Pins(roots=trust), now=at)) == [ReasonCode.SIGNER_EXPIRED]


def test_several_things_wrong_are_all_named(registry: Office, offered: bytes) -> None:
    pdf = broken.signed(offered, office().idris) + b"more"
    assert codes(pades.verify(pdf, pins=Pins(roots=registry.trust), now=NOW)) == [
        ReasonCode.DOCUMENT_CHANGED,
        ReasonCode.SIGNER_NOT_TRUSTED,
    ]


def test_roots_that_are_no_roots_are_an_error(good: bytes) -> None:
    for roots in (b"rubbish", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"):
        with pytest.raises(ConsentError):
            pades.verify(good, pins=Pins(roots=roots), now=NOW)


def test_another_consent_offers_another_document() -> None:
    assert offer(terms()) != offer(terms(max_runs=4))


def test_what_cannot_be_signed_is_an_error(registry: Office) -> None:
    with pytest.raises(ConsentError):
        broken.signed(b"no pdf", registry.idris)


def test_a_fingerprint_is_that_of_one_certificate(registry: Office) -> None:
    assert pki.fingerprint(registry.idris.certificate) == registry.idris.sha256
    for pem in (b"", b"rubbish", registry.idris.certificate * 2, registry.idris.key):
        with pytest.raises(ConsentError):
            pki.fingerprint(pem)


def test_an_authority_can_be_kept(registry: Office, offered: bytes) -> None:
    kept = pki.Authority.from_pem(registry.authority.to_pem())
    pdf = broken.signed(offered, kept.issue("Mara Lund", now=NOW))
    answer = pades.verify(pdf, pins=Pins(roots=registry.trust), now=NOW)
    assert isinstance(answer, pades.Signed)
    assert answer.signer == "Mara Lund"
