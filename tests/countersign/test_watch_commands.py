"""The watch and the verification as commands, for whoever runs them beside the site."""

import json

import pytest
from django.core.management import CommandError, call_command

from countersign import log
from countersign.watch import alarms, memory, verifying
from provenance import ledger
from tests.countersign.watched import FORGERY, REPAIR, Look, folder, look, said, sign
from tests.provenance.test_ledger import forge, write
from tests.provenance.test_notary import ENTRIES

__all__ = ["folder", "look", "said"]  # fixtures

pytestmark = pytest.mark.django_db


def test_two_observers_do_not_end_each_others_alarms(look: Look, said: list[str]) -> None:
    write(6)
    look()
    forge(FORGERY)
    look()
    with pytest.raises(CommandError, match="1 alarm"):
        call_command("ledger", "watch", "--once", "--observer", "insurer")
    forge(REPAIR)
    call_command("ledger", "watch", "--once", "--observer", "guild")
    assert sorted(alarms.open_alarms().values_list("observer", flat=True)) == ["insurer", "site"]


def test_watch_command_tells_what_is_wrong_and_ends_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    write(6)
    sign()
    call_command("ledger", "watch", "--once")
    assert capsys.readouterr().out == "ledger: nothing to tell\n"
    forge(FORGERY)
    with pytest.raises(CommandError, match="1 alarm") as caught:
        call_command("ledger", "watch", "--once")
    assert caught.value.returncode == 1
    assert "Entry 3 was changed" in capsys.readouterr().out


def test_incremental_verification_reads_only_what_is_new_and_says_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifying, "NEW", 4)
    write(6)
    sign()
    call_command("ledger", "verify", "--incremental")
    whole = ledger.verify()
    assert f"head: {whole.head.hex()}" in capsys.readouterr().out
    forge(f"UPDATE {ENTRIES} SET actor = 'person:2' WHERE index = 0")
    write(7)
    sign()
    call_command("ledger", "verify", "--incremental", "--json")
    told = json.loads(capsys.readouterr().out)
    assert told == {"entries": 13, "head": told["head"], "root": ledger.verify().root.hex(), "faults": []}
    with pytest.raises(CommandError, match="1 fault"):
        call_command("ledger", "verify", "--json")
    assert json.loads(capsys.readouterr().out)["faults"][0]["index"] == 0, "the whole one finds it"


def test_incremental_verification_finds_what_the_whole_one_finds_of_the_new(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write(2)
    sign()
    call_command("ledger", "verify", "--incremental")
    write(4)
    sign()
    forge(FORGERY)
    for _ in range(2):
        with pytest.raises(CommandError) as caught:
            call_command("ledger", "verify", "--incremental", "--json")
        assert caught.value.returncode == 1
        found = json.loads(capsys.readouterr().out.splitlines()[-1])["faults"]
        assert [fault["sentence"] for fault in found] == [fault.sentence for fault in log.audit().faults]


def test_incremental_verification_does_not_believe_a_memory_that_was_changed() -> None:
    write(2)
    call_command("ledger", "verify", "--incremental")
    memory.place().write_text("{}")
    with pytest.raises(CommandError, match="not as it was written") as caught:
        call_command("ledger", "verify", "--incremental")
    assert caught.value.returncode == 1
