"""Verdicts on real films, whole and taken apart, each read in a child process."""

import http.server
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import sleep
from typing import Any

import c2pa
import pytest
from cryptography import x509

from provenance import c2pa_io, signer, verify
from provenance.errors import AnchorError
from provenance.types import Claim, Integrity, Verdict
from tests.provenance import broken, receipts
from tests.provenance.conftest import Authority, authority, ingredient

ROOT = Path(__file__).resolve().parents[2]
CREATED = {
    "action": "c2pa.created",
    "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture",
}


@pytest.fixture
def judge(tmp_path: Path, studio: Authority) -> Callable[[bytes], Verdict]:
    def judge(content: bytes) -> Verdict:
        path = tmp_path / "film.mp4"
        path.write_bytes(content)
        return verify.verdict(path, media_type="video/mp4", anchors=studio.anchors)

    return judge


def test_published_film_is_intact_and_says_what_was_done(published: Path, studio: Authority, claim: Claim) -> None:
    found = verify.verdict(published, media_type="video/mp4", anchors=studio.anchors)
    assert found.integrity is Integrity.INTACT
    assert found.sentence == "Made with Countersign. The picture is exactly as it was published."
    assert (found.signer, found.title, found.generator) == ("Müller Film", claim.title, "Countersign 0.1.0")
    assert [action.name for action in found.actions] == ["c2pa.opened", "c2pa.placed", "c2pa.edited"]
    assert found.actions[2].source_type == "compositeWithTrainedAlgorithmicMedia"
    assert set(found.ingredients) == {"anselm_plate", "idris_training", "Likeness model"}
    consents: Any = found.consent_assertion["consents"]
    assert [consent["part"] for consent in consents] == ["likeness", "plate"]
    assert (found.problems, found.codes) == ((), ())


def test_picture_that_the_ledger_does_not_know_is_found_out_under_a_trusted_signature(
    claim: Claim, studio: Authority, performers: Path, tmp_path: Path
) -> None:
    """Whoever holds the signer's key signs other frames under an honest run's receipt."""
    film = tmp_path / "film.mp4"
    other = performers / "anselm_plate.mp4"
    c2pa_io.sign(claim, source=other, target=film, signer=studio.signer, anchors=studio.anchors)
    found = verify.verdict(film, media_type="video/mp4", anchors=studio.anchors)
    assert found.integrity is Integrity.INTACT
    assert found.problems == ("Its picture and sound are not those that the ledger recorded when it was made.",)
    assert "does not hold together" in found.sentence


def test_command_line_names_the_log_and_its_entries(published: Path, studio: Authority) -> None:
    told = run("verify", published, studio.anchor).stdout
    assert "in the log countersign.example/log: entries 5 (run:granted), 6 (output:made) of 7" in told
    assert f"key of the log: {receipts.LOG}" in told


@pytest.mark.parametrize("media_type", ["", "image/jpeg", "text/plain"])
def test_wrong_media_type_changes_nothing(published: Path, studio: Authority, media_type: str) -> None:
    assert verify.verdict(published, media_type=media_type, anchors=studio.anchors).integrity is Integrity.INTACT


