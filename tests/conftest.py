"""Every test runs on a real PostgreSQL, as the application's role; the tables are made by their owner first."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import DEFAULT_DB_ALIAS, connection
from django.test.utils import setup_databases, teardown_databases
from pytest_django import DjangoDbBlocker

from consent.pades import child, confined
from countersign.embedded.address import APPLICATION_ROLE

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Once the tables stand, step down to the application's role: what it may not do, no test may do unnoticed.

    Made for every selection of tests: pytest-django's own makes none for those that only copy the database.
    """
    with django_db_blocker.unblock():
        made = setup_databases(verbosity=0, interactive=False, aliases={DEFAULT_DB_ALIAS})
        _reconnect_as(APPLICATION_ROLE)
    yield
    with django_db_blocker.unblock():
        _reconnect_as(None)
        teardown_databases(made, verbosity=0)


def _reconnect_as(role: str | None) -> None:
    connection.close()
    connection.settings_dict["OPTIONS"]["assume_role"] = role


@pytest.fixture(autouse=True)
def read_here(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents are read in this process: a child for each takes a second. Tests marked "child" start the real one, as
    every server does."""
    if request.node.get_closest_marker("child") is None:
        monkeypatch.setattr(
            confined, "_ask", lambda order, _folder: json.dumps(child.answered(json.loads(order))).encode()
        )


@pytest.fixture(scope="session")
def performers() -> Path:
    """Clips and stills of the synthetic performers that ship with the demo."""
    return ROOT / "demo" / "performers"
