"""The watch itself: look, verify, raise and end alarms, over and over. It needs no key and writes alarms alone."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.db import DatabaseError, connection
from django.utils.timezone import now

from countersign.watch import alarms, memory, observing, verifying
from countersign.watch.alarms import Reporter
from countersign.watch.conditions import Condition, Patience, conditions
from countersign.watch.memory import Memory, MemoryUnreadableError
from countersign.watch.models import Progress
from countersign.watch.verifying import Step
from provenance.errors import LedgerError

EVERY_S = 3.0
SITE = "site"  # the supervisor, as an observer

Say = Callable[[str], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Watcher:
    """Who watches, and the file in which it remembers what it verified."""

    observer: str
    file: Path
    say: Say
    patience: Patience = field(default_factory=Patience)

    def look(self, *, at: datetime) -> list[Condition]:
        """Once: everything that must not be at that moment, after raising and ending alarms accordingly.

        Raises DatabaseError or LedgerError if the log cannot be looked at, OSError if nothing can be remembered.
        """
        before, trouble = self._recalled()
        done = verifying.step(before, now=at)
        seen = observing.observe(at, faults=done.faults, memory=trouble)
        found = list(conditions(seen, now=at, patience=self.patience))
        self._note(done, at)
        alarms.settle(found, by=Reporter(observer=self.observer, say=self.say, at=at))
        memory.keep(self.file, done.memory)
        return found

    def _recalled(self) -> tuple[Memory, str]:
        try:
            return memory.recall(self.file), ""
        except MemoryUnreadableError as error:
            return Memory(), str(error)

    def _note(self, done: Step, at: datetime) -> None:
        said = {
            "looked_at": at,
            "entries": done.memory.front.size,
            "again": done.memory.again.size,
            "whole_at": done.memory.whole_at,
            "faults": len(done.faults),
        }
        Progress.objects.update_or_create(observer=self.observer, defaults=said)


def keep_site_watched(say: Say) -> None:
    """What the supervisor of the workers does beside its work."""
    keep_watched(Watcher(observer=SITE, file=memory.place(), say=say))


def keep_watched(watcher: Watcher) -> None:
    """Watch for as long as the process lives."""
    trouble = ""
    while True:
        try:
            watcher.look(at=now())
            trouble = ""
        except (DatabaseError, LedgerError, OSError) as error:
            connection.close()
            if str(error) != trouble:
                watcher.say(f"the ledger cannot be watched: {error}")
                alarms.tell("Alarm: the ledger cannot be watched", str(error), say=watcher.say)
            trouble = str(error)
        time.sleep(EVERY_S)
