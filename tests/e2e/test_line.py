"""The line from end to end, with real workers, real media and real keys; and the ways round it that must fail."""

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from countersign.demo import story
from countersign.demo.cast import Clip
from tests.conftest import ROOT
from tests.e2e import clips
from tests.e2e.conftest import Cast, stills
from tests.e2e.stage import Stage, until

pytestmark = pytest.mark.line

TRUSTED = """
import sys
from c2pa import Context, Reader
purposes = "1.3.6.1.4.1.62558.2.1\\n1.3.6.1.5.5.7.3.36\\n1.3.6.1.5.5.7.3.4\\n1.3.6.1.5.5.7.3.8\\n1.3.6.1.5.5.7.3.9\\n"
settings = {"trust": {"user_anchors": open(sys.argv[2]).read(), "trust_config": purposes}}
with open(sys.argv[1], "rb") as file, Reader("video/mp4", file, context=Context.from_dict(settings)) as reader:
    print(reader.get_validation_state())
"""


def codes(answer: object) -> set[str]:
    return {reason["code"] for reason in answer.body["reasons"]}  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def published(the_stage: Stage, the_cast: Cast, tmp_path_factory: pytest.TempPathFactory) -> Path:
    answer = the_stage.ask(the_cast.idris, the_cast.anselm, title="The one that is published")
    assert answer.status == 201, answer.body
    run = story.finished(the_stage.crew, answer.body["id"])
    assert run["state"] == "published", run["reasons"]
    path = tmp_path_factory.mktemp("published") / "published.mp4"
    path.write_bytes(the_stage.crew.producer.fetch(run["output"]["content"]))
    return path


