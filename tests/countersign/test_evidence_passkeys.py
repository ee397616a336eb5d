"""A consent signed on the platform, shown to a stranger: the passkey's answer, whose it was, the seal; and no less."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from consent import services as consents
from consent.assertion import Purpose
from consent.models import ConsentRecord
from consent.services import seals, signing
from consent.services.seals import Sealing
from countersign import documents, keys
from countersign.evidence import verify
from countersign.evidence.case import Pins
from countersign.evidence.findings import Mark, Report
from tests import passkeys
from tests.consent.house import House
from tests.countersign import dossier
from tests.countersign.dossier import Dossier

Change = Callable[[list[dict[str, Any]]], Any]


def by_passkey(house: House) -> tuple[ConsentRecord, ConsentRecord]:
    """Idris signs here, and Lena approves with her passkey; Anselm signs on paper, and confirms it."""
    folder = Path(settings.KEYS)
    documents.make(folder, now=datetime.now(UTC))
    assert house.idris.person
    phone = passkeys.given(house.idris.person)
    passkeys.confirmed(house.idris, by=house.lena)
    house.released(house.idris)
    row = house.drafted(house.idris)
    signed = signing.sign([row], proof=passkeys.proof([row], phone), by=house.idris.person)
    assert isinstance(signed, list), signed
    assert seals.seal(row.pk, by=Sealing(sealer=documents.sealer(folder), root=documents.root(folder), stamper=None))
    row.refresh_from_db()
    other = _scanned(house)
    laptop = passkeys.given(house.lena)
    proof = passkeys.proof([row], laptop, purpose=Purpose.APPROVE)
    approved = consents.approve(row, by=house.lena, proof=proof)
    assert isinstance(approved, ConsentRecord), approved
    return row, other


def _scanned(house: House) -> ConsentRecord:
    """Anselm's, on paper; he says with his own phone that the ink is his."""
    assert house.anselm.person
    phone = passkeys.given(house.anselm.person)
    passkeys.confirmed(house.anselm, by=house.lena)
    house.released(house.anselm)
    row = house.drafted(house.anselm)
    consents.register_scan(row, scan=b"%PDF-1.7 ink", by=house.petra)
    consents.review(row, fits=True, by=house.lena)
    row.refresh_from_db()
    proof = passkeys.proof([row], phone, purpose=Purpose.CONFIRM)
    assert isinstance(signing.confirm([row], proof=proof, by=house.anselm.person), list)
    approved = consents.approve(row, by=house.lena)
    assert isinstance(approved, ConsentRecord), approved
    return approved


@pytest.fixture
def run(db: None, performers: Path) -> Dossier:
    return dossier.made(performers, papers=by_passkey)


def examined(path: Path) -> Report:
    folder = Path(settings.KEYS)
    pins = Pins(
        log=keys.log_verifier(folder),
        consent_roots=keys.consent_roots(folder),
        documents=documents.root(folder),
        anchor=keys.anchor(folder),
    )
    return verify.examine(path, pins=pins, now=timezone.now())


def failing(report: Report) -> list[str]:
    return [finding.sentence for finding in report.findings if finding.mark is Mark.FAILS]


def test_consent_signed_here_holds_before_a_stranger(run: Dossier, tmp_path: Path) -> None:
    report = examined(run.bundle(tmp_path))
    assert failing(report) == []
    said = " ".join(finding.sentence for finding in report.findings)
    for words in (
        "the passkey said yes to this document, these terms and the words beside them",
        "a second person had confirmed that the passkey is the performer's",
        "is sealed by Countersign document seal, without a time-stamp",
        "the performer's passkey said yes to what came in",
        "whoever approved it signed that with a passkey",
        "the log knows that passkey as the approver's",
    ):
        assert words in said


def _of(purpose: str, **changes: Any) -> Change:
    def change(kept: list[dict[str, Any]]) -> Any:
        return [{**one, **changes} if one["purpose"] == purpose else one for one in kept]

    return change


FORGED = {
    "other words beside it": (_of("sign", summary=[]), "does not hold, or is about something else"),
    "nothing shown": (_of("sign", shown=[]), "does not hold, or is about something else"),
    "no answer": (lambda _: [], "cannot be understood"),
    "no evidence": (_of("sign", evidence={}), "no evidence of a passkey"),
    "another approval": (_of("approve", shown=[]), "under the approval does not hold"),
}


def test_forged_confirmation_does_not_hold(run: Dossier, tmp_path: Path) -> None:
    found = dossier.members(run.bundle(tmp_path))
    name = f"consents/{run.consents[1].pk}/passkeys.json"
    changed = dossier.rewritten(found, name, _of("confirm", summary=[]))
    forged = dossier.packed(tmp_path / "forged.zip", changed)
    assert "that it is the performer's own does not hold" in " ".join(failing(examined(forged)))


@pytest.mark.parametrize(("change", "says"), FORGED.values(), ids=FORGED)
def test_forged_answer_does_not_hold(run: Dossier, tmp_path: Path, change: Change, says: str) -> None:
    found = dossier.members(run.bundle(tmp_path))
    name = f"consents/{run.consents[0].pk}/passkeys.json"
    forged = dossier.packed(tmp_path / "forged.zip", dossier.rewritten(found, name, change))
    assert says in " ".join(failing(examined(forged)))


def test_document_that_was_not_sealed_does_not_hold(run: Dossier, tmp_path: Path) -> None:
    found = dossier.members(run.bundle(tmp_path))
    folder = f"consents/{run.consents[0].pk}"
    unsealed = {**found, f"{folder}/signed.pdf": found[f"{folder}/offered.pdf"]}
    forged = dossier.packed(tmp_path / "forged.zip", dossier.resigned(unsealed))
    assert "no seal that can be read" in " ".join(failing(examined(forged)))


def test_evidence_names_no_private_key(run: Dossier, tmp_path: Path) -> None:
    found = dossier.members(run.bundle(tmp_path))
    kept = json.loads(found[f"consents/{run.consents[0].pk}/passkeys.json"])
    assert [one["purpose"] for one in kept] == ["sign", "approve"]
    assert not any(b"PRIVATE KEY" in content for content in found.values())
