"""Several processes read the ledger into the index at once, beside writers: each entry is read once, in order."""

import threading
from collections.abc import Callable

from django.db import connection, transaction

from countersign import log
from countersign.desk import projector
from countersign.desk.models import Mention, Thing
from provenance.models import LedgerEntry
from provenance.types import EntryKind
from tests import honest
from tests.provenance.conftest import own_database

__all__ = ["own_database"]  # a fixture


def together(*work: Callable[[], object]) -> None:
    """Each in a thread with a connection of its own; what one raises is raised here."""
    raised: list[BaseException] = []

    def run(one: Callable[[], object]) -> None:
        try:
            one()
        except BaseException as error:
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(one,)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if raised:
        raise raised[0]


def write(name: str, times: int) -> None:
    for _ in range(times):
        with transaction.atomic():
            honest.append(EntryKind.RUN_REFUSED, subject=f"run:{name}", actor="person:x", reasons=["no-consent"])


def test_readers_at_once_read_each_entry_once(own_database: str) -> None:
    def read_on() -> None:
        for _ in range(30):
            log.settle()

    together(lambda: write("a", 60), lambda: write("b", 60), read_on, read_on, read_on)
    log.settle()
    entries = LedgerEntry.objects.count()
    assert entries == 120
    assert projector.standing().behind == 0
    for thing in Thing.objects.all():
        assert Mention.objects.filter(thing=thing.pk).count() == thing.mentions, thing
    assert Thing.objects.get(name="reason:no-consent").mentions == 120
    assert Thing.objects.get(name="run:a").mentions == 60
