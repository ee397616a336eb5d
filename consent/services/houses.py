"""What a house decides by: the rules in force and the strikes that stand, as the ledger knows them.

The rules this module keeps:
1. Rules count that the ledger knows as approved by a second person, or as what the operator deployed first. A row only
   holds their files, and is believed if its digest, worked out again, is the one in the ledger.
2. A house that never changed anything decides by what was deployed first. Files deployed later wait for two people.
3. A strike stands if the ledger or its row says so; only a second person's word in the ledger lifts it.
4. Where nobody can tell, nothing is allowed: the rules are None.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from consent import policy
from consent.errors import PolicyError
from consent.models import ConsentRecord, PolicyVersion, Strike
from consent.types import Representation, Terms
from provenance import ledger
from provenance.types import EntryKind, Said

DEPLOYED = "policy:consent"  # the subject of what the operator deploys, for every house
_KINDS = (EntryKind.POLICY_PROPOSED, EntryKind.POLICY_CHANGED, EntryKind.STRIKE_CALLED, EntryKind.STRIKE_LIFTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stoppage:
    """A strike that stands. `production` is empty for all of the house."""

    strike: str
    union: str
    production: str


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """`rules` are None where nobody can tell which are in force."""

    organisation: UUID
    rules: policy.Rules | None
    strikes: tuple[Stoppage, ...]

    def struck(self, terms: Terms) -> bool:
        """Whether a strike stands of the performer's union; who is in a union without saying which is in all."""
        return strikes_on(self.strikes, union=terms.union, representation=terms.representation, at=terms.production_id)


def subject(organisation: UUID) -> str:
    return f"organisation:{organisation}"


def of_production(production: UUID) -> House | None:
    """The house of a production; None if there is none. Raises LedgerError."""
    productions = ConsentRecord._meta.get_field("production").related_model._default_manager
    organisation = productions.filter(pk=production).values_list("organisation_id", flat=True).first()
    return of(organisation) if organisation else None


def of(organisation: UUID) -> House:
    """Raises LedgerError: a ledger that cannot be read vouches for nothing."""
    said = ledger.about((DEPLOYED, subject(organisation)), kinds=_KINDS)
    return House(organisation=organisation, rules=_rules(digest_in_force(said)), strikes=_strikes(said, organisation))


def digest_in_force(said: Sequence[Said]) -> str | None:
    """The digest of the rules that these entries put in force; None where nothing was ever put down."""
    changed = [entry for entry in said if entry.kind is EntryKind.POLICY_CHANGED and entry.body.get("version")]
    approved = [entry for entry in changed if entry.subject != DEPLOYED and _by_two(entry, said)]
    first = [entry for entry in changed if entry.subject == DEPLOYED]
    for entry in (*approved[-1:], *first[:1]):
        return str(entry.body.get("new"))
    return None


def strikes_on(strikes: Iterable[Stoppage], *, union: str, representation: str, at: UUID) -> bool:
    """Whether any of the strikes is of somebody of that union in that production."""
    here = [one for one in strikes if one.production in ("", str(at))]
    name = union.strip().casefold()
    if not name:
        return bool(here) and representation == Representation.UNION
    return any(one.union.casefold() == name for one in here)


def _by_two(changed: Said, said: Sequence[Said]) -> bool:
    """Whether one person proposed exactly this, and another approved it."""
    proposers = {
        entry.actor
        for entry in said
        if entry.kind is EntryKind.POLICY_PROPOSED
        and entry.subject == changed.subject
        and (entry.body.get("version"), entry.body.get("new")) == (changed.body.get("version"), changed.body.get("new"))
    }
    people = {actor for actor in {*proposers, changed.actor} if actor.startswith("person:")}
    return changed.actor in people and len(people) >= 2


def _rules(digest: str | None) -> policy.Rules | None:
    packaged = policy.load()
    if digest in (None, packaged.sha256):
        return packaged
    row = PolicyVersion.objects.filter(sha256=digest).first()
    try:
        rules = policy.parse(row.files) if row else None
    except (PolicyError, TypeError, AttributeError):
        return None
    return rules if rules and rules.sha256 == digest else None


def _strikes(said: Sequence[Said], organisation: UUID) -> tuple[Stoppage, ...]:
    called = {str(e.body.get("strike")): e for e in said if e.kind is EntryKind.STRIKE_CALLED}
    lifted = {
        str(e.body.get("strike"))
        for e in said
        if e.kind is EntryKind.STRIKE_LIFTED and e.actor != getattr(called.get(str(e.body.get("strike"))), "actor", "")
    }
    found = {
        key: Stoppage(strike=key, union=str(e.body.get("union")), production=str(e.body.get("production") or ""))
        for key, e in called.items()
        if key not in lifted
    }
    for row in Strike.objects.filter(organisation=organisation, lifted_at=None).exclude(pk__in=lifted):
        found[str(row.pk)] = Stoppage(strike=str(row.pk), union=row.union, production=str(row.production_id or ""))
    return tuple(found.values())
