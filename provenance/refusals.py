"""How many entries the ledger refused to take: they are undone with their transactions, and counted nevertheless."""

from contextlib import closing

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections


def count() -> None:
    """Count one more, on a connection of its own: the caller's transaction is lost. Nothing if that cannot be had."""
    try:
        with closing(connections[DEFAULT_DB_ALIAS].copy()) as own, own.cursor() as cursor:
            cursor.execute("SELECT nextval('public.provenance_refused')")
    except DatabaseError:
        return  # the database is away, which is counted and told elsewhere


def counted() -> int:
    """How many there were since the ledger began. Raises DatabaseError."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM public.provenance_refused")
        return int(cursor.fetchone()[0])
