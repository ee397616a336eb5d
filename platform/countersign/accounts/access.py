"""Who may see what: every page and every API call fetches and authorises here, in one query.

What isn't yours does not exist (`NotYoursError`, a 404). What is yours but not your part says so (`WrongRoleError`).
"""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db.models import Model, Q, QuerySet

from consent.models import ConsentRecord, Destruction, Performer, PolicyVersion, Proof, Signatory, Strike
from consent.services import identity
from consent.types import ConsentState
from countersign.accounts.models import Invitation, Membership, Organisation, Passkey, Person, Production, Role
from countersign.keeping.models import Hold
from countersign.runs.models import OUT, Appeal, Enrolment, FaceTrack, Footage, LikenessModel, Output, Run
from countersign.runs.shot_models import Shot
from provenance.models import LedgerEntry

M = TypeVar("M", bound=Model)


class AccessError(Exception):
    """Base of what access refuses."""


class NotYoursError(AccessError):
    """There is no such thing, as far as this person may know."""


class WrongRoleError(AccessError):
    """The person belongs here but this is another's part; the message says whose."""


def _productions(person: Person) -> Q:
    return Q(memberships__person=person) | Q(consents__performer__person=person)


def _consents(person: Person) -> Q:
    """A draft is the crew's alone: nobody was asked yet."""
    theirs = Q(performer__person=person) & ~Q(state=ConsentState.DRAFT)
    return Q(production__memberships__person=person) | theirs


def _legal_of_the_house(person: Person) -> Q:
    """What shows who signs for somebody is for legal."""
    return Q(performer__organisation__productions__in=legal_of(person))


def _crew_only(person: Person) -> Q:
    return Q(production__memberships__person=person)


def _runs(person: Person) -> Q:
    as_performer = Q(likeness__person=person) | Q(plate_performer__person=person)
    return Q(production__memberships__person=person) | as_performer


def _performers(person: Person) -> Q:
    return Q(organisation__productions__memberships__person=person) | Q(person=person)


def _outputs(person: Person) -> Q:
    """Unsigned work has no row here; a signed output is seen once it is published."""
    theirs = Q(run__production__memberships__person=person)
    as_performer = Q(run__likeness__person=person) | Q(run__plate_performer__person=person)
    return (theirs | as_performer) & Q(state__in=OUT)


def _destructions(person: Person) -> Q:
    """A certificate is the performer's, and legal's of the production, or of the house of who was erased."""
    legal = legal_of(person)
    of_house = Q(consent=None, performer__organisation__productions__in=legal)
    return Q(performer__person=person) | Q(consent__production__in=legal) | of_house


_RULES: dict[type[Model], Callable[[Person], Q]] = {
    Production: _productions,
    ConsentRecord: _consents,
    Performer: _performers,
    Footage: _crew_only,
    Enrolment: lambda person: Q(performer__in=visible(person, Performer)),
    FaceTrack: lambda person: Q(footage__production__memberships__person=person),
    Run: _runs,
    LikenessModel: lambda person: Q(run__in=visible(person, Run)),
    Output: _outputs,
    Invitation: _crew_only,
    Passkey: lambda person: Q(person=person, removed_at=None),
    Organisation: lambda person: Q(productions__memberships__person=person),
    Appeal: lambda person: Q(run__production__memberships__person=person),
    PolicyVersion: lambda person: Q(organisation__productions__in=legal_of(person)),
    Strike: lambda person: Q(organisation__productions__in=legal_of(person)),
    Signatory: _legal_of_the_house,
    Proof: _legal_of_the_house,
    Destruction: _destructions,
    Shot: lambda person: Q(consent__performer__person=person),
    Hold: lambda person: Q(production__memberships__person=person, production__memberships__role=Role.LEGAL),
}

# What the ledger's subjects are called, as in "run:<id>".
SUBJECTS: dict[str, type[Model]] = {
    "organisation": Organisation,
    "consent": ConsentRecord,
    "performer": Performer,
    "footage": Footage,
    "run": Run,
    "model": LikenessModel,
    "output": Output,
}


# What concerns everybody who works here: the rules in force, and what is wrong with the log.
COMMON = ("policy:", "alarm:", "witness:", "key-request:")


def visible(person: Person, model: type[M]) -> QuerySet[M]:
    """Everything of `model` that `person` may see."""
    rule = _RULES[model]
    manager: Any = model._default_manager
    rows: QuerySet[M] = manager.filter(pk__in=manager.filter(rule(person)).values("pk"))
    return rows


def fetch(person: Person, model: type[M], pk: UUID | int | str) -> M:
    """The one row, if it is the person's to see. Raises NotYoursError."""
    try:
        return visible(person, model).get(pk=pk)
    except (ObjectDoesNotExist, ValidationError, ValueError) as error:
        raise NotYoursError(f"There is no {model._meta.verbose_name} at this address for you.") from error


def seen(person: Person, subjects: Iterable[str]) -> set[str]:
    """Those of the ledger's `subjects` whose entries the person may see: what they may see, and they themselves."""
    wanted = set(subjects)
    crewed = Production.objects.filter(memberships__person=person)
    found = {f"person:{person.pk}"} | _among("production", crewed, wanted)
    for name, model in SUBJECTS.items():
        found |= _among(name, visible(person, model), wanted)
    if crewed.exists():
        found |= {subject for subject in wanted if subject.startswith(COMMON)}
    return found & wanted


def _among(name: str, rows: QuerySet[Any], subjects: set[str]) -> set[str]:
    keys = [key for subject in subjects if (key := _key(subject, name))]
    return {f"{name}:{pk}" for pk in rows.filter(pk__in=keys).values_list("pk", flat=True)} if keys else set()


