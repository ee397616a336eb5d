"""`manage.py ledger verify`: recompute the whole ledger and its checkpoints, and say in words what holds."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from countersign import keys, log, timestamps
from provenance import ledger, notary, stamped, timestamp
from provenance.checkpoint import Checkpoint
from provenance.errors import NoteError, ProvenanceError
from provenance.types import Fault


class Command(BaseCommand):
    help = "Verify the ledger: every hash, every signed checkpoint, and what of either was kept elsewhere."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=("verify",))
        parser.add_argument("--noted-entries", type=int, help="how many entries there were when the head was noted")
        parser.add_argument("--noted-head", type=bytes.fromhex, help="the head as it was printed then")
        parser.add_argument("--checkpoint", type=Path, help="a file with a checkpoint kept earlier, as /log/checkpoint")
        parser.add_argument("--time-stamp", type=Path, help="a file with the time-stamp over that checkpoint (DER)")

    def handle(self, *args: Any, **options: Any) -> None:
        noted = _noted(options["noted_entries"], options["noted_head"])
        audit = log.audit(noted=noted, checkpoint=_checkpoint(options["checkpoint"]))
        faults = [*audit.faults, *_betrayals(options["checkpoint"], options["time_stamp"])]
        if faults:
            for fault in faults:
                self.stderr.write(fault.sentence)
            raise CommandError(f"ledger: {audit.entries} entries, {len(faults)} fault(s)", returncode=1)
        self.stdout.write(f"ledger: {audit.entries} entries, verified")
        self.stdout.write(f"head: {audit.head.hex()}")
        latest = notary.latest()
        if latest:
            self.stdout.write(f"latest checkpoint: {latest.size} entries, root {bytes(latest.root).hex()}")
        for line in timestamps.told():
            self.stdout.write(line)


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
