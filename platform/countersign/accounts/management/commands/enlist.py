"""`manage.py enlist`: let a person in, with a role in a production. The password is read from standard input."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError

from countersign.accounts import services
from countersign.accounts.errors import PasswordError
from countersign.accounts.models import Role


class Command(BaseCommand):
    help = "Let a person in, with a role in a production. Reads a new person's password from standard input."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", required=True)
        parser.add_argument("--organisation", required=True)
        parser.add_argument("--production", required=True)
        parser.add_argument("--role", required=True, choices=Role.values)

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            person = services.let_in(options["email"], name=options["name"], password=sys.stdin.readline().rstrip("\n"))
            production = services.open_production(organisation=options["organisation"], title=options["production"])
            services.enlist(person, production, role=Role(options["role"]))
        except PasswordError as error:
            raise CommandError(str(error)) from error
        except IntegrityError as error:
            raise CommandError(
                f"{options['email']} has another role in this production; one person, one role."
            ) from error
        self.stdout.write(f"{person.name} is {options['role']} of {production.title}.")
