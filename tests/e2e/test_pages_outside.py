"""A scan on its way through the pages, in a real browser, wide and narrow."""

import struct
import zlib
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from consent.models import ConsentRecord
from tests.e2e.browsing import opened, own_database, sideways
from tests.e2e.test_pages_passkeys import WIDTHS, behind, chrome, house, sign_in
from tests.people import People

__all__ = ["chrome", "house", "own_database"]
pytestmark = pytest.mark.browser


def picture() -> bytes:
    """A white page as PNG."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + b"\xee" * 300 for _ in range(420))
    head = struct.pack(">IIBBBBB", 300, 420, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_scan_is_uploaded_compared_and_waits(
    house: tuple[str, People], chrome: Browser, width: int, tmp_path: Path
) -> None:
    address, people = house
    row = behind(lambda: ConsentRecord.objects.get(performer__name="Mara Quist", state="offered"))
    scan = tmp_path / "ink.png"
    scan.write_bytes(picture())

    producer, complaints = opened(chrome, width=width)
    sign_in(producer, address, people.producer.email)
    producer.goto(f"{address}/consents/{row.pk}")
    producer.get_by_text("It was signed on paper").click()
    assert not sideways(producer)
    producer.screenshot(path=tmp_path / f"offered-{width}.png", full_page=True)
    producer.get_by_label("Scan or photograph").set_input_files(scan)
    producer.get_by_role("button", name="Upload the scan").click()
    producer.get_by_text("How sure we are who signed").wait_for()

    legal, more = opened(chrome, width=width)
    sign_in(legal, address, people.legal.email)
    legal.goto(f"{address}/legal")
    assert not sideways(legal)
    legal.screenshot(path=tmp_path / f"legal-{width}.png", full_page=True)
    legal.goto(f"{address}/consents/{row.pk}")
    assert not sideways(legal)
    legal.screenshot(path=tmp_path / f"scan-{width}.png", full_page=True)
    legal.get_by_role("button", name="It is the document offered, signed").press("Enter")
    legal.get_by_text("has to confirm it").first.wait_for()
    assert complaints + more == []
