"""Bad input gets a clear answer, nothing is lost, and the ledger knows."""

import time
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from countersign.demo import story
from countersign.demo.cast import Clip
from tests.conftest import ROOT
from tests.e2e import stage
from tests.e2e.conftest import Cast, stills
from tests.e2e.stage import Stage, until

pytestmark = pytest.mark.line

PLATE = ROOT / "demo" / "performers" / "anselm_plate.mp4"


def a_text(path: Path) -> None:
    path.write_text("This is a call sheet, not a take.\n" * 200)


def a_truncated_clip(path: Path) -> None:
    whole = PLATE.read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3])


def nothing(path: Path) -> None:
    path.write_bytes(b"")


def a_landscape(path: Path) -> None:
    """Moving clouds, and nobody."""
    rng = np.random.default_rng(4)
    picture = rng.integers(90, 160, (270, 480, 3), dtype=np.uint8)
    _film(path, [np.roll(picture, 3 * n, axis=1) for n in range(12)])


def an_8k_frame(path: Path) -> None:
    _film(path, [np.full((4320, 7680, 3), 120, np.uint8)])


CASES = {
    "a text called .mp4": (a_text, "not-a-video"),
    "a clip that breaks off": (a_truncated_clip, "file-truncated"),
    "no bytes at all": (nothing, "file-empty"),
    "a clip without a face": (a_landscape, "no-face"),
    "an 8K frame": (an_8k_frame, "frame-too-large"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_clip_that_cannot_be_used_is_refused_in_words_and_kept(the_stage: Stage, tmp_path: Path, case: str) -> None:
    make, code = CASES[case]
    path = tmp_path / "clip.mp4"
    make(path)
    crew = the_stage.crew
    answer = crew.producer.upload(f"/api/productions/{crew.production}/footage", [("file", path)], title=case)
    footage = answer.body["footage"] if answer.refused else answer.body
    seen = until(lambda: _settled(the_stage, footage["id"]), most_s=90)
    reason = seen["reasons"][0]
    assert (seen["state"], reason["code"]) == ("refused", code)
    assert all(reason[part] for part in ("sentence", "asked", "allowed", "remedy"))
    kept, brought = (the_stage.folder / "footage" / seen["id"]).read_bytes(), path.read_bytes()
    assert len(kept) >= len(brought), "what was uploaded stays"
    assert not brought or brought[:64] not in kept, "and stays sealed"
    assert seen["sha256"] == sha256(brought).hexdigest()
    entry = the_stage.ledger(kind="footage:refused")[0]
    assert entry["subject"] == f"footage:{footage['id']}"
    assert code in str(entry["body"])


def test_an_unsigned_document_is_refused(the_stage: Stage, the_cast: Cast) -> None:
    assert _hand_in(the_stage, the_cast, lambda document: document) == "not-signed"


def test_a_document_signed_by_somebody_else_is_refused(the_stage: Stage, the_cast: Cast) -> None:
    """Petra, the producer, has a good certificate of the same authority, and signs in the performer's place."""
    assert _hand_in(the_stage, the_cast, lambda document: the_stage.desk.sign("Petra", document)) == "wrong-signer"


def test_something_that_is_no_pdf_is_refused(the_stage: Stage, the_cast: Cast) -> None:
    assert _hand_in(the_stage, the_cast, lambda _: b"Yes, I agree. Idris") == "not-a-pdf"


def test_an_expired_consent_refuses_the_run(the_stage: Stage, the_cast: Cast, short_clips: dict[str, Path]) -> None:
    mara = the_stage.bring_in(Clip("Mara Late", short_clips["mara_plate"], stills("mara")))
    ends = datetime.now(UTC) + timedelta(seconds=5)
    story.consent(the_stage.crew, mara, the_stage.desk, part="plate", valid_until=ends.isoformat())
    story.examined(the_stage.crew, mara)
    time.sleep(max(0.0, (ends - datetime.now(UTC)).total_seconds()) + 0.5)
    answer = the_stage.ask(the_cast.idris, mara, title="Too late")
    assert "consent-expired" in {reason["code"] for reason in answer.body["reasons"]}
    assert "consent-expired" in str(the_stage.ledger(kind="run:refused")[0]["body"])


def test_a_file_over_the_limit_is_refused_before_it_is_read(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("small") / "data"
    with stage.set_up(folder, COUNTERSIGN_FOOTAGE_MAX_BYTES="100000") as small:
        where = f"/api/productions/{small.crew.production}/footage"
        answer = small.crew.producer.upload(where, [("file", PLATE)], title="too much")
        assert answer.status == 413
        assert "the limit here is" in answer.body["detail"]
        assert not list((folder / "footage").iterdir())


def _hand_in(ready: Stage, them: Cast, treat: Any) -> str:
    crew, face = ready.crew, them.idris
    offer = crew.producer.post(f"/api/productions/{crew.production}/consents", story.terms(face, "likeness")).body
    document = crew.producer.fetch(f"/api/consents/{offer['id']}/document?version=offered")
    answer = crew.producer.put(f"/api/consents/{offer['id']}/document", "document", ("consent.pdf", treat(document)))
    assert answer.refused
    assert ready.ledger(kind="consent:refused")[0]["subject"] == f"consent:{offer['id']}"
    assert crew.producer.get(f"/api/consents/{offer['id']}")["state"] == "offered"
    return str(answer.body["reasons"][0]["code"])


def _settled(ready: Stage, footage_id: str) -> Any:
    seen = ready.crew.producer.get(f"/api/footage/{footage_id}")
    return seen if seen["state"] in ("ready", "refused") else None


def _film(path: Path, pictures: list[Any]) -> None:
    with av.open(str(path), "w") as clip:
        video = clip.add_stream("libx264", rate=25, options={"preset": "ultrafast"})
        video.height, video.width = pictures[0].shape[:2]
        video.pix_fmt = "yuv420p"
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            clip.mux(video.encode(frame))
        clip.mux(video.encode())
