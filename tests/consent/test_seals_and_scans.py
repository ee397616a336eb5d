"""Signatures that prove less than they look: a platform's seal and a picture of ink. Neither permits anything alone."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from consent import assurance, pades, pki, services
from consent.assurance import Grounds
from consent.models import ConsentRecord
from consent.pins import Pins
from consent.types import Assurance, ConsentState, ReasonCode, Refusal, Way
from provenance.types import EntryKind
from tests.consent import broken
from tests.consent.house import House, entries_of
from tests.consent.offices import Office
from tests.consent.test_pades import codes
from tests.consent.values import NOW

POLICY, PURPOSE = "1.3.6.1.4.1.99999.7", "1.3.6.1.5.5.7.3.36"
SIGNWELL = pki.Profile(organisation="Signwell Inc.", policies=(POLICY,), purposes=(PURPOSE,))
COMPLETION = b"%PDF-1.7 who did what"
JPEG, PNG = b"\xff\xd8\xff\xe0 ink", b"\x89PNG\r\n\x1a\n ink"
PLATFORM = pki.Authority.make("Signwell Root", now=NOW - timedelta(days=9))
SEAL = PLATFORM.issue("Signwell Document Seal", now=NOW - timedelta(days=9), profile=SIGNWELL)


def issuers(now: datetime = NOW, **changes: Any) -> bytes:
    said = {
        "label": "Signwell",
        "roots": PLATFORM.trust(now=now).decode(),
        "organisation": "Signwell Inc.",
        "policies": [POLICY],
        "purposes": [PURPOSE],
        "completion_certificate": True,
    }
    return json.dumps({"issuers": [{**said, **changes}]}).encode()


def test_a_seal_names_the_platform_and_no_person(registry: Office, offered: bytes) -> None:
    pins = Pins(roots=registry.trust, seals=issuers())
    answer = pades.verify(broken.signed(offered, SEAL), pins=pins, now=NOW, offered=offered)
    assert isinstance(answer, pades.Signed), answer
    assert (answer.seal, answer.completion_certificate, answer.qualified) == ("Signwell", True, False)


@pytest.mark.parametrize(
    "changes",
    [{"organisation": "Signwell"}, {"policies": ["1.2.3"]}, {"purposes": ["1.2.3"]}],
    ids=["organisation", "policy", "purpose"],
)
def test_a_seal_must_say_what_is_pinned(registry: Office, offered: bytes, changes: dict[str, Any]) -> None:
    pins = Pins(roots=registry.trust, seals=issuers(**changes))
    assert codes(pades.verify(broken.signed(offered, SEAL), pins=pins, now=NOW)) == [ReasonCode.SIGNER_NOT_TRUSTED]


def test_a_seal_of_a_platform_of_the_same_name_is_none(registry: Office, offered: bytes) -> None:
    alike = pki.Authority.make("Signwell Root", now=NOW).issue("Signwell Document Seal", now=NOW, profile=SIGNWELL)
    pins = Pins(roots=registry.trust, seals=issuers())
    assert codes(pades.verify(broken.signed(offered, alike), pins=pins, now=NOW)) == [ReasonCode.SIGNER_NOT_TRUSTED]


def test_a_platform_vouches_for_no_performer_nor_a_performer_s_root_for_a_seal(
    registry: Office, offered: bytes
) -> None:
    """Each file of the operator's is for one thing."""
    wrong = Pins(seals=issuers(roots=registry.trust.decode()))
    assert codes(pades.verify(broken.signed(offered, SEAL), pins=wrong, now=NOW)) == [ReasonCode.SIGNER_NOT_TRUSTED]
    idris = Pins(seals=issuers())
    assert codes(pades.verify(broken.signed(offered, registry.idris), pins=idris, now=NOW)) == [
        ReasonCode.SIGNER_NOT_TRUSTED
    ]


