"""Ledger tests that commit run on a database of their own: what they write could never be taken out again."""

from collections.abc import Iterator

import pytest
from django.db import connection

from countersign.embedded.address import APPLICATION_ROLE

SCRATCH = "countersign_scratch"


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
