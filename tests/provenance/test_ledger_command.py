"""`manage.py ledger verify`, in this process but through Django's own entry."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from provenance import ledger
from provenance.types import EntryKind
from tests import honest
from tests.provenance.test_ledger import superuser

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def three_entries(settings: Any, tmp_path: Path) -> None:
    settings.KEYS = tmp_path / "keys"  # no signer of another test's remembers another log here
    for _ in range(3):
        honest.append(EntryKind.RUN_GRANTED, subject="run:1", actor="person:1")
    ledger.sequence()


def test_sound_ledger_is_said_to_be_verified(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("ledger", "verify")
    assert capsys.readouterr().out.splitlines()[0] == "ledger: 3 entries, verified"


def test_forged_entry_is_named_and_the_exit_code_is_1(capsys: pytest.CaptureFixture[str]) -> None:
    with superuser(), connection.cursor() as cursor:
        cursor.execute("UPDATE provenance_ledgerentry SET canonical = '{}' WHERE index = 1")
    with pytest.raises(CommandError, match="3 entries, 2 fault") as caught:
        call_command("ledger", "verify")
    assert caught.value.returncode == 1
    assert "Entry 1 was changed" in capsys.readouterr().err


def test_head_noted_earlier_is_compared() -> None:
    with pytest.raises(CommandError, match="1 fault"):
        call_command("ledger", "verify", "--noted-entries", "4", "--noted-head", "00" * 32)
