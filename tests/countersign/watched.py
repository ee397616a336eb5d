"""A log of its own beside a watch: signed, looked at, forged and repaired."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from countersign import keys, log
from countersign.watch import alarms, memory, watcher
from countersign.watch.conditions import Kind
from countersign.watch.watcher import Watcher
from provenance import notary
from provenance.models import SignedCheckpoint
from tests.provenance.test_notary import ENTRIES

HOUR = timedelta(hours=1)


Look = Callable[..., list[Kind]]


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.DATA = tmp_path
    settings.KEYS = tmp_path / "keys"
    keys.prepare(settings.KEYS)
    keys.make_log_key(settings.KEYS, "testserver/log")
    return tmp_path / "keys"


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def look(said: list[str]) -> Look:
    """Look once, now or `later`; the kinds of what must not be."""

    def looked(later: timedelta = timedelta(0)) -> list[Kind]:
        watching = Watcher(observer=watcher.SITE, file=memory.place(), say=said.append)
        return [condition.kind for condition in watching.look(at=datetime.now(UTC) + later)]

    return looked


def sign() -> SignedCheckpoint:
    holder = log.holder()
    assert holder
    assert log.signed(holder) == ""
    row = notary.latest()
    assert row
    return row


def standing() -> list[str]:
    return [alarm.kind for alarm in alarms.open_alarms()]


FORGERY = f"UPDATE {ENTRIES} SET canonical = replace(canonical, 'person:1', 'person:2') WHERE index = 3"


REPAIR = f"UPDATE {ENTRIES} SET canonical = replace(canonical, 'person:2', 'person:1') WHERE index = 3"
