"""`manage.py prepare`: bring the tables up to date, make missing keys and folders. Run it before serving."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from filelock import FileLock

from countersign import documents, keys, log
from countersign.keeping import policies
from countersign.runs import deposits, storage
from provenance import signer


class Command(BaseCommand):
    help = "Bring the database up to date and make missing keys and folders."

    def handle(self, *_: Any, **__: Any) -> None:
        settings.DATA.mkdir(parents=True, exist_ok=True)
        with FileLock(settings.DATA / "prepare.lock"):
            storage.prepare()
            keys.prepare(settings.KEYS)
            keys.make_log_key(settings.KEYS, log.origin())
            signer.make_pki(settings.KEYS / "sign", settings.KEYS / "anchor.pem", organisation="Countersign")
            documents.make(settings.KEYS, now=datetime.now(UTC))
            self._migrate()
            policies.note_changes()
            deposits.seal_plain()
            call_command("collectstatic", interactive=False, verbosity=0)
        self.stdout.write(f"ready: {settings.DATA}")

    def _migrate(self) -> None:
        """As the tables' owner, hence in a process of its own."""
        environment = {**os.environ, "COUNTERSIGN_DATABASE_ROLE": "owner"}
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=settings.BASE, env=environment, check=True
        )
