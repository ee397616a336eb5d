"""The seal on what was signed with a passkey: it waits, believes nobody, and shows what was touched."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from consent import pki, sealing, services
from consent.errors import SealingError
from consent.models import Assertion, ConsentRecord
from consent.sealing import Stamper
from consent.services import seals
from consent.types import ConsentState
from countersign.demo.authenticator import Authenticator
from countersign.tsa.authority import Authority
from tests.consent.house import House, entries_of
from tests.consent.test_signing import NOW, OFFICE, SEALING, STAMPER, TSA, kinds, sign


def test_seal_waits_while_the_authority_is_away(house: House, phone: Authenticator) -> None:
    row = house.drafted(house.idris)
    sign(house, phone, row)

    def away(_: bytes) -> bytes:
        raise OSError("no answer")

    with pytest.raises(SealingError, match="no answer"):
        seals.seal(row.pk, by=replace(SEALING, stamper=Stamper(ask=away, roots=TSA.root_pem)))
    row.refresh_from_db()
    assert row.state == ConsentState.SIGNED
    assert seals.seal(row.pk, by=SEALING)


def test_seal_without_an_authority_says_so(house: House, phone: Authenticator) -> None:
    row = house.drafted(house.idris)
    sign(house, phone, row)
    assert seals.seal(row.pk, by=replace(SEALING, stamper=None))
    assert entries_of(row.pk)[-1].body["time_stamped_at"] is None


def test_time_stamp_of_a_stranger_is_no_seal(house: House, phone: Authenticator) -> None:
    row, stranger = house.drafted(house.idris), Authority.make(now=NOW)
    sign(house, phone, row)
    with pytest.raises(SealingError, match="time-stamp does not hold"):
        seals.seal(row.pk, by=replace(SEALING, stamper=Stamper(ask=STAMPER.ask, roots=stranger.root_pem)))


@pytest.mark.parametrize("column", ["evidence", "shown", "sha256", "offered_pdf", "none"])
def test_row_made_signed_without_the_passkey_is_not_sealed(house: House, phone: Authenticator, column: str) -> None:
    """Whoever writes rows cannot have the platform seal what the performer did not sign."""
    row = house.drafted(house.idris)
    sign(house, phone, row)
    kept = Assertion.objects.get()
    match column:
        case "evidence":
            Assertion.objects.update(evidence={**kept.evidence, "signature": "AAAA"})
        case "shown":
            Assertion.objects.update(shown=[{**kept.shown[0], "terms_sha256": "0" * 64}])
        case "sha256":
            Assertion.objects.update(sha256="0" * 64)
        case "offered_pdf":
            ConsentRecord.objects.filter(pk=row.pk).update(offered_pdf=b"%PDF-1.7 another")
        case _:
            Assertion.objects.all().delete()
    assert not seals.seal(row.pk, by=SEALING)
    row.refresh_from_db()
    assert row.state == ConsentState.SIGNED
    assert kinds(row)[-1] == "consent:signing-refused"


def test_consent_withdrawn_before_the_seal_stays_withdrawn(house: House, phone: Authenticator) -> None:
    row = house.drafted(house.idris)
    sign(house, phone, row)
    services.withdraw(row, by=house.idris.person, reason="")
    assert not seals.seal(row.pk, by=SEALING)
    row.refresh_from_db()
    assert row.state == ConsentState.WITHDRAWN


def test_seal_that_was_touched_is_none(house: House, phone: Authenticator) -> None:
    row = house.drafted(house.idris)
    sign(house, phone, row)
    seals.seal(row.pk, by=SEALING)
    row.refresh_from_db()
    pdf = bytes(row.signed_pdf)
    stranger = pki.Authority.make("Countersign documents", now=NOW)
    for changed, root in (
        (pdf + b"\n", OFFICE.root),
        (pdf.replace(b"/Type", b"/Tipe", 1), OFFICE.root),
        (pdf, stranger.root),
    ):
        with pytest.raises(SealingError):
            sealing.read(changed, root=root, stamp_roots=b"", now=datetime.now(UTC))
    with pytest.raises(SealingError):
        sealing.read(bytes(row.offered_pdf), root=OFFICE.root, stamp_roots=b"", now=datetime.now(UTC))


# What came on paper, and what ends.
