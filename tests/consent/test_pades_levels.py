"""Documents that were kept up after they were signed: B-B to B-LTA, and every way of abusing the upkeep."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from consent import pades, pki, record
from consent.errors import ConsentError
from consent.pins import Pins
from consent.types import ReasonCode, Refusal
from provenance import canonical
from tests.consent import broken
from tests.consent.stamping import DAY, Scene, revisions
from tests.consent.test_pades import codes
from tests.consent.values import terms

TODAY = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def scene() -> Scene:
    """Idris signed ten days ago."""
    return Scene.make(now=TODAY, then=TODAY - 20 * DAY)


@pytest.fixture(scope="module")
def old() -> Scene:
    """Idris signed almost three years ago; the certificate has long expired."""
    return Scene.make(now=TODAY, then=TODAY - 1000 * DAY)


def verified(pdf: bytes, of: Scene, *, offered: bytes | None = None, **pins: bytes) -> pades.Signed | Refusal:
    return pades.verify(pdf, pins=replace(of.pins, **pins), now=of.now, offered=offered)


@pytest.mark.parametrize("level", ["B-B", "B-T", "B-LT", "B-LTA"])
def test_every_level_is_read_and_named(scene: Scene, offered: bytes, level: str) -> None:
    answer = verified(scene.signed(offered, level=level), scene, offered=offered)
    assert isinstance(answer, pades.Signed), answer
    assert record.from_json(answer.terms) == terms()
    assert (answer.profile, answer.seal, answer.qualified) == (level, "", False)
    assert answer.proven_at == (None if level == "B-B" else (scene.then + 10 * DAY).replace(microsecond=0))


def test_the_verdict_holds_its_evidence(scene: Scene, offered: bytes) -> None:
    answer = verified(scene.signed(offered, level="B-LTA"), scene, offered=offered)
    assert isinstance(answer, pades.Signed)
    assert canonical.sha256(dict(answer.verdict))
    kinds = [piece["kind"] for piece in answer.verdict["evidence"]]
    assert kinds.count("certificate") == 3
    assert {"time-stamp authority", "revocation list"} <= set(kinds)
    assert [stamp["over"] for stamp in answer.verdict["stamps"]] == ["signature", "document"]
    assert all(piece["der"] for piece in answer.verdict["evidence"])


def test_lta_outlives_the_certificate(old: Scene, offered: bytes) -> None:
    answer = verified(old.signed(offered, level="B-LTA"), old, offered=offered)
    assert isinstance(answer, pades.Signed), answer
    assert answer.proven_at == old.then + 10 * DAY


@pytest.mark.parametrize("level", ["B-B", "B-T", "B-LT"])
def test_nothing_less_outlives_the_certificate(old: Scene, offered: bytes, level: str) -> None:
    assert codes(verified(old.signed(offered, level=level), old)) == [ReasonCode.SIGNER_EXPIRED]


def test_a_time_stamp_made_after_the_certificate_expired_keeps_nothing(old: Scene, offered: bytes) -> None:
    late = old.stamped(old.signed(offered, level="B-LT"), old.then + 400 * DAY)
    assert codes(verified(late, old)) == [ReasonCode.SIGNER_EXPIRED]


def test_a_chain_of_time_stamps_is_followed_back(old: Scene, offered: bytes) -> None:
    pdf = old.signed(offered, level="B-LTA")
    renewed = old.stamped(old.stamped(pdf, old.then + 500 * DAY), old.then + 900 * DAY)
    answer = verified(renewed, old, offered=offered)
    assert isinstance(answer, pades.Signed), answer
    assert len(answer.verdict["stamps"]) == 4
    assert answer.proven_at == old.then + 10 * DAY


def test_time_stamps_out_of_their_order_are_refused(scene: Scene, offered: bytes) -> None:
    pdf = scene.stamped(scene.signed(offered, level="B-LTA"), scene.then + 5 * DAY)
    assert codes(verified(pdf, scene)) == [ReasonCode.TIMESTAMP_NOT_TRUSTED]


def test_a_time_stamp_of_tomorrow_is_refused(scene: Scene, offered: bytes) -> None:
    pdf = scene.signed(offered, level="B-T", at=scene.now + DAY)
    assert codes(verified(pdf, scene)) == [ReasonCode.TIMESTAMP_NOT_TRUSTED]


@pytest.mark.parametrize("level", ["B-T", "B-LTA"])
def test_a_time_stamp_of_nobody_we_know_is_refused(scene: Scene, offered: bytes, level: str) -> None:
    pdf = scene.signed(offered, level=level)
    alike = Scene.make(now=scene.now, then=scene.then)
    for stampers in (b"", alike.pins.stampers, scene.pins.roots):
        assert codes(verified(pdf, scene, stampers=stampers)) == [ReasonCode.TIMESTAMP_NOT_TRUSTED]


def test_a_time_stamp_authority_is_no_performer(scene: Scene, offered: bytes) -> None:
    """The root that is pinned for time-stamps vouches for no signer."""
    who = scene.stampers.issue("Idris Vane", now=scene.then)
    pdf = scene.signed(offered, level="B-T", who=who)
    assert codes(verified(pdf, scene)) == [ReasonCode.SIGNER_NOT_TRUSTED]


def test_an_ordinary_certificate_makes_no_time_stamps(scene: Scene, offered: bytes) -> None:
    """Issued under the pinned root, but not for time-stamping (RFC 3161, 2.3)."""
    plain = replace(scene, stamper=scene.stampers.issue("Clock", now=scene.then))
    pdf = plain.signed(offered, level="B-T")
    assert codes(verified(pdf, scene)) == [ReasonCode.TIMESTAMP_NOT_TRUSTED]


def test_a_revoked_time_stamp_authority_is_refused(offered: bytes) -> None:
    here = Scene.make(now=TODAY, then=TODAY - 20 * DAY)
    pdf = here.signed(offered, level="B-T")
    here.stampers.revoke(here.stamper, at=here.then + DAY)
    assert codes(verified(pdf, here)) == [ReasonCode.TIMESTAMP_NOT_TRUSTED]


@pytest.mark.parametrize("level", ["B-B", "B-T", "B-LT", "B-LTA"])
def test_a_revoked_signer_is_refused_on_every_level(offered: bytes, level: str) -> None:
    """The document brings along lists, made before, that call the certificate good: they outweigh nothing."""
    here = Scene.make(now=TODAY, then=TODAY - 20 * DAY)
    pdf = here.signed(offered, level=level)
    here.office.revoke(here.idris, at=here.then + 15 * DAY)
    assert codes(verified(pdf, here)) == [ReasonCode.SIGNER_REVOKED]


def test_an_answer_in_the_document_outweighs_no_list(offered: bytes) -> None:
    """Answers count only for a certificate that names where to ask; nobody is asked."""
    profile = pki.Profile(status_at="http://127.0.0.1:9/status")
    here = Scene.make(now=TODAY, then=TODAY - 20 * DAY, profile=profile)
    good = here.office.answer(here.idris, now=here.now)
    pdf = here.with_evidence(here.signed(offered, level="B-T"), answers=[good], lists=[here.root.crl(now=here.now)])
    answer = verified(pdf, here, roots=here.root.root)
    assert isinstance(answer, pades.Signed), answer  # the answer suffices where no list is at hand
    assert answer.profile == "B-LT"
    here.office.revoke(here.idris, at=here.then + DAY)
    assert codes(verified(pdf, here)) == [ReasonCode.SIGNER_REVOKED]


def test_evidence_in_the_document_that_says_revoked_is_heeded(offered: bytes) -> None:
    here = Scene.make(now=TODAY, then=TODAY - 20 * DAY)
    signed = here.signed(offered, level="B-T")
    here.office.revoke(here.idris, at=here.then + DAY)
    told = here.with_evidence(signed, lists=[here.root.crl(now=here.now), here.office.crl(now=here.now)])
    assert codes(verified(told, here, roots=here.root.root)) == [ReasonCode.SIGNER_REVOKED]


def test_an_expired_certificate_that_was_revoked_does_not_come_back(offered: bytes) -> None:
    here = Scene.make(now=TODAY, then=TODAY - 1000 * DAY)
    pdf = here.signed(offered, level="B-LTA")
    here.office.revoke(here.idris, at=here.then + 100 * DAY)
    assert codes(verified(pdf, here)) == [ReasonCode.SIGNER_REVOKED]


def test_evidence_that_is_forged_shows_nothing(scene: Scene, offered: bytes) -> None:
    alike = Scene.make(now=scene.now, then=scene.then)
    lists = [alike.root.crl(now=scene.now), alike.office.crl(now=scene.now)]
    pdf = scene.with_evidence(scene.signed(offered, level="B-T"), lists=lists)
    assert codes(verified(pdf, scene, roots=scene.root.root)) == [ReasonCode.REVOCATION_UNKNOWN]


def test_a_root_in_the_document_is_trusted_by_nobody(scene: Scene, offered: bytes) -> None:
    alike = Scene.make(now=scene.now, then=scene.then)
    assert codes(verified(alike.signed(offered, level="B-LTA"), scene, stampers=alike.pins.stampers)) == [
        ReasonCode.SIGNER_NOT_TRUSTED
    ]


UPKEEP_ABUSED: dict[str, Callable[[bytes], bytes]] = {
    "bytes": lambda pdf: pdf + b"x",
    "a comment": lambda pdf: pdf + b"\n% a comment\n",
    "page": lambda pdf: broken.updated(pdf, broken.swap_page),
    "note": lambda pdf: broken.updated(pdf, broken.add_note),
    "terms": lambda pdf: broken.updated(pdf, broken.swap_terms(record.document(terms(max_runs=999)))),
    "title": lambda pdf: broken.updated(pdf, broken.retitle),
    "no evidence": lambda pdf: broken.updated(pdf, broken.drop_evidence),
}


@pytest.mark.parametrize("level", ["B-LT", "B-LTA"])
@pytest.mark.parametrize("change", UPKEEP_ABUSED)
def test_only_evidence_and_time_stamps_are_added(scene: Scene, offered: bytes, level: str, change: str) -> None:
    pdf = UPKEEP_ABUSED[change](scene.signed(offered, level=level))
    assert codes(verified(pdf, scene, offered=offered)) == [ReasonCode.DOCUMENT_CHANGED]


@pytest.mark.parametrize("change", ["page", "note", "terms", "title"])
def test_a_time_stamp_heals_no_change(scene: Scene, offered: bytes, change: str) -> None:
    """Changed after the signature, then time-stamped, so that the last signature covers the entire file."""
    pdf = scene.stamped(UPKEEP_ABUSED[change](scene.signed(offered, level="B-LT")), scene.then + 11 * DAY)
    assert codes(verified(pdf, scene, offered=offered)) == [ReasonCode.DOCUMENT_CHANGED]


def test_terms_are_read_from_the_signed_revision_and_not_from_the_last(scene: Scene, offered: bytes) -> None:
    wider = broken.updated(offered, broken.swap_terms(record.document(terms(max_runs=999))))
    answer = verified(scene.signed(wider, level="B-LTA"), scene)
    assert isinstance(answer, pades.Signed)
    assert answer.terms["max_runs"] == 999  # what was signed
    later = UPKEEP_ABUSED["terms"](scene.signed(offered, level="B-LTA"))
    assert revisions(later) > revisions(offered)
    assert codes(verified(later, scene)) == [ReasonCode.DOCUMENT_CHANGED]


def test_a_time_stamp_before_the_signature_is_an_edit(scene: Scene, offered: bytes) -> None:
    pdf = scene.signed(scene.stamped(offered, scene.then + DAY), level="B-B")
    assert codes(verified(pdf, scene, offered=offered)) == [ReasonCode.DOCUMENT_CHANGED]


def test_a_signature_among_the_upkeep_is_refused(scene: Scene, offered: bytes) -> None:
    pdf = broken.signed(scene.signed(offered, level="B-LTA"), scene.idris, field="Another")
    assert ReasonCode.DOCUMENT_CHANGED in codes(verified(pdf, scene, offered=offered))


QUALIFIED = pki.Profile(statements=(pki.QC_COMPLIANCE, pki.QC_SSCD, pki.QC_TYPE))


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ((pki.QC_COMPLIANCE, pki.QC_SSCD, pki.QC_TYPE), True),
        ((pki.QC_COMPLIANCE, pki.QC_SSCD), True),
        ((pki.QC_COMPLIANCE, pki.QC_TYPE), False),
        ((pki.QC_SSCD, pki.QC_TYPE), False),
        ((), False),
    ],
)
def test_a_qualified_certificate_says_so_and_is_issued_by_one_who_may(
    offered: bytes, statements: tuple[str, ...], expected: bool
) -> None:
    here = Scene.make(now=TODAY, then=TODAY - 20 * DAY, profile=pki.Profile(statements=statements))
    pdf = here.signed(offered, level="B-T")
    plain, listed = verified(pdf, here), verified(pdf, here, qualified=here.office.root)
    assert isinstance(plain, pades.Signed)
    assert isinstance(listed, pades.Signed)
    assert (plain.qualified, listed.qualified) == (False, expected)


def test_a_listed_root_needs_to_stand_nowhere_else(offered: bytes) -> None:
    root = pki.Authority.make("Qualified Root", now=TODAY - DAY)
    who = root.issue("Idris Vane", now=TODAY - DAY, profile=QUALIFIED)
    answer = pades.verify(broken.signed(offered, who), pins=Pins(qualified=root.trust(now=TODAY)), now=TODAY)
    assert isinstance(answer, pades.Signed), answer
    assert answer.qualified


@pytest.mark.parametrize("seals", [b"{", b"[]", b'{"issuers": [{}]}', b'{"issuers": [1]}', b'{"issuer": []}'])
def test_a_file_of_seals_that_cannot_be_read_is_an_error(scene: Scene, offered: bytes, seals: bytes) -> None:
    with pytest.raises(ConsentError):
        verified(offered, scene, seals=seals)


def test_a_moment_after_the_expiry_is_after(offered: bytes) -> None:
    here = Scene.make(now=TODAY, then=TODAY - 20 * DAY, lasts=20 * DAY - timedelta(seconds=5))
    assert codes(verified(here.signed(offered, level="B-T"), here)) == [ReasonCode.SIGNER_EXPIRED]
