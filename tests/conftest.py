"""Every test runs on a real PostgreSQL, as the application's role; the tables are made by their owner first."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from countersign.embedded.address import APPLICATION_ROLE

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: object) -> Iterator[None]:
    """Once the tables stand, step down to the application's role: what it may not do, no test may do unnoticed."""
    _reconnect_as(APPLICATION_ROLE)
    yield
    _reconnect_as(None)


def _reconnect_as(role: str | None) -> None:
    connection.close()
    connection.settings_dict["OPTIONS"]["assume_role"] = role


@pytest.fixture(scope="session")
def performers() -> Path:
    """Clips and stills of the synthetic performers that ship with the demo."""
    return ROOT / "demo" / "performers"
