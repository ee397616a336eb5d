"""Every test runs on a real PostgreSQL, as the application's role; the tables are made by their owner first."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
os.environ["COUNTERSIGN_DATABASE_ROLE"] = "owner"  # pytest-django makes the tables; see django_db_setup
os.environ.setdefault("COUNTERSIGN_TEST_DATA", tempfile.mkdtemp(prefix="countersign-test-"))
os.environ["COUNTERSIGN_DATA"] = os.environ["COUNTERSIGN_TEST_DATA"]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: "pytest.FixtureRequest") -> Iterator[None]:
    """Once the tables stand, step down to the application's role: what it may not do, no test may do unnoticed."""
    from django.db import connection

    from countersign.embedded.address import APPLICATION_ROLE

    connection.close()
    connection.settings_dict["OPTIONS"]["assume_role"] = APPLICATION_ROLE
    yield
    connection.close()
    connection.settings_dict["OPTIONS"]["assume_role"] = None


@pytest.fixture(scope="session")
def performers() -> Path:
    """Clips and stills of the synthetic performers that ship with the demo."""
    return ROOT / "demo" / "performers"
