"""Every test runs on a real PostgreSQL, as the application's role; the tables are made by their owner first."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import DEFAULT_DB_ALIAS, connection
from django.test.utils import setup_databases, teardown_databases
from pytest_django import DjangoDbBlocker

from countersign.embedded.address import APPLICATION_ROLE

ROOT = Path(__file__).resolve().parents[1]
SCRATCH = "countersign_scratch"


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


@pytest.fixture
def own_database(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """A copy of the test database, for tests that commit: what they write to the ledger could never be taken out again.

    Several connections find it, those of threads too.
    """
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


@pytest.fixture(scope="session")
def performers() -> Path:
    """Clips and stills of the synthetic performers that ship with the demo."""
    return ROOT / "demo" / "performers"
