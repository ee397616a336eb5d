"""What people call things, found among what they may see: names and titles become the things that the index knows."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from consent.models import Performer
from countersign.accounts import access
from countersign.accounts.models import Person, Production
from countersign.desk import kin
from countersign.desk.index import Sight
from countersign.desk.models import Thing
from countersign.runs.models import Footage, Run

MOST = 50  # names that one text may stand for; a text that fits more is too short to search by


@dataclass(frozen=True, slots=True)
class Meant:
    """The things a text stands for; `cut` when it fits more than are looked for."""

    things: tuple[str, ...]
    cut: bool = False


def sight(person: Person, production: str = "") -> Sight:
    """Where the person finds anything, or anything of one production that they are on."""
    crewed = Production.objects.filter(memberships__person=person).values_list("pk", "organisation_id")
    productions = [f"production:{pk}" for pk, _ in crewed]
    houses = dict.fromkeys(f"organisation:{house}" for _, house in crewed)
    performer = Performer.objects.filter(person=person).values_list("pk", flat=True).first()
    mine = f"performer:{performer}" if performer else ""
    if production:
        return Sight(rooms=(production,)) if production in productions else Sight(rooms=(), mine=mine)
    common = (kin.SITE,) if productions else ()
    return Sight(rooms=(*productions, *houses, *common, f"person:{person.pk}"), mine=mine)


def people(person: Person) -> "QuerySet[Person]":
    """Everybody on the person's productions, and themselves."""
    mine = Production.objects.filter(memberships__person=person)
    return Person.objects.filter(Q(pk=person.pk) | Q(memberships__production__in=mine)).distinct().order_by("name")


def performers(person: Person) -> "QuerySet[Performer]":
    return access.visible(person, Performer).order_by("name")


def productions(person: Person) -> "QuerySet[Production]":
    return access.visible(person, Production).order_by("title")


def somebody(thing: str) -> tuple[str, ...]:
    """A person or performer, with the other of the two that they also are."""
    kind, _, number = thing.partition(":")
    key = _uuid(number)
    if key and kind == "performer":
        linked = Performer.objects.filter(pk=key).exclude(person=None).values_list("person_id", flat=True).first()
        return (thing, f"person:{linked}") if linked else (thing,)
    performer = Performer.objects.filter(person=key).values_list("pk", flat=True).first() if key else None
    return (thing, f"performer:{performer}") if performer else (thing,)


def titled(person: Person, title: str) -> Meant:
    """Runs of that title, and with them what they made."""
    return _meant(_called("run", access.visible(person, Run).filter(title__icontains=title).order_by("-requested_at")))


def called(person: Person, text: str) -> Meant:
    """Whatever goes by `text`: people, performers, runs and clips; or what has this very number."""
    exact = _numbered(text)
    if exact:
        return Meant(exact)
    return _meant([name for rows in _rows(person, text) for name in rows])


def _rows(person: Person, text: str) -> Iterator[Iterable[str]]:
    yield _called("performer", performers(person).filter(name__icontains=text))
    yield _called("person", people(person).filter(name__icontains=text))
    yield _called("run", access.visible(person, Run).filter(title__icontains=text).order_by("-requested_at"))
    yield _called("footage", access.visible(person, Footage).filter(title__icontains=text).order_by("-uploaded_at"))


def _called(kind: str, rows: "QuerySet[Any]") -> list[str]:
    return [f"{kind}:{pk}" for pk in rows.values_list("pk", flat=True)[: MOST + 1]]


def _meant(names: list[str]) -> Meant:
    return Meant(tuple(names[:MOST]), cut=len(names) > MOST)


def _numbered(text: str) -> tuple[str, ...]:
    """Things whose number `text` is, alone or after its kind."""
    key = _uuid(text.strip().lower().rpartition(":")[2])
    if not key:
        return ()
    kinds = ("run", "output", "footage", "consent", "performer", "person", "production", "model")
    return tuple(Thing.objects.filter(name__in=[f"{kind}:{key}" for kind in kinds]).values_list("name", flat=True))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
