"""`manage.py ledger verify`: recompute the whole ledger and say, in words, whether it holds."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from provenance import ledger


class Command(BaseCommand):
    help = "Verify the ledger: every hash from the first entry on, and optionally a length and head noted earlier."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=("verify",))
        parser.add_argument("--noted-entries", type=int, help="how many entries there were when the head was noted")
        parser.add_argument("--noted-head", type=bytes.fromhex, help="the head as it was printed then")

    def handle(self, *args: Any, **options: Any) -> None:
        audit = ledger.verify(noted=_noted(options["noted_entries"], options["noted_head"]))
        if audit.faults:
            for fault in audit.faults:
                self.stderr.write(fault.sentence)
            raise CommandError(f"ledger: {audit.entries} entries, {len(audit.faults)} fault(s)", returncode=1)
        self.stdout.write(f"ledger: {audit.entries} entries, verified")
        self.stdout.write(f"head: {audit.head.hex()}")


def _noted(entries: int | None, head: bytes | None) -> ledger.Noted | None:
    if (entries is None) != (head is None):
        raise CommandError("--noted-entries and --noted-head go together.")
    return None if entries is None or head is None else ledger.Noted(entries=entries, head=head)
