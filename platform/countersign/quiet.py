"""A house in which something is destroyed or held stands still: a lock for each, until the transaction ends.

Whoever destroys, holds or erases is alone; whoever only relies on what is there, such as a run that is granted on two
clips, is so together with others like them. It is taken before every other lock, so that nobody waits in a circle.
"""

from uuid import UUID

from django.db import connection

_HOUSES = 4851024


def alone(organisation_id: UUID) -> None:
    """Wait until nobody else is here."""
    _lock("pg_advisory_xact_lock", organisation_id)


def together(organisation_id: UUID) -> None:
    """Wait until nobody is alone here."""
    _lock("pg_advisory_xact_lock_shared", organisation_id)


def _lock(function: str, organisation_id: UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s, hashtext(%s))", [_HOUSES, str(organisation_id)])
