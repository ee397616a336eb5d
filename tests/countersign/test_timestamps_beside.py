"""Asking for time-stamps beside the signing of checkpoints, each with a connection of its own."""

import threading
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from countersign import keys, log, timestamps
from countersign.outgoing import Limits
from countersign.tsa.authority import Authority
from provenance import timestamp
from provenance.models import SignedCheckpoint
from tests.countersign.strangers_desk import dawdle, saying
from tests.provenance.conftest import own_database
from tests.provenance.stampers import NOW
from tests.provenance.test_ledger import write

__all__ = ["own_database"]  # a fixture


def test_authority_that_dawdles_holds_no_checkpoint_up(
    own_database: str, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.KEYS = tmp_path / "keys"
    keys.prepare(settings.KEYS)
    keys.make_log_key(settings.KEYS, "testserver/log")
    (settings.KEYS / "tsa-roots.pem").write_bytes(Authority.make(now=NOW).root_pem)
    monkeypatch.setattr(timestamps, "LIMITS", Limits(seconds=4, bytes=timestamp.MAX_BYTES))
    said: list[object] = []
    _sign()
    with saying(dawdle) as settings.TSA_URL:
        asking = threading.Thread(target=_ask_until_something_is_said, args=(said,))
        asking.start()
        for _ in range(2):
            _sign()
        assert asking.is_alive(), "it waits for the authority while checkpoints are signed"
        asking.join(20)
    assert "could not be asked: no answer within 4 seconds" in str(said)
    assert SignedCheckpoint.objects.count() == 3


def _sign() -> None:
    with transaction.atomic():
        write(2)
    holder = log.holder()
    assert holder
    assert log.signed(holder) == ""


class _HeardError(Exception):
    pass


def _ask_until_something_is_said(said: list[object]) -> None:
    def say(sentence: object) -> None:
        said.append(sentence)
        raise _HeardError

    with suppress(_HeardError), closing(connection):
        timestamps.keep_stamped(say)
