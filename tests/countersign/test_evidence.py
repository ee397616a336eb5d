"""Evidence of a real run: who may have it, what is in it for whom, and that it holds where nothing of ours is."""

import base64
import io
import json
import subprocess
import sys
import zipfile
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from knox.models import AuthToken
from pyhanko.pdf_utils.reader import PdfFileReader
from sigstore._internal.merkle import verify_merkle_inclusion

from consent import services as consents
from consent.types import Refusal
from countersign import keys, log
from countersign.accounts import access
from countersign.accounts.models import Person
from countersign.evidence import contents, custody, services, story, verify
from countersign.evidence.archive import FILM
from countersign.evidence.case import Pins
from countersign.evidence.errors import NotCoveredError
from countersign.evidence.findings import Mark, Report
from countersign.keeping import erasing, plans
from countersign.runs.models import Output, OutputState, RunState
from provenance.errors import LedgerError
from provenance.models import LedgerEntry, SignedCheckpoint
from provenance.note import verifier_of
from provenance.types import EntryKind
from tests import people as setup
from tests.conftest import ROOT
from tests.countersign import dossier
from tests.countersign.dossier import Dossier

OFFLINE = """
import sys

class Shut:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("django", "rest_framework", "celery", "psycopg", "torch", "cv2", "typst", "tink"):
            raise ImportError(f"{name} is not there")

def listen(event, _):
    if event == "socket.connect":
        raise OSError("there is no network")

sys.meta_path.insert(0, Shut())
sys.addaudithook(listen)
from countersign.cli import main
sys.exit(main(sys.argv[1:]))
"""