def _key(subject: str, name: str) -> UUID | None:
    kind, _, number = subject.partition(":")
    try:
        return UUID(number) if kind == name else None
    except ValueError:
        return None


def entry(person: Person, index: int) -> LedgerEntry:
    """The entry with this index, if it is the person's to read. Raises NotYoursError."""
    found = LedgerEntry.objects.filter(index=index).first()
    if found is None or found.subject not in seen(person, [found.subject]):
        raise NotYoursError("There is no such entry for you.")
    return found


def role_in(person: Person, production: Production) -> Role | None:
    membership = Membership.objects.filter(person=person, production=production).first()
    return Role(membership.role) if membership else None


def require(person: Person, production: Production, *roles: Role) -> None:
    """Raises NotYoursError for a stranger and WrongRoleError for a member whose part this isn't."""
    role = role_in(person, production)
    if role is None:
        raise NotYoursError("There is no such production for you.")
    if role not in roles:
        wanted = " or ".join(r.label.lower() for r in roles)
        raise WrongRoleError(f"This is for the {wanted} of {production.title}; you are its {role.label.lower()}.")


def legal_of(person: Person) -> QuerySet[Production]:
    """The productions whose legal the person is."""
    mine = Production.objects.filter(memberships__person=person, memberships__role=Role.LEGAL)
    return mine.select_related("organisation").order_by("title")


def house(person: Person, pk: UUID | str) -> Organisation:
    """A house whose legal the person is, of any of its productions. Raises NotYoursError and WrongRoleError."""
    found = fetch(person, Organisation, pk)
    if not legal_of(person).filter(organisation=found).exists():
        raise WrongRoleError(f"This is for legal of {found.name}.")
    return found


def _speaks_for(person: Person, performer: Performer, *, otherwise: str) -> None:
    """The performer, or legal of their house. Raises NotYoursError, WrongRoleError."""
    if performer.person_id == person.pk or legal_of(person).filter(organisation_id=performer.organisation_id).exists():
        return
    fetch(person, Performer, performer.pk)
    raise WrongRoleError(otherwise)


def require_eraser(person: Person, performer: Performer) -> None:
    """Erasure is the performer's; legal of their house may enter it for them. Raises NotYoursError, WrongRoleError."""
    _speaks_for(person, performer, otherwise=f"Only {performer.name}, or legal on their behalf, may have them erased.")


def enrolment_to_confirm(person: Person, pk: UUID) -> Enrolment:
    """Whether pictures show a performer is for legal of their house to say, or for the performer. Raises NotYoursError,
    WrongRoleError."""
    found = fetch(person, Enrolment, pk)
    name = found.performer.name
    words = f"Only legal, or {name}, may say whether these pictures show {name}."
    _speaks_for(person, found.performer, otherwise=words)
    return found


def own_performer(person: Person) -> Performer:
    """The performer that the person is. Raises NotYoursError."""
    me = visible(person, Performer).filter(person=person).first()
    if me is None:
        raise NotYoursError("This is for performers; nobody has linked a performer to your account.")
    return me


def performers(person: Person, production: Production) -> QuerySet[Performer]:
    """Those of the production's house who may be asked for something, by name: not who was erased."""
    return visible(person, Performer).filter(organisation=production.organisation_id, erased_at=None).order_by("name")


def performer_in(person: Person, pk: UUID, performer_pk: UUID, *roles: Role) -> tuple[Production, Performer]:
    """The production and a performer of its house, for somebody with one of `roles` there, if any are named. Raises
    NotYoursError, WrongRoleError."""
    production = fetch(person, Production, pk)
    if roles:
        require(person, production, *roles)
    performer = fetch(person, Performer, performer_pk)
    if performer.organisation_id != production.organisation_id:
        raise NotYoursError("There is no such performer in this production.")
    return production, performer


def shots(person: Person) -> QuerySet[Shot]:
    """The shots that wait for the person's word, or had it. Whoever came in by an invitation is shown none before it is
    confirmed who they are. Raises LedgerError."""
    known = [me.pk for me in Performer.objects.filter(person=person) if identity.known(me)]
    return visible(person, Shot).filter(consent__performer__in=known)


def fetch_for_legal(person: Person, pk: UUID) -> Performer:
    """A performer, for legal of their house. Raises NotYoursError, WrongRoleError."""
    performer = fetch(person, Performer, pk)
    if legal_of(person).filter(organisation_id=performer.organisation_id).exists():
        return performer
    if performer.organisation.productions.filter(memberships__person=person).exists():
        raise WrongRoleError(f"Who signs for {performer.name} is for legal.")
    raise NotYoursError("There is no such performer for you.")


def require_performer(person: Person, record: ConsentRecord, *, to: str) -> None:
    """A consent is signed, and declined, by its performer alone. Raises NotYoursError, WrongRoleError."""
    if record.performer.person_id != person.pk:
        fetch(person, ConsentRecord, record.pk)
        raise WrongRoleError(f"Only {record.performer.name} may {to} this consent.")


def require_withdrawer(person: Person, record: ConsentRecord) -> None:
    """Withdrawal is the performer's; legal may enter it for them. Raises NotYoursError and WrongRoleError."""
    if record.performer.person_id != person.pk and role_in(person, record.production) is not Role.LEGAL:
        fetch(person, ConsentRecord, record.pk)
        raise WrongRoleError(f"Only {record.performer.name}, or legal on their behalf, may withdraw this consent.")


def require_holder(person: Person, record: ConsentRecord) -> None:
    """A consent is handed out for other systems to its performer and to legal. Raises NotYoursError, WrongRoleError."""
    if record.performer.person_id != person.pk and role_in(person, record.production) is not Role.LEGAL:
        fetch(person, ConsentRecord, record.pk)
        raise WrongRoleError(f"Only {record.performer.name} and legal may take this consent to other systems.")