def test_published_clip_is_trusted_by_c2pa_alone(the_stage: Stage, published: Path) -> None:
    anchor = the_stage.folder / "keys" / "anchor.pem"
    command = [sys.executable, "-c", TRUSTED, str(published), str(anchor)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "Trusted"


def test_published_clip_keeps_the_plates_frames_rate_size_and_sound(
    published: Path, short_clips: dict[str, Path]
) -> None:
    assert clips.shape(published) == clips.shape(short_clips["anselm_plate"])


def test_published_clip_verifies_on_the_command_line(the_stage: Stage, published: Path) -> None:
    command = [sys.executable, "-m", "provenance.verify", str(published)]
    command += ["--anchor", str(the_stage.folder / "keys" / "anchor.pem")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_nothing_unsigned_stays_after_publication(the_stage: Stage, published: Path) -> None:
    assert published.exists()
    assert not [path for path in the_stage.made() if "runs" in path.parts and path.suffix == ".mp4"]


def test_performer_without_consent_is_refused(the_stage: Stage, the_cast: Cast, short_clips: dict[str, Path]) -> None:
    mara = the_stage.bring_in(Clip("Mara Without", short_clips["mara_plate"], stills("mara")))
    story.examined(the_stage.crew, mara)
    before = the_stage.made()
    answer = the_stage.ask(the_cast.idris, mara)
    assert {"no-consent", "face-not-recognised"} <= codes(answer)
    entry = the_stage.ledger(kind="run:refused")[0]
    assert entry["subject"] == f"run:{answer.body['run']['id']}"
    assert "no-consent" in str(entry["body"])
    assert the_stage.made() == before


def test_wrong_performers_footage_is_refused(the_stage: Stage, the_cast: Cast, short_clips: dict[str, Path]) -> None:
    """Idris consents, but the clip shows Anselm."""
    before = the_stage.made()
    other = clips.cut(
        ROOT / "demo/performers/anselm_plate.mp4", short_clips["anselm_plate"].with_name("b.mp4"), frames=12
    )
    upload = the_stage.crew.producer.upload(
        f"/api/productions/{the_stage.crew.production}/footage", [("file", other)], title="said to be Idris"
    )
    claimed = story.Face(the_cast.idris.clip, the_cast.idris.performer_id, upload.body["id"], the_cast.idris.login)
    story.examined(the_stage.crew, claimed)
    answer = the_stage.ask(claimed, the_cast.anselm)
    assert "performer-not-in-footage" in codes(answer)
    assert the_stage.ledger(kind="run:refused")[0]["subject"] == f"run:{answer.body['run']['id']}"
    assert the_stage.made() == before


def test_edited_consent_document_is_refused(the_stage: Stage, the_cast: Cast) -> None:
    crew, face = the_stage.crew, the_cast.idris
    offer = crew.producer.post(f"/api/productions/{crew.production}/consents", story.terms(face, "likeness")).body
    document = crew.producer.fetch(f"/api/consents/{offer['id']}/document?version=offered")
    signed = bytearray(the_stage.desk.sign(face.clip.name, document))
    signed[len(signed) // 3] ^= 1
    answer = crew.producer.put(f"/api/consents/{offer['id']}/document", "document", ("consent.pdf", bytes(signed)))
    assert answer.refused
    assert codes(answer) & {"signature-broken", "document-changed"}
    assert the_stage.ledger(kind="consent:refused")[0]["subject"] == f"consent:{offer['id']}"


def test_clip_swapped_after_the_decision_is_refused_by_the_worker(the_stage: Stage, the_cast: Cast) -> None:
    stored = the_stage.folder / "footage" / the_cast.idris.footage_id
    honest, gpu = stored.read_bytes(), the_stage.worker("gpu")
    before = the_stage.made()
    gpu.suspend()
    try:
        run = the_stage.ask(the_cast.idris, the_cast.anselm, title="Swapped").body
        stored.write_bytes((the_stage.folder / "footage" / the_cast.anselm.footage_id).read_bytes())
    finally:
        gpu.resume()
    try:
        ended = story.finished(the_stage.crew, run["id"])
    finally:
        stored.write_bytes(honest)
    assert ended["state"] == "refused"
    assert ended["reasons"][0]["code"] == "input-changed"
    assert the_stage.ledger(kind="run:refused")[0]["subject"] == f"run:{run['id']}"
    assert the_stage.made() == before


@pytest.mark.parametrize("trick", ["same run again", "another run"])
def test_replayed_grant_is_refused(the_stage: Stage, published: Path, the_cast: Cast, trick: str) -> None:
    """Somebody who can write to the database puts a spent grant back to work."""
    assert published.exists()
    before = the_stage.made()
    with the_stage.database() as database:
        row = database.execute(
            "SELECT id, sealed_grant FROM runs_run WHERE title = 'The one that is published'"
        ).fetchone()
        assert row
        victim = row[0] if trick == "same run again" else _refused_run(the_stage, the_cast)
        database.execute(
            "UPDATE runs_run SET state = 'granted', attempt = 0, sealed_grant = %s WHERE id = %s", [row[1], victim]
        )
        database.execute(
            "INSERT INTO runs_dispatch (task, subject, due_at, made_at, sent) VALUES ('train', %s, now(), now(), 0)",
            [victim],
        )
        until(lambda: the_stage.run(str(victim))["state"] == "refused", most_s=40)
    expected = "grant-replayed" if trick == "same run again" else "grant-other-run"
    assert the_stage.run(str(victim))["reasons"][0]["code"] == expected
    assert expected in str(the_stage.ledger(kind="grant:refused")[0]["body"])
    assert the_stage.made() == before


def test_killed_gpu_worker_goes_on_where_it_was(the_stage: Stage, the_cast: Cast) -> None:
    run = the_stage.ask(
        the_cast.idris,
        the_cast.anselm,
        title="Killed in training",
        parameters={"seconds": 20, "size": 96, "seed": 20},
    ).body
    until(lambda: _is_training(the_stage, run["id"]), most_s=120)
    the_stage.worker("gpu").kill()
    ended = story.finished(the_stage.crew, run["id"])
    assert ended["state"] == "published", ended["reasons"]


def test_killed_sign_worker_publishes_nothing_unsigned(the_stage: Stage, the_cast: Cast) -> None:
    run = the_stage.ask(the_cast.idris, the_cast.anselm, title="Killed in signing").body
    signer = the_stage.worker("sign")
    with the_stage.database() as database:
        until(lambda: _state(database, run["id"]) == "signing", most_s=180, every_s=0.005)
    signer.kill()
    assert the_stage.run(run["id"])["output"] is None
    ended = story.finished(the_stage.crew, run["id"])
    assert ended["state"] == "published", ended["reasons"]


def test_killed_keeper_delays_a_run_and_loses_nothing(the_stage: Stage, the_cast: Cast) -> None:
    run = the_stage.ask(the_cast.idris, the_cast.anselm, title="Without a keeper").body
    until(lambda: _killed(the_stage) and "eeper of the keys" in the_stage.run(run["id"])["note"], most_s=90)
    ended = story.finished(the_stage.crew, run["id"])
    assert ended["state"] == "published", ended["reasons"]
    released = [entry for entry in the_stage.ledger(kind="key:released") if run["id"] in entry["subject"]]
    assert sorted(entry["body"]["step"] for entry in released) == ["convert", "sign", "train"]


def test_withdrawal_in_mid_training_stops_the_run_and_leaves_nothing(
    the_stage: Stage, short_clips: dict[str, Path], the_cast: Cast
) -> None:
    """Anselm signs for one more production of himself, then changes his mind while the model trains."""
    run = the_stage.ask(
        the_cast.idris, the_cast.anselm, title="Withdrawn", parameters={"seconds": 60, "size": 96, "seed": 20}
    ).body
    until(lambda: _is_training(the_stage, run["id"]), most_s=120)
    story.withdraw(the_stage.address, the_cast.anselm)
    ended = until(lambda: _ended(the_stage, run["id"]), most_s=5)
    assert ended["state"] == "withdrawn"
    until(lambda: not (the_stage.folder / "runs" / run["id"]).exists(), most_s=15)
    answer = the_stage.ask(the_cast.idris, the_cast.anselm, title="After the withdrawal")
    assert "consent-withdrawn" in codes(answer)
    kinds = [entry["kind"] for entry in the_stage.ledger()]
    assert {"consent:withdrawn", "key:destroyed", "run:stopped", "run:refused"} <= set(kinds)
    (shredded,) = until(lambda: the_stage.ledger(kind="key:shredded"), most_s=5)
    label = shredded["subject"].replace(":", "-")
    vault = the_stage.folder / "keys" / "vault"
    assert any(vault.iterdir())
    assert not (vault / label).exists()


def test_the_ledger_of_all_this_verifies(the_stage: Stage, published: Path) -> None:
    assert published.exists()
    found = the_stage.crew.legal.get("/api/ledger/verification")
    assert found["intact"], found["faults"]


def _refused_run(ready: Stage, them: Cast) -> str:
    answer = ready.ask(them.idris, them.anselm, scene="A scene nobody agreed to")
    assert codes(answer) == {"scene-not-allowed"}
    return str(answer.body["run"]["id"])


def _killed(ready: Stage) -> bool:
    """As often as another is started."""
    with suppress(AssertionError):
        ready.worker("keeper").kill()
    return True


def _is_training(ready: Stage, run_id: str) -> bool:
    run = ready.run(run_id)
    return run["state"] == "training" and "step" in run["note"].lower() and run["progress"] > 0


def _ended(ready: Stage, run_id: str) -> object:
    run = ready.run(run_id)
    return None if run["open"] else run


def _state(database: object, run_id: str) -> str:
    row = database.execute("SELECT state FROM runs_run WHERE id = %s", [run_id]).fetchone()  # type: ignore[attr-defined]
    return str(row[0])
