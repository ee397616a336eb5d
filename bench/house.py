"""A PostgreSQL server of the benchmark's own, in a temporary folder: what is written to a ledger stays there."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


def use_own_server() -> None:
    """Before Django is set up."""
    folder = tempfile.mkdtemp(prefix="countersign-bench-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)  # registered first, so run last: after the server's stop
    os.environ.pop("DATABASE_URL", None)
    os.environ |= {"COUNTERSIGN_DATA": folder, "DJANGO_SETTINGS_MODULE": "countersign.settings"}


def prepare(*statements: str) -> None:
    """Make the tables, and whatever else is to stand beside them, as their owner."""
    from django.core.management import call_command
    from django.db import connection

    with owner():
        call_command("migrate", verbosity=0)
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


@contextmanager
def owner() -> Iterator[None]:
    """As the tables' owner; then step down again, as the web process does."""
    from django.db import connection

    application = connection.settings_dict["OPTIONS"]["assume_role"]
    connection.close()
    connection.settings_dict["OPTIONS"]["assume_role"] = None
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["OPTIONS"]["assume_role"] = application