def test_a_revoked_seal_is_refused(registry: Office, offered: bytes) -> None:
    platform = pki.Authority.make("Signwell Root", now=NOW)
    seal = platform.issue("Signwell Document Seal", now=NOW, profile=SIGNWELL)
    platform.revoke(seal, at=NOW - timedelta(minutes=1))
    pins = Pins(roots=registry.trust, seals=issuers(roots=platform.trust(now=NOW).decode()))
    assert codes(pades.verify(broken.signed(offered, seal), pins=pins, now=NOW)) == [ReasonCode.SIGNER_REVOKED]


def test_a_pinned_platform_may_seal_what_the_performer_signed(registry: Office, offered: bytes) -> None:
    pdf = broken.signed(broken.signed(offered, registry.idris), SEAL, field="Seal")
    pins = Pins(roots=registry.trust, seals=issuers())
    answer = pades.verify(pdf, pins=pins, now=NOW, offered=offered)
    assert isinstance(answer, pades.Signed), answer
    assert (answer.seal, answer.signer) == ("", "Idris Vane")
    assert codes(pades.verify(pdf, pins=replace(pins, seals=b""), now=NOW)) == [ReasonCode.DOCUMENT_CHANGED]


def sealed(house: House, row: ConsentRecord, *, completion: bytes = COMPLETION) -> ConsentRecord | Refusal:
    now = datetime.now(UTC)
    pins = Pins(roots=house.registry.trust, seals=issuers(now))
    pdf = broken.signed(bytes(row.offered_pdf), SEAL)
    return services.register(row, pdf=pdf, by=house.petra, pins=pins, completion=completion)


def test_what_a_platform_sealed_waits_for_the_performer(house: House) -> None:
    row = house.drafted(house.idris)
    answer = sealed(house, row)
    assert isinstance(answer, ConsentRecord), answer
    assert (answer.state, answer.way, answer.level) == (ConsentState.SIGNED, Way.PLATFORM_SEAL, 2)
    assert (answer.signer, bytes(answer.completion_pdf)) == ("Signwell", COMPLETION)
    last = entries_of(row.pk)[-1]
    assert last.kind is EntryKind.CONSENT_RECEIVED
    assert {"completion_sha256", "verdict_sha256"} <= set(last.body)
    assert codes(services.approve(row, by=house.lena)) == [ReasonCode.WRONG_STATE]


@pytest.mark.parametrize("completion", [b"", b"a text", b"%PDF-" + b"x" * (20 * 2**20)], ids=["none", "text", "large"])
def test_a_seal_comes_with_the_platform_s_record(house: House, completion: bytes) -> None:
    row = house.drafted(house.idris)
    assert codes(sealed(house, row, completion=completion)) == [ReasonCode.COMPLETION_MISSING]
    row.refresh_from_db()
    assert row.state == ConsentState.OFFERED


@pytest.mark.parametrize("scan", [JPEG, PNG, b"%PDF-1.4 ink"], ids=["jpeg", "png", "pdf"])
def test_a_scan_permits_nothing(house: House, scan: bytes) -> None:
    row = house.drafted(house.idris)
    answer = services.register_scan(row, scan=scan, by=house.petra)
    assert isinstance(answer, ConsentRecord)
    assert (answer.state, answer.way, answer.level) == (ConsentState.SIGNED, Way.SCAN, 1)
    assert entries_of(row.pk)[-1].kind is EntryKind.CONSENT_RECEIVED
    assert codes(services.approve(row, by=house.lena)) == [ReasonCode.WRONG_STATE]


@pytest.mark.parametrize(
    ("scan", "code"),
    [(b"", ReasonCode.FILE_EMPTY), (b"GIF89a", ReasonCode.NOT_A_SCAN), (None, ReasonCode.NOT_A_SCAN)],
    ids=["empty", "gif", "the offered document"],
)
def test_what_shows_no_ink_is_no_scan(house: House, scan: bytes | None, code: ReasonCode) -> None:
    row = house.drafted(house.idris)
    answer = services.register_scan(row, scan=bytes(row.offered_pdf) if scan is None else scan, by=house.petra)
    assert codes(answer) == [code]  # type: ignore[arg-type]
    assert entries_of(row.pk)[-1].kind is EntryKind.CONSENT_REFUSED


