"""`manage.py enlist`: let a person in, with a role in a production. The password is read from standard input."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from countersign.accounts import services
from countersign.accounts.models import Person, Role


class Command(BaseCommand):
    help = "Let a person in, with a role in a production. Reads the new person's password from standard input."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", required=True)
        parser.add_argument("--organisation", required=True)
        parser.add_argument("--production", required=True)
        parser.add_argument("--role", required=True, choices=Role.values)

    def handle(self, *_: Any, **options: Any) -> None:
        production = services.open_production(organisation=options["organisation"], title=options["production"])
        person = Person.objects.filter(email=options["email"]).first() or self._new_person(options)
        services.enlist(person, production, role=Role(options["role"]))
        self.stdout.write(f"{person.name} is {options['role']} of {production.title}.")

    def _new_person(self, options: dict[str, Any]) -> Person:
        password = sys.stdin.readline().rstrip("\n")
        try:
            validate_password(password)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        return Person.objects.create_user(options["email"], options["name"], password)