def offline(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """`countersign verify-evidence` in a process without Django, database or network."""
    command = [sys.executable, "-c", OFFLINE, "verify-evidence", *arguments]
    environment = {"PYTHONPATH": f"{ROOT}/platform:{ROOT}", "PATH": "/usr/bin:/bin"}
    return subprocess.run(command, env=environment, cwd="/", capture_output=True, text=True, check=False)


def examined(path: Path, **pins: Any) -> Report:
    return verify.examine(path, pins=Pins(**pins), now=setup.NOW)


def sentences(report: Report, mark: Mark) -> str:
    return "\n".join(found.sentence for found in report.findings if found.mark is mark)


@pytest.fixture
def made(db: None, performers: Path) -> Dossier:
    return dossier.made(performers)


def test_bundle_of_a_real_run_holds_without_django_database_or_network(made: Dossier, tmp_path: Path) -> None:
    done = offline(str(made.bundle(tmp_path, film=True)))
    assert done.returncode == 0, done.stdout + done.stderr
    for said in (
        "✓ Its manifest was signed by",
        "the whole PDF is signed by Idris Vane, under the authorities in the bundle",
        "the terms inside the signed bytes are those in terms.json",
        "whoever approved it neither drafted nor uploaded it",
        "✓ The grant is the one in the log",
        "✓ Decided again by the same policy, the gate gives the same grant",
        "✓ Scene, territories, medium and the likeness of the faces are those that the log sealed",
        'seals this scene: "12A"',
        "✓ Its content credentials hold",
        "✓ Its credentials name this grant",
        "– Only the bundle names the log's key",
    ):
        assert said in done.stdout, done.stdout
    assert "✗" not in done.stdout


def test_keys_that_the_reader_brings_are_said_to_be_the_readers(made: Dossier, tmp_path: Path) -> None:
    path, folder = made.bundle(tmp_path, film=True), Path(settings.KEYS)
    pinned = ["--log-key", str(folder / "log.vkey"), "--anchor", str(folder / "anchor.pem")]
    pinned += ["--consent-roots", str(folder / "consent-roots.pem"), "--gate-key", str(folder / "grants.pub.pem")]
    done = offline(str(path), *pinned)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "✓ You named the log's key yourself." in done.stdout
    assert "is signed by Idris Vane, under the authorities you named" in done.stdout
    assert "Its content credentials hold, under the authority you named" in done.stdout
    assert "Only the bundle names the log's key" not in done.stdout


def test_another_implementation_accepts_every_proof_in_the_bundle(made: Dossier, tmp_path: Path) -> None:
    """Read by hand as the specification says, and judged by Sigstore's own code."""
    found = dossier.members(made.bundle(tmp_path))
    proofs = [name for name in found if name.startswith("ledger/proofs/")]
    assert len(proofs) > 10
    for name in proofs:
        head, _, checkpoint = found[name].decode().partition("\n\n")
        _, index, *hashes = head.split("\n")
        _, size, root, *_ = checkpoint.split("\n")
        entry = found[name.replace("proofs", "entries").replace(".tlog-proof", ".json")]
        proof = SimpleNamespace(
            log_index=int(index.removeprefix("index ")),
            tree_size=int(size),
            root_hash=base64.b64decode(root),
            hashes=[base64.b64decode(one) for one in hashes],
        )
        verify_merkle_inclusion(
            SimpleNamespace(_inner=SimpleNamespace(inclusion_proof=proof, canonicalized_body=entry))
        )


def test_bundle_that_was_packed_again_by_a_program_that_names_no_file_types_holds(
    made: Dossier, tmp_path: Path
) -> None:
    again = tmp_path / "again.zip"
    with zipfile.ZipFile(again, "w") as archive:
        for name, content in dossier.members(made.bundle(tmp_path)).items():
            archive.writestr(name, content)
    assert examined(again).sound


def test_film_that_was_taken_down_does_not_leave_by_way_of_evidence(made: Dossier, tmp_path: Path) -> None:
    Output.objects.filter(pk=made.output.pk).update(state=OutputState.TAKEN_DOWN)
    path = made.bundle(tmp_path, film=True)
    assert FILM not in dossier.members(path)
    assert "taken down" in sentences(examined(path), Mark.OPEN)
    assert examined(path).sound


def test_programs_get_the_same_as_json(made: Dossier, tmp_path: Path) -> None:
    said = json.loads(offline(str(made.bundle(tmp_path)), "--json").stdout)
    assert said["sound"] is True
    assert {one["mark"] for one in said["findings"]} == {"holds", "open"}


def test_film_that_was_left_out_is_checked_from_a_copy(made: Dossier, tmp_path: Path) -> None:
    path = made.bundle(tmp_path)
    assert f"Its SHA-256 is {made.output.sha256}" in offline(str(path)).stdout
    film = tmp_path / "copy.mp4"
    film.write_bytes(Path(settings.DATA / "outputs" / f"{made.output.sha256}.mp4").read_bytes())
    assert "✓ The film is the one that was published" in offline(str(path), "--output", str(film)).stdout
    film.write_bytes(dossier.flipped(film.read_bytes()))
    done = offline(str(path), "--output", str(film))
    assert done.returncode == 1
    assert "✗ The film is not the one that was published" in done.stdout


def test_export_stands_in_the_ledger_with_the_digest_of_what_left(made: Dossier) -> None:
    exported = made.export()
    log.settle()
    entry = LedgerEntry.objects.get(kind=EntryKind.EVIDENCE_EXPORTED, subject=f"run:{made.run.pk}")
    body = json.loads(entry.canonical)["body"]
    with exported.file as file:
        assert body["bundle_sha256"] == exported.sha256 == sha256(file.read()).hexdigest()
    assert (entry.actor, body["redacted"], body["for"]) == (f"person:{made.house.lena.pk}", False, "legal")


def test_nothing_leaves_when_it_cannot_be_written_down(made: Dossier) -> None:
    dossier.sign_log()
    asked = services.asked(made.house.lena, made.run.pk, redacted=False, film=False)
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("REVOKE EXECUTE ON FUNCTION ledger_append(text, text, text, text) FROM countersign_app")
        cursor.execute("SET ROLE countersign_app")
    with pytest.raises(LedgerError, match="could not be written"):
        services.export(asked)


def test_redacted_bundle_verifies_and_names_nobody(made: Dossier, tmp_path: Path) -> None:
    path = made.bundle(tmp_path, redacted=True)
    report = examined(path)
    assert report.sound, sentences(report, Mark.FAILS)
    found = dossier.members(path)
    text = b"".join(found.values()) + b"".join(_text(found["custody.pdf"]))
    for name in (
        made.house.idris.name,
        made.house.anselm.name,
        "Petra",
        "Lena",
        made.run.title,
        '"12A"',
    ):  # base64 holds a bare 12A by chance
        assert name.encode() not in text, name
    assert not {one.rpartition("/")[2] for one in found} & {"signed.pdf", "terms.json", "film.mp4", "openings.json"}


def test_redacted_bundle_says_of_each_paper_where_its_digest_stands(made: Dossier, tmp_path: Path) -> None:
    said = sentences(examined(made.bundle(tmp_path, redacted=True)), Mark.OPEN)
    for row in made.consents:
        entry = LedgerEntry.objects.get(kind=EntryKind.CONSENT_VERIFIED, subject=f"consent:{row.pk}")
        assert f"consents/{row.pk}/signed.pdf is withheld: this bundle is redacted; its digest" in said
        assert f"{row.document_sha256} stands in the log at entry {entry.index}." in said
        assert f"{row.terms_sha256} stands in the log at entry" in said
    assert "values stay sealed" in said


def test_performer_gets_their_own_papers_and_nobody_elses(made: Dossier, tmp_path: Path) -> None:
    idris = Person.objects.get(performer=made.house.idris)
    path = made.bundle(tmp_path, by=idris, film=True)
    found, (own, others) = dossier.members(path), made.consents
    assert f"consents/{own.pk}/signed.pdf" in found
    assert f"consents/{others.pk}/signed.pdf" not in found
    assert "output/film.mp4" not in found
    report = examined(path)
    assert report.sound, sentences(report, Mark.FAILS)
    assert "is signed by Idris Vane" in sentences(report, Mark.HOLDS)
    assert made.house.anselm.name.encode() not in b"".join((*found.values(), *_text(found["custody.pdf"])))


def test_crew_is_told_whose_part_evidence_is_and_a_stranger_finds_nothing(made: Dossier) -> None:
    with pytest.raises(access.WrongRoleError, match="legal of The Long Harbour"):
        made.export(by=made.house.petra)
    with pytest.raises(access.NotYoursError):
        made.export(by=made.house.pavel)


def test_entries_that_no_checkpoint_covers_yet_are_not_handed_out_as_proven(
    made: Dossier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "PATIENCE_S", 0.1)
    dossier.withdraw(made)
    with pytest.raises(NotCoveredError, match="has not signed a checkpoint over entry"):
        services.export(services.asked(made.house.lena, made.run.pk, redacted=False, film=False))


def test_withdrawal_after_publication_is_told(made: Dossier, tmp_path: Path) -> None:
    dossier.withdraw(made)
    report = examined(made.bundle(tmp_path))
    assert report.sound, sentences(report, Mark.FAILS)
    assert "was withdrawn on" in sentences(report, Mark.HOLDS)
    assert "after the output was published" in sentences(report, Mark.HOLDS)


def test_refused_run_has_evidence_of_its_refusal(made: Dossier, performers: Path, tmp_path: Path) -> None:
    refused = dossier.ask(made.house, performers, scene="30")
    assert refused.state == RunState.REFUSED
    report = examined(replace(made, run=refused).bundle(tmp_path))
    assert report.sound, sentences(report, Mark.FAILS)
    assert "The gate refused the run: scene-not-allowed" in sentences(report, Mark.HOLDS)


def test_budget_spent_before_is_part_of_the_decision_made_again(
    made: Dossier, performers: Path, tmp_path: Path
) -> None:
    second = dossier.ask(made.house, performers, title="Stairwell, take 4")
    said = sentences(examined(replace(made, run=second).bundle(tmp_path)), Mark.HOLDS)
    assert "the gate gives the same grant; 2 runs were used before" in said  # one of each consent


def test_consent_whose_papers_were_destroyed_leaves_its_digests(made: Dossier, tmp_path: Path) -> None:
    row = made.consents[0]
    dossier.withdraw(made)
    assert consents.destroy_documents(row, by=made.house.lena, why={})
    report = examined(made.bundle(tmp_path))
    assert report.sound, sentences(report, Mark.FAILS)
    said = f"consents/{row.pk}/signed.pdf is withheld: it is no longer kept; its digest {row.document_sha256}"
    assert said in sentences(report, Mark.OPEN)
    assert "Not checked: consents/" in sentences(report, Mark.OPEN)


def test_performer_who_was_erased_is_in_no_bundle_and_the_rest_still_holds(made: Dossier, tmp_path: Path) -> None:
    idris = made.house.idris
    answer = erasing.erase(idris, by=made.house.lena, confirmed=plans.plan(idris).digest)
    assert not isinstance(answer, Refusal), answer
    path = made.bundle(tmp_path)
    report = examined(path)
    assert report.sound, sentences(report, Mark.FAILS)
    assert "Idris" not in sentences(report, Mark.HOLDS)
    assert [name for name, content in dossier.members(path).items() if b"Idris" in content] == []
    assert "is signed by Anselm Orr" in sentences(report, Mark.HOLDS)


def test_same_content_makes_the_same_custody_document(made: Dossier) -> None:
    dossier.sign_log()
    head = SignedCheckpoint.objects.order_by("-size")[0]
    sheet = custody.Sheet(story=story.of(made.run), head=head, kept=(), withheld=(), made_at=setup.NOW, named=True)
    assert custody.document(sheet) == custody.document(sheet)


def test_title_in_letters_that_the_fonts_lack_keeps_evidence_from_nobody(made: Dossier, tmp_path: Path) -> None:
    type(made.run).objects.filter(pk=made.run.pk).update(title="階段、第三")
    assert examined(made.bundle(tmp_path)).sound


def test_site_publishes_the_key_of_its_bundles(made: Dossier, tmp_path: Path) -> None:
    stated = Client().get("/evidence/key").content.decode().strip()
    assert stated == str(verifier_of(keys.evidence_private(settings.KEYS), name=log.evidence_name()))
    assert offline(str(made.bundle(tmp_path)), "--evidence-key", stated).returncode == 0


def test_page_and_api_hand_out_the_bundle(made: Dossier) -> None:
    dossier.sign_log()
    client = Client()
    client.force_login(made.house.lena)
    page = client.get(f"/runs/{made.run.pk}/evidence").content.decode()
    assert "Make and download" in page
    assert f'href="/runs/{made.run.pk}/evidence"' in client.get(f"/runs/{made.run.pk}").content.decode()
    assert f'href="/runs/{made.run.pk}/evidence"' in client.get(f"/outputs/{made.output.pk}").content.decode()
    answer = client.post(f"/runs/{made.run.pk}/evidence", {"redacted": "on"})
    assert answer["Content-Type"] == "application/zip"
    assert contents.MANIFEST.encode() in b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    dossier.sign_log()
    token = AuthToken.objects.create(user=made.house.lena)[1]
    answer = Client().post(
        f"/api/runs/{made.run.pk}/evidence", {"redacted": False}, headers={"Authorization": f"Token {token}"}
    )
    assert contents.MANIFEST.encode() in b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def test_button_is_not_shown_to_whom_evidence_is_not_for(made: Dossier) -> None:
    client = Client()
    client.force_login(made.house.petra)
    assert "/evidence" not in client.get(f"/runs/{made.run.pk}").content.decode()


def _text(pdf: bytes) -> list[bytes]:
    """What a PDF says of itself and attaches, unpacked: names would stand in its metadata or streams."""
    reader = PdfFileReader(io.BytesIO(pdf))
    kids = reader.root["/Pages"]["/Kids"]
    return [bytes(kids[i]["/Contents"].data) for i in range(len(kids))] + [bytes(reader.root["/Metadata"].data)]
