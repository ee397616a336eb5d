"""`manage.py introduce`: this person is that performer. Reads a new person's password from standard input."""

import sys
from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from consent.models import Performer
from countersign.accounts import services
from countersign.accounts.errors import PasswordError


class Command(BaseCommand):
    help = "Give a performer a log-in of their own, to see every use of their face and to withdraw."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("performer", type=UUID)

    def handle(self, *_: Any, **options: Any) -> None:
        performer = Performer.objects.filter(pk=options["performer"]).first()
        if performer is None:
            raise CommandError(f"There is no performer {options['performer']}.")
        try:
            person = services.let_in(options["email"], name=performer.name, password=sys.stdin.readline().rstrip("\n"))
        except PasswordError as error:
            raise CommandError(str(error)) from error
        services.introduce(person, performer)
        self.stdout.write(f"{person.email} is the performer {performer.name}.")
