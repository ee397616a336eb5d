"""The people of the demo, let in by the operator, and the clips of its performers."""

import secrets
from dataclasses import dataclass
from pathlib import Path

ORGANISATION, PRODUCTION = "Northlight Pictures", "The Bridge"
WORDS = (
    "amber",
    "bridge",
    "camera",
    "dolly",
    "ember",
    "fresnel",
    "gaffer",
    "harbour",
    "iris",
    "jib",
    "keylight",
    "lantern",
)


@dataclass(frozen=True, slots=True)
class Login:
    part: str
    name: str
    email: str
    password: str


@dataclass(frozen=True, slots=True)
class Clip:
    """A performer of the demo: their clip, and the stills they are enrolled from."""

    name: str
    path: Path
    stills: tuple[Path, ...]


def password() -> str:
    return "-".join(secrets.choice(WORDS) for _ in range(4)) + f"-{secrets.randbelow(90) + 10}"


def crew() -> dict[str, Login]:
    """Let the crew in: what `manage.py enlist` does."""
    from countersign.accounts import services
    from countersign.accounts.models import Role

    production = services.open_production(organisation=ORGANISATION, title=PRODUCTION)
    people = {Role.PRODUCER: "Petra Lindqvist", Role.ARTIST: "Arun Mehta", Role.LEGAL: "Lena Okafor"}
    logins = {}
    for role, name in people.items():
        login = login_for(role.value, name)
        person = services.let_in(login.email, name=name, password=login.password)
        services.enlist(person, production, role=role)
        logins[role.value] = login
    return logins


def performer(name: str, performer_id: str) -> Login:
    """Give a performer a log-in of their own."""
    from consent.models import Performer
    from countersign.accounts import services

    login = login_for("performer", name)
    person = services.let_in(login.email, name=name, password=login.password)
    services.introduce(person, Performer.objects.get(pk=performer_id))
    return login


def invited(name: str, performer_id: str) -> Login:
    """A performer whom nobody lets in but an invitation; `performer_id` is who they will be."""
    return login_for("performer", name)


def give_password(login: Login) -> None:
    """So that whoever watches the demo can look around as somebody who signs in with a passkey."""
    from countersign.accounts.models import Person

    person = Person.objects.get(email=login.email)
    person.set_password(login.password)
    person.save()


def login_for(part: str, name: str) -> Login:
    handle = name.lower().replace(" ", ".")
    return Login(part, name, f"{handle}@countersign.example", password())
