"""Documents made to do harm are read in a child that they alone can take down."""

import sys
import time
import zlib

import pytest

from consent import pades
from consent.errors import ConsentError
from consent.pades import confined
from consent.pins import Pins
from consent.types import ReasonCode
from tests.consent import broken
from tests.consent.offices import Office
from tests.consent.test_pades import codes
from tests.consent.values import NOW

pytestmark = pytest.mark.child
HUGE = 3 * 2**29


def bomb() -> bytes:
    """A PDF whose table of contents unpacks to gigabytes of zeros (ISO 32000-1, 7.5.8)."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(2**24)) for _ in range(HUGE // 2**24)) + packer.flush()
    head = b"%PDF-1.7\n"
    said = b"1 0 obj\n<</Type/XRef/W[1 4 2]/Size 400000000/Root 2 0 R/Filter/FlateDecode/Length %d>>\nstream\n" % len(
        packed
    )
    return head + said + packed + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % len(head)


def nested(depth: int) -> bytes:
    body = b"%PDF-1.7\n1 0 obj\n" + b"[" * depth + b"]" * depth + b"\nendobj\n"
    return body + b"xref\n0 1\n0000000000 65535 f \ntrailer\n<</Root 1 0 R/Size 2>>\nstartxref\n%d\n%%%%EOF" % len(body)


def circle() -> bytes:
    """A revision that says it comes after itself."""
    return b"%PDF-1.7\nxref\n0 1\n0000000000 65535 f \ntrailer\n<</Root 1 0 R/Size 1/Prev 9>>\nstartxref\n9\n%%EOF"


def test_the_answer_is_that_of_the_reader(registry: Office, offered: bytes) -> None:
    pdf, pins = broken.signed(offered, registry.idris), Pins(roots=registry.trust)
    assert confined.verify(pdf, pins=pins, now=NOW, offered=offered) == pades.verify(
        pdf, pins=pins, now=NOW, offered=offered
    )
    torn = pdf + b"x"
    assert confined.verify(torn, pins=pins, now=NOW) == pades.verify(torn, pins=pins, now=NOW)


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (bomb, {ReasonCode.DOCUMENT_OVERTAXING, ReasonCode.NOT_A_PDF}),
        (lambda: nested(200_000), {ReasonCode.DOCUMENT_OVERTAXING, ReasonCode.NOT_A_PDF}),
        (circle, {ReasonCode.DOCUMENT_OVERTAXING, ReasonCode.NOT_A_PDF}),
    ],
    ids=["bomb", "nested", "circle"],
)
def test_files_made_to_do_harm_are_refused(registry: Office, make: object, expected: set[ReasonCode]) -> None:
    began = time.monotonic()
    assert callable(make)
    found = codes(confined.verify(make(), pins=Pins(roots=registry.trust), now=NOW))
    assert set(found) <= expected
    assert time.monotonic() - began < confined.WALL_SECONDS


def test_a_reader_that_takes_too_long_is_stopped(
    registry: Office, offered: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confined, "WALL_SECONDS", 0.05)
    assert codes(confined.verify(offered, pins=Pins(), now=NOW)) == [ReasonCode.DOCUMENT_OVERTAXING]


def test_a_reader_that_dies_takes_nothing_along(
    registry: Office, offered: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert codes(confined.verify(offered, pins=Pins(), now=NOW)) == [ReasonCode.DOCUMENT_OVERTAXING]


def test_pins_that_cannot_be_read_are_the_operator_s_mistake(offered: bytes) -> None:
    with pytest.raises(ConsentError, match="no PEM file"):
        confined.verify(
            offered, pins=Pins(roots=b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), now=NOW
        )
