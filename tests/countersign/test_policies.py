"""Whoever puts other rules in force tells the ledger, whether they mean to or not."""

from pathlib import Path
from typing import Any

import pytest

from consent import policy
from consent.services import rulebook
from countersign import keys
from countersign.keeping import policies
from provenance import ledger
from provenance.types import EntryKind, Json

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_witnesses(tmp_path: Path, settings: Any) -> None:
    settings.KEYS = tmp_path


def said(name: str) -> list[Json]:
    return [dict(e.body) for e in ledger.about((f"policy:{name}",), kinds=(EntryKind.POLICY_CHANGED,))]


def test_the_first_start_says_what_is_in_force_and_the_next_ones_nothing() -> None:
    assert policies.note_changes() == ["consent"]
    assert policies.note_changes() == []
    (first,) = said("consent")
    assert isinstance(first, dict)
    assert (first["policy"], first["old"], first["new"]) == ("consent", "", policy.load().sha256)
    assert rulebook.files_of(policy.load().sha256) == policy.files()


def test_another_witness_policy_is_told_with_the_old_one(tmp_path: Path) -> None:
    policies.note_changes()
    path = keys.witness_policy(tmp_path)
    path.parent.mkdir()
    path.write_text("quorum none\n")
    assert policies.note_changes() == ["witness"]
    path.write_text("quorum guild\n")
    assert policies.note_changes() == ["witness"]
    path.unlink()
    assert policies.note_changes() == ["witness"]
    first, second, third = said("witness")
    assert isinstance(first, dict)
    assert isinstance(second, dict)
    assert isinstance(third, dict)
    assert first["old"] == third["new"] == ""
    assert (second["old"], third["old"]) == (first["new"], second["new"])
