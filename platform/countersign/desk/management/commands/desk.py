"""`manage.py desk rebuild` makes the index of the ledger anew; `manage.py desk status` says how far it has come."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from countersign import log
from countersign.desk import projector


class Command(BaseCommand):
    help = "Rebuild the desk's search index from the ledger, or say how far it has come."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=("rebuild", "status"))

    def handle(self, *args: Any, **options: Any) -> None:
        log.settle()
        if options["action"] == "rebuild":
            projector.rebuild()
            projector.catch_up(most=None)
        standing = projector.standing()
        self.stdout.write(f"index: {standing.read} of {standing.entries} entries read")
