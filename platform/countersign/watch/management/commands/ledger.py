"""`manage.py ledger verify`: recompute the ledger and its checkpoints, and say in words what holds.
`manage.py ledger watch`: the same all the time, and what is late."""

import json
import os
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.timezone import now

from countersign import keys, log, timestamps, witnesses
from countersign.watch import memory, verifying, watcher
from provenance import ledger, notary, stamped, timestamp
from provenance.checkpoint import Checkpoint
from provenance.errors import NoteError, ProvenanceError
from provenance.types import Fault


class Command(BaseCommand):
    help = "Verify the ledger: every hash, every signed checkpoint, and what of either was kept elsewhere; or watch it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=("verify", "watch"))
        parser.add_argument("--noted-entries", type=int, help="how many entries there were when the head was noted")
        parser.add_argument("--noted-head", type=bytes.fromhex, help="the head as it was printed then")
        parser.add_argument("--checkpoint", type=Path, help="a file with a checkpoint kept earlier, as /log/checkpoint")
        parser.add_argument("--time-stamp", type=Path, help="a file with the time-stamp over that checkpoint (DER)")
        parser.add_argument("--incremental", action="store_true", help="verify only what came since the last time")
        parser.add_argument("--memory", type=Path, help="the file that remembers what was verified")
        parser.add_argument("--json", action="store_true", help="say it to a program")
        parser.add_argument("--once", action="store_true", help="watch: look once; exit code 1 while alarms stand")
        parser.add_argument("--observer", default=socket.gethostname(), help="watch: who sees the alarms")

    def handle(self, *args: Any, **options: Any) -> None:
        match options:
            case {"action": "watch"}:
                self._watch(options)
            case {"incremental": True}:
                self._say(self._verify_on(options["memory"] or memory.place()), options)
            case _:
                self._say(self._verify_all(options), options)

    def _verify_all(self, options: dict[str, Any]) -> ledger.Audit:
        noted = _noted(options["noted_entries"], options["noted_head"])
        audit = log.audit(noted=noted, checkpoint=_checkpoint(options["checkpoint"]))
        return replace(audit, faults=(*audit.faults, *_betrayals(options["checkpoint"], options["time_stamp"])))

    def _verify_on(self, file: Path) -> ledger.Audit:
        try:
            step = verifying.to_the_end(memory.recall(file))
        except memory.MemoryUnreadableError as e:
            raise CommandError(f"{e} Put it aside and verify from the first entry on.", returncode=1) from e
        if not step.faults:
            memory.keep(file, step.memory)
        return ledger.Audit(reached=step.memory.front, faults=step.faults)

    def _say(self, audit: ledger.Audit, options: dict[str, Any]) -> None:
        if options["json"]:
            self.stdout.write(json.dumps(_told(audit)))
        else:
            self._say_in_words(audit)
        if audit.faults:
            raise CommandError(f"ledger: {audit.entries} entries, {len(audit.faults)} fault(s)", returncode=1)

    def _say_in_words(self, audit: ledger.Audit) -> None:
        for fault in audit.faults:
            self.stderr.write(fault.sentence)
        if audit.faults:
            return
        self.stdout.write(f"ledger: {audit.entries} entries, verified")
        self.stdout.write(f"head: {audit.head.hex()}")
        latest = log.newest()
        if latest:
            self.stdout.write(f"latest checkpoint: {latest.size} entries, root {bytes(latest.root).hex()}")
        for line in (witnesses.told(), *timestamps.told()):
            self.stdout.write(line)

    def _watch(self, options: dict[str, Any]) -> None:
        file = options["memory"] or memory.place().with_name(f"{options['observer']}.json")
        watching = watcher.Watcher(observer=options["observer"], file=file, say=self.stderr.write)
        if not options["once"]:
            watcher.keep_watched(watching)
        standing = watching.look(at=now())
        for condition in standing:
            self.stdout.write(f"{condition.kind}: {condition.sentence} {condition.kind.what_to_do}")
        if standing:
            raise CommandError(f"ledger: {len(standing)} alarm(s)", returncode=1)
        self.stdout.write("ledger: nothing to tell")


def _told(audit: ledger.Audit) -> dict[str, Any]:
    faults = [{"index": fault.index, "sentence": fault.sentence} for fault in audit.faults]
    return {"entries": audit.entries, "head": audit.head.hex(), "root": audit.root.hex(), "faults": faults}


def _noted(entries: int | None, head: bytes | None) -> ledger.Noted | None:
    if (entries is None) != (head is None):
        raise CommandError("--noted-entries and --noted-head go together.")
    return None if entries is None or head is None else ledger.Noted(entries=entries, head=head)


def _betrayals(note: Path | None, token: Path | None) -> Iterator[Fault]:
    """What a checkpoint and its time-stamp betray, both kept elsewhere."""
    verifier = keys.log_verifier(settings.KEYS)
    if not token:
        return
    if not note or not verifier:
        raise CommandError("--time-stamp goes with --checkpoint, and with the log's key.")
    try:
        roots = keys.tsa_roots(settings.KEYS)
        kept = timestamp.opened(note.read_bytes(), token.read_bytes(), log=verifier, roots=roots)
    except (ProvenanceError, OSError) as e:
        raise CommandError(f"The time-stamp in {token} proves nothing of the checkpoint in {note}: {e}") from e
    yield from stamped.betrayals(kept)


def _checkpoint(kept: Path | None) -> Checkpoint | None:
    """The checkpoint kept in a file, or else the last one that is remembered where it was signed."""
    verifier, memory = keys.log_verifier(settings.KEYS), keys.log_memory(settings.KEYS)
    if not verifier or not (kept or os.access(memory, os.R_OK)):
        return None
    try:
        return notary.recall(kept or memory, log=verifier)
    except (NoteError, OSError) as e:
        raise CommandError(f"The checkpoint in {kept or memory} cannot be read: {e}") from e
