"""The ledger where transactions really commit: outside one, and from several connections at once."""

import threading

import pytest
from django.db import connection, transaction

from provenance import ledger
from provenance.errors import LedgerError
from provenance.types import EntryKind
from tests import honest


def write(appender: int) -> None:
    honest.append(EntryKind.RUN_GRANTED, subject="run:1", actor=f"person:{appender}")


def test_append_outside_a_transaction_is_refused(own_database: str) -> None:
    with pytest.raises(LedgerError, match="transaction"):
        write(0)
    assert ledger.sequence() == 0


def test_eight_appenders_at_once_leave_no_gap(own_database: str) -> None:
    def appender(number: int) -> None:
        try:
            for turn in range(25):
                with transaction.atomic():
                    write(number)
                    transaction.set_rollback(turn % 5 == 4)
                if turn % 7 == number % 7:
                    ledger.sequence()
        finally:
            connection.close()

    threads = [threading.Thread(target=appender, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ledger.sequence() == 160
    audit = ledger.verify()
    assert (audit.entries, audit.faults) == (160, ())
