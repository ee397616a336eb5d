"""The watch over the log: every alarm provoked for real, seen by people, and ended again."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.db import DatabaseError, connection

from countersign import cosigning, keys, timestamps, witnesses
from countersign.watch import alarms, memory, verifying, watcher
from countersign.watch.conditions import Kind
from countersign.watch.models import Alarm, Progress
from countersign.watch.watcher import Watcher
from provenance import cosigned, ledger
from provenance.types import EntryKind
from provenance.witness import Why
from tests import honest, people as setup
from tests.countersign import guilds
from tests.countersign.guilds import Guild
from tests.countersign.test_timestamps import authority, desk
from tests.countersign.watched import FORGERY, HOUR, REPAIR, Look, folder, look, said, sign, standing
from tests.provenance.test_ledger import forge, superuser, write
from tests.provenance.test_notary import CHECKPOINTS, ENTRIES, REWRITE, fill

__all__ = ["authority", "desk", "folder", "look", "said"]

pytestmark = pytest.mark.django_db


def entries_about_alarms() -> list[str]:
    ledger.sequence()
    return [entry.kind.value for entry in ledger.entries() if entry.kind.value.startswith("alarm:")]


def test_sound_log_raises_nothing_and_what_was_verified_is_remembered(look: Look) -> None:
    assert look() == []
    fill(300)
    sign()
    assert look() == []
    remembered = memory.recall(memory.place())
    assert remembered.front == ledger.verify().reached
    row = Progress.objects.get()
    assert (row.observer, row.entries, row.faults) == ("site", 300, 0)
    assert row.whole_at, "a short log is recomputed from the first entry on at every look"


def test_stopped_sequencer_is_an_alarm_until_it_runs_again(look: Look) -> None:
    honest.append(EntryKind.RUN_GRANTED, subject="run:1", actor="person:1")
    assert look() == []
    assert look(HOUR) == [Kind.SEQUENCE]
    assert standing() == ["entries-wait"]
    sign()
    assert look() == []
    assert standing() == []
    assert entries_about_alarms() == ["alarm:raised", "alarm:ended"]


def test_stopped_signer_is_an_alarm_until_it_signs_again(look: Look) -> None:
    write(3)
    assert look() == []
    assert look(HOUR) == [Kind.CHECKPOINT]
    ledger.sequence()
    assert look(HOUR) == [Kind.CHECKPOINT], "and is raised once"
    assert Alarm.objects.count() == 1
    sign()
    assert look() == []
    assert standing() == []


@pytest.mark.parametrize(
    ("verified", "then"), [(2, 2), (6, 8)], ids=["what was not verified yet", "what was verified before"]
)
def test_tampering_is_an_alarm_that_stays_until_somebody_takes_it_on(look: Look, verified: int, then: int) -> None:
    people = setup.make()
    write(verified)
    sign()
    assert look() == []
    write(8 - verified)
    sign()
    forge(FORGERY)
    assert look() == [Kind.BROKEN]
    assert memory.recall(memory.place()).front.size == then, "only what holds is remembered as verified"
    (alarm,) = alarms.open_alarms()
    assert "Entry 3 was changed" in alarm.sentence
    forge(REPAIR)
    assert look() == []
    assert standing() == ["ledger-broken"], "that it holds again is no reason to forget it"
    alarms.acknowledge(alarm, by=people.legal)
    assert look() == []
    assert standing() == []
    assert entries_about_alarms() == ["alarm:raised", "alarm:acknowledged", "alarm:ended"]


def test_alarm_that_somebody_took_on_stands_while_its_cause_does(look: Look) -> None:
    people = setup.make()
    write(6)
    forge(FORGERY)
    look()
    alarms.acknowledge(alarms.open_alarms().get(), by=people.legal)
    assert look() == [Kind.BROKEN]
    assert standing() == ["ledger-broken"]
    with pytest.raises(alarms.AlarmError):
        alarms.acknowledge(alarms.open_alarms().get(), by=people.legal)


@pytest.mark.parametrize(
    ("statement", "word"),
    [
        (f"DELETE FROM {ENTRIES} WHERE index > 3", "cut off"),
        (f"{REWRITE}; DELETE FROM {CHECKPOINTS}", "rewritten"),
        (f"DELETE FROM {ENTRIES} WHERE index = 2", "missing"),
        (f"UPDATE {CHECKPOINTS} SET root = sha256(root)", "other values"),
        (f"UPDATE {CHECKPOINTS} SET note = 'x'", "not one that the log signed"),
    ],
    ids=["cut off", "rewritten whole", "taken out", "checkpoint", "note"],
)
def test_whatever_is_done_to_what_was_verified_is_seen_at_the_next_look(look: Look, statement: str, word: str) -> None:
    write(6)
    sign()
    assert look() == []
    forge(statement)
    assert look() == [Kind.BROKEN]
    assert word in alarms.open_alarms().get().sentence


def test_what_was_verified_long_ago_is_recomputed_round_after_round(
    look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifying, "AGAIN", 100)
    fill(350)
    sign()
    rounds = []
    for _ in range(5):
        assert look() == []
        rounds.append(Progress.objects.get().again)
    assert rounds == [100, 200, 300, 0, 100]
    forge(f"UPDATE {ENTRIES} SET canonical = canonical || ' ' WHERE index = 250")
    assert [look() for _ in range(2)] == [[], [Kind.BROKEN]], "within the round that comes by it"


def test_missing_cosignature_is_an_alarm_that_names_who_is_silent(look: Look, folder: Path, tmp_path: Path) -> None:
    verifier = keys.log_verifier(folder)
    assert verifier
    with guilds.running(tmp_path / "guild", [verifier]) as guild:
        ask_for(folder, guild)
        write(3)
        row = sign()
        assert look() == []
        assert look(HOUR) == [Kind.COSIGNATURES]
        assert "Silent: guild.example/w." in alarms.open_alarms().get().sentence
        (one,) = witnesses.policy(folder).witnesses
        assert cosigning.ask(row, one) == ""
    assert look() == []
    assert look(timedelta(seconds=1)) == []
    assert standing() == []


def ask_for(folder: Path, guild: Guild) -> None:
    keys.witness_policy(folder).write_text(f"witness {guild.verifier} {guild.url}\nquorum 1\n")


def test_witness_that_remembers_another_log_is_an_alarm_that_stays(look: Look) -> None:
    write(3)
    cosigned.contradict(sign(), witness="guild.example/w", why=Why.FORKED, remembered=3)
    assert look() == [Kind.FORKED]
    assert alarms.open_alarms().get().sentence == "guild.example/w remembers another log than this one."
    assert alarms.open_alarms().get().stays


def test_missing_time_stamp_is_an_alarm_until_one_comes(look: Look, desk: timestamps.Authority) -> None:
    write(3)
    row = sign()
    assert look() == []
    later = timedelta(seconds=60) + HOUR
    assert look(later) == [Kind.TIME_STAMP]
    timestamps.stamp(row, by=desk)
    assert look() == []
    assert standing() == []


@pytest.mark.parametrize("content", ["", "scribble", "[]", '{"front": {}}'])
def test_memory_that_somebody_scribbled_on_is_an_alarm_and_verification_begins_again(look: Look, content: str) -> None:
    write(6)
    sign()
    look()
    memory.place().write_text(content)
    assert look() == [Kind.MEMORY]
    assert memory.recall(memory.place()).front.size == 6
    assert look() == []
    assert standing() == ["memory-unreadable"], "until somebody has looked into it"


def test_memory_whose_root_does_not_fit_is_not_believed(look: Look) -> None:
    write(6)
    sign()
    look()
    told = json.loads(memory.place().read_text())
    told["front"]["peaks"][0] = "00" * 32
    memory.place().write_text(json.dumps(told))
    assert look() == [Kind.MEMORY]


def test_memory_that_claims_more_than_was_signed_is_betrayed_by_the_checkpoint(look: Look) -> None:
    write(4)
    signed = sign()
    forge(REWRITE)
    memory.keep(memory.place(), memory.Memory(front=ledger.verify().reached))
    assert look() == [Kind.BROKEN]
    assert f"The first {signed.size} entries are not those whose checkpoint was signed." in (
        alarms.open_alarms().get().sentence
    )


def test_alarms_are_told_by_mail_once_each_and_their_ends(look: Look, settings: Any) -> None:
    settings.ALARM_EMAIL = "operator@example.org"
    write(3)
    for _ in range(3):
        look(HOUR)
        ledger.sequence()
    sign()
    look()
    assert [(letter.subject.partition("] ")[2], letter.to) for letter in mail.outbox] == [
        ("Alarm: checkpoint-late", ["operator@example.org"]),
        ("Ended: checkpoint-late", ["operator@example.org"]),
    ]
    assert "keys/log/" in mail.outbox[0].body


def test_mail_server_that_is_away_holds_nothing_up(look: Look, settings: Any, said: list[str]) -> None:
    settings.ALARM_EMAIL = "operator@example.org"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    write(3)
    assert look(HOUR) == [Kind.CHECKPOINT]
    assert standing() == ["checkpoint-late"]
    assert any("nobody was told by e-mail" in line for line in said)


def test_alarm_is_kept_when_the_ledger_cannot_be_written(look: Look, said: list[str]) -> None:
    write(3)
    with superuser(), connection.cursor() as cursor:
        cursor.execute("REVOKE EXECUTE ON FUNCTION ledger_append(text, text, text, text) FROM countersign_app")
    assert look(HOUR) == [Kind.CHECKPOINT]
    assert standing() == ["checkpoint-late"]
    assert any("the ledger does not say so" in line for line in said)


def test_database_that_is_away_is_said_once_and_the_watch_goes_on(
    monkeypatch: pytest.MonkeyPatch, said: list[str], settings: Any
) -> None:
    settings.ALARM_EMAIL = "operator@example.org"
    turns = iter([DatabaseError("gone"), DatabaseError("gone"), None, DatabaseError("gone")])

    def look(self: Watcher, *, at: datetime) -> None:
        trouble = next(turns)
        if trouble:
            raise trouble

    monkeypatch.setattr(Watcher, "look", look)
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    with pytest.raises(StopIteration):
        watcher.keep_watched(Watcher(observer="site", file=memory.place(), say=said.append))
    assert said == ["the ledger cannot be watched: gone"] * 2
    assert len(mail.outbox) == 2
