"""What the law of a consent's territories and the agreements of its union demand of it, as data (`packs/*.toml`). Pure.

The rules this package keeps:
1. No territory and no union is named in code: a pack names where it applies, what it demands, why, and what to write.
2. "worldwide" means every territory, so every pack.
3. Territories are countries (ISO 3166-1). The law of a state applies to its whole country, which is stricter.
4. Packs make it possible to comply; whether it complies, counsel decides. Their digest stands in what was offered.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from consent import record
from consent.errors import LawError
from consent.law import checks, packs
from consent.law.checks import Facts
from consent.law.packs import Demand as Demand, Pack as Pack
from consent.types import Reason, ReasonCode, Terms

OF_AGE = 18


@dataclass(frozen=True, slots=True)
class Law:
    """The packs that count in this house. `sha256` is their digest."""

    packs: tuple[Pack, ...]
    sha256: str

    def asked(self, facts: Facts) -> tuple[Demand, ...]:
        """Every demand that applies; `facts` may be incomplete, as a form is while it is filled in."""
        every = (demand for pack in self.packs for demand in pack.demands)
        return tuple(demand for demand in every if checks.applies(demand.when, facts))

    def unmet(self, facts: Facts) -> tuple[Demand, ...]:
        """Those of them that are not fulfilled."""
        return tuple(one for one in self.asked(facts) if not checks.holds(one.test, one.value, facts.get(one.field)))

    def demands(self, terms: Terms) -> tuple[Demand, ...]:
        return self.asked(facts(terms))

    def missing(self, terms: Terms) -> tuple[Reason, ...]:
        """What these terms lack, each with the law, why, and what to write."""
        known = facts(terms)
        return tuple(reason(demand, known) for demand in self.unmet(known))


@cache
def load(also: frozenset[str] = frozenset()) -> Law:
    """The law, with the optional packs named in `also`. Raises LawError for one that is not there or unreadable."""
    strange = also - {pack.id for pack in packs.every() if pack.optional}
    if strange:
        raise LawError(f"No optional pack is called {', '.join(sorted(strange))}.")
    chosen = tuple(pack for pack in packs.every() if not pack.optional or pack.id in also)
    return Law(chosen, packs.digest(chosen))


def demands(terms: Terms) -> tuple[Demand, ...]:
    """What the law demands of `terms`, fulfilled or not."""
    return load().demands(terms)


def missing(terms: Terms) -> tuple[Reason, ...]:
    """What `terms` lack of it."""
    return load().missing(terms)


def facts(terms: Terms) -> Facts:
    """What conditions and tests look at: the terms as JSON, whether the performer is a minor, and for how many days."""
    return derived(record.to_json(terms))


def derived(said: Facts) -> Facts:
    """`said` with what follows from it, as far as it is said."""
    start, end = (_day(said.get(name)) for name in ("valid_from", "valid_until"))
    born = _day(said.get("performer_born"))
    days = {"days": (end - start).days} if start and end else {}
    return {**said, "minor": bool(born and start and _age(born, start) < OF_AGE), **days}


def _day(said: object) -> date | None:
    try:
        return datetime.fromisoformat(str(said)).date() if said else None
    except ValueError:
        return None


def _age(born: date, on: date) -> int:
    """Full years of life. Who is born on 29 February comes of age on 1 March."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def reason(demand: Demand, known: Facts) -> Reason:
    """An unmet demand in words."""
    return Reason(
        code=ReasonCode.LAW_DEMANDS,
        sentence=f"{demand.why} ({demand.law})",
        asked=_shown(known.get(demand.field)),
        allowed=checks.allowed(demand.test, demand.value),
        remedy=demand.remedy,
    )


def _shown(said: object) -> str:
    if isinstance(said, bool):
        return "yes" if said else "no"
    if isinstance(said, list | tuple):
        return ", ".join(map(str, said)) or "nothing"
    return str(said if said is not None else "")[:200] or "nothing"


def by_field(unmet: Iterable[Demand]) -> Mapping[str, list[str]]:
    """Sentences for a form: by field, what is missing and what to write."""
    said: dict[str, list[str]] = {}
    for one in unmet:
        said.setdefault(one.field, []).append(f"{one.why} {one.remedy} ({one.law})")
    return said
