"""What the operator of an installation does about people. Every step is in the ledger."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from consent import services as consents
from consent.models import Performer
from countersign.accounts.errors import PasswordError
from countersign.accounts.models import Membership, Organisation, Person, Production, Role
from provenance import ledger
from provenance.types import EntryKind, Sealed

OPERATOR = "operator"


def let_in(email: str, *, name: str, password: str) -> Person:
    """The person with this address; a new one with this name and password if there is none. Raises PasswordError."""
    known = Person.objects.filter(email=email).first()
    if known is not None:
        return known
    try:
        validate_password(password)
    except ValidationError as error:
        raise PasswordError(" ".join(error.messages)) from error
    return Person.objects.create_user(email, name, password)


@transaction.atomic
def open_production(*, organisation: str, title: str) -> Production:
    owner, _ = Organisation.objects.get_or_create(name=organisation)
    production, new = Production.objects.get_or_create(organisation=owner, title=title)
    if new:
        ledger.append(EntryKind.PRODUCTION_OPENED, subject=f"production:{production.pk}", actor=OPERATOR, body={})
    return production


@transaction.atomic
def enlist(person: Person, production: Production, *, role: Role) -> Membership:
    """Give a person their one role in a production. Raises IntegrityError if they have another there."""
    membership, new = Membership.objects.get_or_create(person=person, production=production, role=role)
    if new:
        ledger.append(
            EntryKind.PERSON_ENLISTED,
            subject=f"production:{production.pk}",
            actor=OPERATOR,
            body={"person": str(person.pk), "role": role.value},
            sealed=Sealed(of=f"person:{person.pk}", values={"name": person.name, "email": person.email}),
        )
    return membership


@transaction.atomic
def introduce(person: Person, performer: Performer) -> Performer:
    """This signed-in person is that performer: they see every use of their face and may withdraw."""
    performer = consents.present(performer)
    performer.person = person
    performer.save(update_fields=["person"])
    ledger.append(
        EntryKind.PERFORMER_INTRODUCED,
        subject=f"performer:{performer.pk}",
        actor=OPERATOR,
        body={"person": str(person.pk)},
        sealed=Sealed(of=f"performer:{performer.pk}", values={"name": person.name, "email": person.email}),
    )
    return performer