@pytest.mark.parametrize(
    ("breaking", "integrity", "words", "code"),
    [
        (broken.bit_in_the_picture, Integrity.CHANGED, "Made with", "assertion.bmffHash.mismatch"),
        (broken.bit_in_the_index, Integrity.CHANGED, "changed after it was published", "assertion.bmffHash.mismatch"),
        (broken.cut_short, Integrity.CHANGED, "changed after it was published", "assertion.bmffHash.mismatch"),
        (broken.box_appended, Integrity.CHANGED, "changed after it was published", "assertion.bmffHash.mismatch"),
        (broken.zeros_appended, Integrity.CHANGED, "changed after it was published", "assertion.bmffHash.mismatch"),
        (broken.bit_in_our_assertion, Integrity.CHANGED, "do not hold", "assertion.hashedURI.mismatch"),
        (broken.label_renamed_in_one_place, Integrity.CHANGED, "damaged", ""),
        (broken.cut_in_the_credentials, Integrity.UNREADABLE, "did not arrive whole", ""),
        (broken.text_appended, Integrity.UNREADABLE, "did not arrive whole", ""),
        (broken.remuxed, Integrity.ABSENT, "no content credentials", ""),
        (broken.label_that_stops_the_reader, Integrity.UNREADABLE, "made to do harm", ""),
        (lambda film: b"", Integrity.UNREADABLE, "empty", ""),
        (lambda film: b"Dear Sir or Madam,\n" * 99, Integrity.UNREADABLE, "not a picture, film or sound", ""),
        (lambda film: bytes(range(256)) * 99, Integrity.UNREADABLE, "not a picture, film or sound", ""),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_broken_film_is_judged(
    published: Path,
    judge: Callable[[bytes], Verdict],
    *,
    breaking: Callable[[bytes], bytes],
    integrity: Integrity,
    words: str,
    code: str,
) -> None:
    found = judge(breaking(published.read_bytes()))
    assert (found.integrity, words.lower() in found.sentence.lower()) == (integrity, True), found
    assert found.codes == ((code,) if code else ())


def test_picture_changed_under_a_seal_that_holds_still_says_whose_it_was(
    published: Path, judge: Callable[[bytes], Verdict]
) -> None:
    found = judge(broken.bit_in_the_picture(published.read_bytes()))
    assert found.signer == "Müller Film"
    assert found.consent_assertion["run_id"]


def test_nothing_is_repeated_from_under_a_broken_seal(published: Path, judge: Callable[[bytes], Verdict]) -> None:
    found = judge(broken.bit_in_our_assertion(published.read_bytes()))
    assert (found.signer, found.title, found.actions, found.consent_assertion) == ("", "", (), {})


def test_clip_as_it_comes_from_a_camera_carries_no_credentials(performers: Path, studio: Authority) -> None:
    found = verify.verdict(performers / "anselm_plate.mp4", media_type="video/mp4", anchors=studio.anchors)
    assert found.integrity is Integrity.ABSENT
    still = verify.verdict(performers / "idris_enrol_1.jpg", media_type="image/jpeg", anchors=studio.anchors)
    assert still.integrity is Integrity.ABSENT


def test_signature_of_a_stranger_is_foreign_and_its_consents_are_not_repeated(
    published: Path, stranger: Authority
) -> None:
    found = verify.verdict(published, media_type="video/mp4", anchors=stranger.anchors)
    assert found.integrity is Integrity.FOREIGN
    assert "Made with" not in found.sentence
    assert found.problems == ("The signer's certificate does not come from an authority we know.",)
    assert found.consent_assertion == {}


def test_certificate_that_has_expired_is_no_longer_vouched_for(
    claim: Claim, performers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signer, "LEAF_LIFE", timedelta(seconds=6))
    brief = authority(tmp_path, "Brief")
    film = tmp_path / "film.mp4"
    c2pa_io.sign(claim, source=performers / "mara_plate.mp4", target=film, signer=brief.signer, anchors=brief.anchors)
    end = x509.load_pem_x509_certificates(brief.signer.chain)[0].not_valid_after_utc
    sleep(max(0, (end - datetime.now(UTC)).total_seconds() + 1.1))
    found = verify.verdict(film, media_type="video/mp4", anchors=brief.anchors)
    assert found.integrity is Integrity.FOREIGN
    assert any("expired" in problem for problem in found.problems), found


def test_trusted_nonsense_is_intact_but_its_problems_are_named(
    performers: Path, studio: Authority, tmp_path: Path
) -> None:
    film = tmp_path / "film.mp4"
    sign_anything(
        {
            "title": "Nonsense",
            "assertions": [
                {
                    "label": "c2pa.actions.v2",
                    "data": {"actions": [{"action": "c2pa.created", "digitalSourceType": "x:y"}]},
                },
                {"label": "org.countersign.consent", "data": {"consents": []}},
            ],
        },
        source=performers / "mara_plate.mp4",
        target=film,
        studio=studio,
    )
    found = verify.verdict(film, media_type="video/mp4", anchors=studio.anchors)
    assert found.integrity is Integrity.INTACT
    assert "does not hold together" in found.sentence
    assert "It does not name the consents it was made under." in found.problems
    assert run("verify", film, studio.anchor).returncode == 1


def test_credentials_that_lie_elsewhere_are_not_fetched(performers: Path, studio: Authority, tmp_path: Path) -> None:
    asked: list[str] = []

    class Listener(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

    with http.server.HTTPServer(("127.0.0.1", 0), Listener) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        film = tmp_path / "film.mp4"
        sign_anything(
            {
                "title": "Remote",
                "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [CREATED]}}],
            },
            source=performers / "mara_plate.mp4",
            target=film,
            studio=studio,
            remote=f"http://127.0.0.1:{server.server_port}/manifest.c2pa",
        )
        found = verify.verdict(film, media_type="video/mp4", anchors=studio.anchors)
        server.shutdown()
    assert (found.integrity, asked) == (Integrity.ABSENT, [])
    assert "address" in found.sentence


def sign_anything(
    definition: dict[str, object], *, source: Path, target: Path, studio: Authority, remote: str = ""
) -> None:
    """What somebody with our key could sign, past every check of ours."""
    context = c2pa.Context.from_dict(
        {"trust": {"user_anchors": studio.anchors.decode(), "trust_config": "1.3.6.1.4.1.62558.2.1\n"}}
    )
    native = c2pa.Signer.from_callback(studio.signer.sign, c2pa.C2paSigningAlg.ES256, studio.signer.chain.decode())
    with c2pa.Builder(definition, context=context) as builder, native:
        if remote:
            builder.set_no_embed()
            builder.set_remote_url(remote)
        with source.open("rb") as content, target.open("w+b") as signed:
            builder.sign(native, "video/mp4", content, signed)


def test_reader_that_takes_too_long_is_stopped(
    published: Path, studio: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "WALL_SECONDS", 0.01)
    found = verify.verdict(published, media_type="video/mp4", anchors=studio.anchors)
    assert found.integrity is Integrity.UNREADABLE
    assert "too long" in found.sentence


def test_report_that_is_too_long_is_not_read(
    published: Path, studio: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "REPORT_BYTES", 1000)
    assert verify.verdict(published, media_type="", anchors=studio.anchors).integrity is Integrity.UNREADABLE


def test_asking_for_a_verdict_loads_no_reader_into_this_process() -> None:
    code = "import sys, provenance.verify; sys.exit('c2pa' in sys.modules or 'django' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_folder_and_missing_file_are_unreadable(studio: Authority, tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nothing.mp4"):
        assert verify.verdict(path, media_type="", anchors=studio.anchors).integrity is Integrity.UNREADABLE


def test_nothing_is_left_behind(
    published: Path, judge: Callable[[bytes], Verdict], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    judge(broken.label_that_stops_the_reader(published.read_bytes()))
    assert [path.name for path in tmp_path.iterdir()] == ["film.mp4"]


@pytest.mark.parametrize("content", [b"", b"-----BEGIN CERTIFICATE-----\nMAo=\n-----END CERTIFICATE-----\n", b"\xff"])
def test_anchors_that_are_none_are_refused(published: Path, content: bytes) -> None:
    with pytest.raises(AnchorError):
        verify.verdict(published, media_type="video/mp4", anchors=content)


def test_leaf_cannot_be_its_own_anchor(published: Path, studio: Authority) -> None:
    with pytest.raises(AnchorError, match="authority"):
        verify.verdict(published, media_type="video/mp4", anchors=studio.signer.chain)


def test_plate_that_was_published_before_keeps_its_history(
    published: Path, claim: Claim, studio: Authority, performers: Path, tmp_path: Path
) -> None:
    film = tmp_path / "second.mp4"
    second = replace(claim, plate=ingredient(published, "parentOf"))
    source = performers / "anselm_plate.mp4"
    c2pa_io.sign(second, source=source, target=film, signer=studio.signer, anchors=studio.anchors)
    found = verify.report(film, media_type="video/mp4", anchors=studio.anchors)
    plate = next(part for part in found.manifest["ingredients"] if part["relationship"] == "parentOf")
    assert plate["active_manifest"].startswith("urn:c2pa:")


def run(module: str, film: Path, anchor: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", f"provenance.{module}", str(film), "--anchor", str(anchor)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_command_line_says_it_in_words(published: Path, studio: Authority, tmp_path: Path) -> None:
    good = run("verify", published, studio.anchor)
    assert (good.returncode, good.stderr) == (0, "")
    assert good.stdout.startswith("intact: Made with Countersign.")
    assert "signed by: Müller Film" in good.stdout
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(broken.bit_in_the_picture(published.read_bytes()))
    assert run("verify", bad, studio.anchor).returncode == 1
    assert run("verify", published, bad).returncode == 2
