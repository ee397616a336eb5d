"""A film signed with real keys, for tests that take it apart."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from provenance import c2pa_io, signer
from provenance.types import Claim, ConsentBinding, Ingredient


@dataclass(frozen=True)
class Authority:
    """A signer and the anchor its signatures lead to."""

    signer: signer.FileSigner
    anchor: Path

    @property
    def anchors(self) -> bytes:
        return self.anchor.read_bytes()


def authority(folder: Path, organisation: str) -> Authority:
    signer.make_pki(folder / "sign", folder / "anchor.pem", organisation)
    return Authority(signer.FileSigner(folder / "sign"), folder / "anchor.pem")


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("studio"), "Müller Film")


@pytest.fixture(scope="session")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("stranger"), "Somebody Else")


@pytest.fixture(scope="session")
def claim(performers: Path) -> Claim:
    digest = sha256(b"a document").hexdigest()
    return Claim(
        run_id="8f3c9a1e-0000-4000-8000-000000000001",
        title="Scene 12, take 3 – “Überfahrt”",
        media_type="video/mp4",
        kind_of_use="swap",
        software_agent="Countersign",
        software_version="0.1.0",
        plate=ingredient(performers / "anselm_plate.mp4", "parentOf"),
        likeness=ingredient(performers / "idris_training.mp4", "componentOf"),
        model_sha256=digest,
        parameters_sha256=digest,
        grant_sha256=digest,
        policy_sha256=digest,
        consents=tuple(
            ConsentBinding(
                consent_id=f"8f3c9a1e-0000-4000-8000-00000000001{number}",
                document_sha256=digest,
                terms_sha256=digest,
                part=part,
                status_path=f"/status/{number}",
            )
            for number, part in enumerate(("likeness", "plate"))
        ),
        lineage_sha256=digest,
        synthetic_from_s=0.0,
        synthetic_to_s=4.96,
    )


def ingredient(path: Path, relationship: str) -> Ingredient:
    return Ingredient(
        title=path.stem,
        path=path,
        media_type="video/mp4",
        sha256=sha256(path.read_bytes()).hexdigest(),
        relationship=relationship,
    )


@pytest.fixture(scope="session")
def published(claim: Claim, studio: Authority, performers: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film as it leaves the house."""
    target = tmp_path_factory.mktemp("published") / "film.mp4"
    c2pa_io.sign(
        claim, source=performers / "mara_plate.mp4", target=target, signer=studio.signer, anchors=studio.anchors
    )
    return target
