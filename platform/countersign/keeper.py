"""The keeper of the keys: `python -m countersign.keeper`, a process of its own that `manage.py work` looks after.

The only process that reads the store of key-encryption keys, and the key that signs answers: a row that somebody else
answered is believed by nobody. The gate's key is shut to it. It answers workers that ask for the keys of a step, and
destroys in the store what ended consents leave owed there. It listens to nobody: requests are rows, and wait while it
is away.
"""

import logging
import os
import secrets
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

LOOK_EVERY_S = 0.1
SHRED_EVERY_S = 0.5
AGAIN_AFTER_S = 1.0  # when something is wrong
HELD_MOST_MS = 10_000

log = logging.getLogger(__name__)


def main() -> None:
    """Serve until stopped."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "countersign.settings")
    os.environ.setdefault("COUNTERSIGN_SECRET_KEY", secrets.token_urlsafe(64))  # it signs no sessions
    import django

    django.setup()
    from django.db.backends.signals import connection_created

    from countersign import worker

    connection_created.connect(_hold_nothing_for_long)
    worker.die_with_parent()
    worker.shut_away("keeper")
    shredded = 0.0
    while True:
        due = time.monotonic() - shredded > SHRED_EVERY_S
        shredded = time.monotonic() if due else shredded
        time.sleep(LOOK_EVERY_S if _served(owed=due) else AGAIN_AFTER_S)


def _hold_nothing_for_long(connection: "BaseDatabaseWrapper", **_: object) -> None:
    """A keeper that stands still in the middle of an answer must not keep consents locked: the server ends it."""
    with connection.cursor() as cursor:
        cursor.execute("SET idle_in_transaction_session_timeout = %s", [HELD_MOST_MS])


def _served(*, owed: bool) -> bool:
    from django.db import DatabaseError, close_old_connections

    from consent.errors import ConsentError
    from countersign.runs import answering, sharing
    from provenance.errors import LedgerError

    try:
        close_old_connections()
        answering.answer_all()
        if owed:
            answering.shred_owed()
            sharing.keep_up()
    except (DatabaseError, LedgerError, ConsentError) as error:
        log.warning("trying again in a moment: %s", error)
        return False
    return True


if __name__ == "__main__":
    main()
