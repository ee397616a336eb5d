"""Signing a real film, and what a stranger's software says of it."""

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from provenance import c2pa_io, signer, verify
from provenance.errors import AnchorError, SigningError
from provenance.types import Claim, Integrity
from tests.provenance import broken
from tests.provenance.conftest import Authority, ingredient

STRANGERS_READER = """
import sys
from c2pa import Context, Reader
anchor, film = open(sys.argv[1]).read(), open(sys.argv[2], "rb")
context = Context.from_dict({"trust": {"user_anchors": anchor, "trust_config": "1.3.6.1.4.1.62558.2.1"}})
with Reader("video/mp4", film, context=context) as reader:
    print(reader.get_validation_state())
"""


@pytest.fixture
def sign(claim: Claim, studio: Authority, performers: Path, tmp_path: Path) -> Callable[..., Path]:
    def sign(**changes: object) -> Path:
        target = tmp_path / "out.mp4"
        arguments = {
            "claim": claim,
            "source": performers / "mara_plate.mp4",
            "target": target,
            "signer": studio.signer,
            "anchors": studio.anchors,
        }
        c2pa_io.sign(**{**arguments, **changes})  # type: ignore[arg-type]
        return target

    return sign


def test_published_film_is_trusted_by_the_sdk_alone(published: Path, studio: Authority, tmp_path: Path) -> None:
    command = [sys.executable, "-c", STRANGERS_READER, str(studio.anchor), str(published)]
    found = subprocess.run(command, cwd=tmp_path, env={}, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "Trusted"


def test_published_film_is_not_trusted_under_another_anchor(
    published: Path, stranger: Authority, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", STRANGERS_READER, str(stranger.anchor), str(published)]
    found = subprocess.run(command, cwd=tmp_path, env={}, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "Valid"


def test_second_implementation_agrees(published: Path, studio: Authority, stranger: Authority, tmp_path: Path) -> None:
    encypher = pytest.importorskip("encypher_c2pa", reason="encypher-c2pa is not installed")

    def state(film: bytes, anchors: bytes) -> str:
        found = encypher.verify(
            film, "video/mp4", trust_pem=anchors.decode(), no_default_trust=True, telemetry=False, online=False
        )
        return str(found["validation_state"])

    film = published.read_bytes()
    assert state(film, studio.anchors) == "Trusted"
    assert state(film, stranger.anchors) != "Trusted"
    assert state(broken.bit_in_the_picture(film), studio.anchors) == "Invalid"


def test_only_the_box_with_the_credentials_is_added(published: Path, performers: Path) -> None:
    source = (performers / "mara_plate.mp4").read_bytes()
    signed = published.read_bytes()
    picture = source[source.index(b"mdat") :][:100_000]
    assert picture in signed
    assert len(signed) - len(source) < 32_000


def test_source_is_never_signed_in_place(sign: Callable[..., Path], performers: Path, tmp_path: Path) -> None:
    film = tmp_path / "out.mp4"
    film.write_bytes((performers / "mara_plate.mp4").read_bytes())
    before = film.read_bytes()
    with pytest.raises(SigningError, match="in place"):
        sign(source=film)
    (tmp_path / "link.mp4").symlink_to(film)
    with pytest.raises(SigningError, match="in place"):
        sign(source=tmp_path / "link.mp4")
    assert film.read_bytes() == before


def test_clip_changed_since_the_decision_is_refused(sign: Callable[..., Path], claim: Claim, tmp_path: Path) -> None:
    swapped = tmp_path / "plate.mp4"
    swapped.write_bytes(claim.plate.path.read_bytes() + bytes(8))
    with pytest.raises(SigningError, match="not the one the claim names"):
        sign(claim=replace(claim, plate=replace(claim.plate, path=swapped)))
    with pytest.raises(SigningError, match="cannot be opened"):
        sign(claim=replace(claim, plate=replace(claim.plate, path=tmp_path / "gone.mp4")))
    assert not (tmp_path / "out.mp4").exists()


def test_clip_that_would_bring_the_signer_down_is_refused(
    sign: Callable[..., Path], claim: Claim, published: Path, tmp_path: Path
) -> None:
    hostile = tmp_path / "hostile.mp4"
    hostile.write_bytes(broken.label_that_stops_the_reader(published.read_bytes()))
    with pytest.raises(SigningError, match="made to do harm"):
        sign(claim=replace(claim, likeness=ingredient(hostile, "componentOf")))
    with pytest.raises(SigningError, match="made to do harm"):
        sign(source=hostile)


def test_plate_whose_own_credentials_do_not_hold_is_named_as_such(
    sign: Callable[..., Path], claim: Claim, studio: Authority, published: Path, tmp_path: Path
) -> None:
    plate = tmp_path / "plate.mp4"
    plate.write_bytes(broken.bit_in_the_picture(published.read_bytes()))
    film = sign(claim=replace(claim, plate=ingredient(plate, "parentOf")))
    found = verify.verdict(film, media_type="video/mp4", anchors=studio.anchors)
    assert found.integrity is Integrity.INTACT
    assert found.problems == ("One of the files it was made from carries credentials that do not hold.",)
    assert found.codes == ("assertion.bmffHash.mismatch",)


def test_plate_signed_by_a_stranger_is_no_fault(
    sign: Callable[..., Path], claim: Claim, studio: Authority, stranger: Authority, performers: Path, tmp_path: Path
) -> None:
    plate = tmp_path / "plate.mp4"
    source = performers / "mara_plate.mp4"
    c2pa_io.sign(claim, source=source, target=plate, signer=stranger.signer, anchors=stranger.anchors)
    film = sign(claim=replace(claim, plate=ingredient(plate, "parentOf")))
    found = verify.verdict(film, media_type="video/mp4", anchors=studio.anchors)
    assert (found.integrity, found.problems) == (Integrity.INTACT, ())


def test_film_that_carries_credentials_already_is_not_signed(sign: Callable[..., Path], published: Path) -> None:
    with pytest.raises(SigningError, match="already carries credentials"):
        sign(source=published)


@pytest.mark.parametrize("content", [b"", b"not a film"])
def test_what_is_no_film_is_not_signed(sign: Callable[..., Path], tmp_path: Path, content: bytes) -> None:
    source = tmp_path / "source.mp4"
    source.write_bytes(content)
    with pytest.raises(SigningError, match="not opened for signing"):
        sign(source=source)
    assert not (tmp_path / "out.mp4").exists()


def test_signature_that_does_not_lead_to_the_anchor_is_not_let_out(
    sign: Callable[..., Path], stranger: Authority, tmp_path: Path
) -> None:
    with pytest.raises(SigningError):
        sign(anchors=stranger.anchors)
    assert list(tmp_path.iterdir()) == []


def test_key_that_fails_is_told_and_nothing_is_written(
    sign: Callable[..., Path], studio: Authority, tmp_path: Path
) -> None:
    class LostToken:
        chain = studio.signer.chain

        def sign(self, data: bytes) -> bytes:
            raise SigningError("the token was pulled out")

    with pytest.raises(SigningError, match="pulled out"):
        sign(signer=LostToken())
    assert list(tmp_path.iterdir()) == []


def test_signer_without_its_key_file_is_told(sign: Callable[..., Path], tmp_path: Path) -> None:
    with pytest.raises(SigningError, match=r"signer\.pem"):
        sign(signer=signer.FileSigner(tmp_path / "nowhere"))


def test_anchors_that_are_none_are_refused_before_anything_is_signed(sign: Callable[..., Path]) -> None:
    with pytest.raises(AnchorError):
        sign(anchors=b"-----BEGIN NONSENSE-----")


def test_title_in_any_script_is_signed_and_read_back(sign: Callable[..., Path], claim: Claim) -> None:
    sign(claim=replace(claim, title="第十二场 🎬 \\ \" ' \n <b>", kind_of_use="age-edit"))


def test_signed_file_can_be_read_by_those_who_serve_it(sign: Callable[..., Path]) -> None:
    film = sign()
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(film.stat().st_mode) == 0o666 & ~umask
