"""What anybody is told of a file, from a real reader in a process of its own, on films signed with real keys."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from consent import services
from countersign import keys
from countersign.runs.models import Run
from provenance.types import EntryKind
from tests import people as setup
from tests.countersign import films
from tests.countersign.films import Films
from tests.countersign.test_pages import text
from tests.people import People
from tests.provenance import receipts


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, performers: Path) -> Films:
    keys = Path(site.KEYS)
    folder = tmp_path_factory.mktemp("films")
    return films.make(folder, performers=performers, sign=keys / "sign", anchor=keys / "anchor.pem")


@pytest.fixture
def published(people: People, made: Films) -> Run:
    """The rows behind the intact film: both consents, the run, its output and the ledger's entry."""
    idris = setup.consent(people, people.idris, consent_id=films.IDRIS_CONSENT)
    setup.consent(people, people.anselm, consent_id=films.ANSELM_CONSENT)
    footage = setup.clip(people, people.idris, "idris", title="Idris, training reel")
    plate = setup.clip(people, people.anselm, "anselm", title="Quay, take 3")
    run = setup.run(people, footage, plate, state="published")
    output = setup.output(run, data=made.intact.read_bytes())
    setup.entry(EntryKind.OUTPUT_PUBLISHED, f"output:{output.pk}", "worker:publish", sha256=output.sha256)
    assert idris.state == "active"
    return run


def show(path: Path, name: str = "film.mp4") -> Any:
    return Client().post("/verify", {"file": SimpleUploadedFile(name, path.read_bytes(), "video/mp4")})


def ask(path: Path, name: str = "film.mp4") -> Any:
    file = SimpleUploadedFile(name, path.read_bytes(), "video/mp4")
    return Client().post("/api/verify", {"file": file}).json()


def test_intact_film_tells_who_signed_what_was_done_and_that_consent_stands(published: Run, made: Films) -> None:
    page = text(show(made.intact))
    for part in (
        "Unchanged since it was signed",
        "Northlight Pictures",
        "Opened the plate",
        "Idris, training reel",
        "The person whose face is shown consented, and the consent stands today.",
        "The person who was filmed consented, and the consent stands today.",
        "Its publication is entry",
    ):
        assert part in page, part


def test_proof_in_the_file_is_told_with_the_witnesses_that_are_known_here(
    published: Run, made: Films, settings: Any, tmp_path: Path
) -> None:
    assert ask(made.intact)["proof"] == {
        "origin": receipts.ORIGIN,
        "size": 7,
        "decided": 5,
        "made": 6,
        "ours": False,
        "witnesses": [],
    }
    page = text(show(made.intact))
    assert f"receipt of another log, which calls itself {receipts.ORIGIN} and is not this site’s" in page
    assert "Nobody can take them out" not in page
    shutil.copytree(site.KEYS, tmp_path / "keys")
    settings.KEYS = tmp_path / "keys"
    (settings.KEYS / "log.vkey").unlink(missing_ok=True)
    (settings.KEYS / "log.vkey").write_text(f"{receipts.LOG}\n")
    keys.witness_policy(settings.KEYS).parent.mkdir(exist_ok=True)
    keys.witness_policy(settings.KEYS).write_text(f"witness {receipts.WITNESS} http://127.0.0.1:1\nquorum 1\n")
    proof = ask(made.intact)["proof"]
    assert proof["ours"]
    assert [witness["name"] for witness in proof["witnesses"]] == [receipts.WITNESS.name]
    assert f"Outside, {receipts.WITNESS.name} signed the log" in text(show(made.intact))


def test_withdrawn_consent_is_told_to_whoever_verifies(published: Run, made: Films, people: People) -> None:
    services.withdraw(people.idris.consents.get(), by=people.idris_person, reason="")
    answer = ask(made.intact)
    assert {consent["part"]: consent["stands"] for consent in answer["consents"]} == {"likeness": False, "plate": True}
    assert "withdrew their consent" in text(show(made.intact))


@pytest.mark.parametrize("state", ["changed", "absent", "foreign", "unreadable", "empty"])
def test_every_other_film_gets_a_sentence_of_its_own_and_no_consent(published: Run, made: Films, state: str) -> None:
    answer = ask(getattr(made, state))
    assert answer["integrity"] == ("unreadable" if state == "empty" else state)
    assert answer["consents"] == []
    assert answer["ledger_entry"] is None
    assert answer["sentence"] in text(show(getattr(made, state))).replace("&#x27;", "'")


def test_sentences_differ(published: Run, made: Films) -> None:
    said = [ask(getattr(made, name))["sentence"] for name in ("intact", "changed", "absent", "foreign", "unreadable")]
    assert len(set(said)) == 5


def test_name_of_a_stranger_file_is_shown_as_text(published: Run, made: Films) -> None:
    page = show(made.absent, name="<script>alert(1)</script>.mp4").content.decode()
    assert "<script>alert" not in page


def test_nothing_of_an_upload_is_kept(published: Run, made: Films, settings: Any, tmp_path: Path) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    show(made.absent)
    ask(made.intact)
    assert list(tmp_path.iterdir()) == []


def test_too_large_a_file_is_refused_before_it_is_read(published: Run, made: Films, settings: Any) -> None:
    settings.VERIFY_MAX_BYTES = 1000
    assert show(made.absent).status_code == 413
    assert "the limit here is" in text(show(made.absent))