def test_a_scan_is_compared_by_a_second_person(house: House) -> None:
    row = house.drafted(house.idris)
    services.register_scan(row, scan=JPEG, by=house.pavel)
    signer = house.idris.person
    assert signer is not None
    for by in (house.petra, house.pavel, signer):
        assert codes(services.review(row, fits=True, by=by)) == [ReasonCode.SAME_PERSON]  # type: ignore[arg-type]
        assert entries_of(row.pk)[-1].kind is EntryKind.CONSENT_REVIEW_REFUSED
    answer = services.review(row, fits=True, by=house.lena)
    assert isinstance(answer, ConsentRecord)
    assert (answer.state, answer.reviewed_by, answer.level) == (ConsentState.SIGNED, house.lena, 1)
    assert codes(services.review(row, fits=True, by=house.lena)) == [ReasonCode.WRONG_STATE]  # type: ignore[arg-type]


def test_a_scan_that_does_not_fit_goes_back(house: House) -> None:
    row = house.drafted(house.idris)
    services.register_scan(row, scan=JPEG, by=house.petra)
    answer = services.review(row, fits=False, by=house.lena)
    assert isinstance(answer, ConsentRecord)
    assert (answer.state, bytes(answer.signed_pdf), answer.level, answer.way) == (ConsentState.OFFERED, b"", 0, "")
    assert isinstance(house.upload(row), ConsentRecord)  # and another may come


def test_the_database_wants_another_person_for_the_comparison_too(house: House) -> None:
    row = house.drafted(house.idris)
    services.register_scan(row, scan=JPEG, by=house.petra)
    with pytest.raises(IntegrityError, match="reviewed_by_a_second_person"), transaction.atomic():
        ConsentRecord.objects.filter(pk=row.pk).update(reviewed_by=house.petra)


LEVELS = [
    (Grounds(way=Way.SCAN), Assurance.SCAN, ("review", "confirmation")),
    (Grounds(way=Way.SCAN, reviewed=True), Assurance.SCAN, ("confirmation",)),
    (Grounds(way=Way.SCAN, confirmed=True), Assurance.SCAN, ("review",)),
    (Grounds(way=Way.SCAN, confirmed=True, reviewed=True), Assurance.SEALED_BY_PLATFORM, ()),
    (Grounds(way=Way.PLATFORM_SEAL), Assurance.SEALED_BY_PLATFORM, ("confirmation",)),
    (Grounds(way=Way.PLATFORM_SEAL, confirmed=True), Assurance.SEALED_BY_PLATFORM, ()),
    (Grounds(way=Way.PLATFORM_SEAL, qualified=True, confirmed=True), Assurance.SEALED_BY_PLATFORM, ()),
    (Grounds(way=Way.PADES), Assurance.PERSONAL, ()),
    (Grounds(way=Way.PADES, qualified=True), Assurance.QUALIFIED, ()),
    (Grounds(way=Way.PASSKEY), Assurance.PERSONAL, ()),
    (Grounds(way=Way.JWS, qualified=True), Assurance.PERSONAL, ()),
    (Grounds(way=Way.SD_JWT), Assurance.PERSONAL, ()),
]


@pytest.mark.parametrize(("grounds", "level", "missing"), LEVELS)
def test_each_way_reaches_its_level(grounds: Grounds, level: Assurance, missing: tuple[str, ...]) -> None:
    assert (assurance.level(grounds), assurance.waits_for(grounds)) == (level, missing)


def test_every_level_and_way_is_put_in_words() -> None:
    assert set(assurance.PERMITS) == set(Assurance)
    assert set(assurance.SAID) == set(Way)
