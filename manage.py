#!/usr/bin/env python
"""Countersign's command line: `manage.py migrate` runs as the database's owner, everything else as the application."""

import os
import sys
from pathlib import Path

OWNER_COMMANDS = {"migrate", "makemigrations", "sqlmigrate"}


def main() -> None:
    sys.path.insert(0, str(Path(__file__).parent / "platform"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "countersign.settings")
    if OWNER_COMMANDS & set(sys.argv[1:2]):
        os.environ["COUNTERSIGN_DATABASE_ROLE"] = "owner"
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
