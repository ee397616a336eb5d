"""A database of its own for ledger tests that commit, since what they write could never be taken out again; and a film
signed with real keys, for those that take it apart."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest
from django.db import connection

from countersign.embedded.address import APPLICATION_ROLE
from provenance import c2pa_io, essence, signer
from provenance.types import Claim, ConsentBinding, Ingredient
from tests.provenance import receipts

SCRATCH = "countersign_scratch"


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
    digest, run_id = sha256(b"a document").hexdigest(), "8f3c9a1e-0000-4000-8000-000000000001"
    shown = essence.sha256(performers / "mara_plate.mp4")
    return Claim(
        run_id=run_id,
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
        essence_sha256=shown,
        receipt=receipts.issued(run_id=run_id, grant_sha256=digest, essence_sha256=shown),
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


@pytest.fixture
def own_database(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[str]:
    """A copy of the test database, for tests that commit, or that use several connections. Threads find it too."""
    main = connection.settings_dict["NAME"]
    with django_db_blocker.unblock():
        connection.close()
        _as_owner(f"DROP DATABASE IF EXISTS {SCRATCH}", f'CREATE DATABASE {SCRATCH} TEMPLATE "{main}"')
        connection.settings_dict["NAME"] = SCRATCH
        try:
            yield SCRATCH
        finally:
            connection.close()
            connection.settings_dict["NAME"] = main
            _as_owner(f"DROP DATABASE {SCRATCH} WITH (FORCE)")


def _as_owner(*statements: str) -> None:
    connection.settings_dict["OPTIONS"]["assume_role"] = None
    try:
        with connection._nodb_cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
    finally:
        connection.settings_dict["OPTIONS"]["assume_role"] = APPLICATION_ROLE
