"""Which of a performer's consents permits their part, or comes nearest to it. Pure.

The rules this module keeps:
1. The answer is that of judging every candidate; only work that cannot change it is left out. Who was judged by the
   same context is not judged again, and terms are not digested that could not come nearer any more.
2. A consent permits nothing unless every policy, the digest of its terms and the ledger say so.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from consent import case as cases, policy, record
from consent.case import Case
from consent.life import ENDED
from consent.types import ConsentState, Matter, Part, ReasonCode, Request, Standing

# Said already, and better: what the first says, the second says with it.
_BETTER = {
    ReasonCode.CONSENT_WITHDRAWN: ReasonCode.CONSENT_NOT_ACTIVE,
    ReasonCode.CONSENT_SUSPENDED: ReasonCode.CONSENT_NOT_ACTIVE,
    ReasonCode.CONSENT_AMENDED: ReasonCode.CONSENT_NOT_ACTIVE,
    ReasonCode.CONSENT_EXPIRED: ReasonCode.CONSENT_NOT_ACTIVE,
    ReasonCode.LIVE_NOT_NAMED: ReasonCode.USE_NOT_ALLOWED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A consent held against the request, and every code that speaks against it; none for a yes."""

    standing: Standing
    codes: tuple[ReasonCode, ...]

    @property
    def distance(self) -> tuple[bool, int]:
        return (self.standing.state in ENDED, len(self.codes))


def longest_first(consents: Iterable[Standing]) -> list[Standing]:
    """Those that can permit a use, in one order however they come. A biometric release alone permits none."""
    found = [standing for standing in consents if standing.terms.matter is Matter.REPLICA]
    if len({_rank(standing) for standing in found}) == len(found):
        return sorted(found, key=_rank)
    return sorted(found, key=lambda standing: (_rank(standing), repr(standing)))


def _rank(standing: Standing) -> tuple[int, str, str]:
    terms = standing.terms
    return (-cases.micros(terms.valid_until), str(terms.consent_id), standing.terms_sha256)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Holds the consents of one performer against one request, for the part they play in it."""

    request: Request
    part: Part
    now: datetime
    rules: policy.Rules
    _known: dict[str, tuple[ReasonCode, ...]] = field(default_factory=dict)

    def nearest(self, candidates: Sequence[Standing]) -> Held | None:
        """The first that permits the part; else the first of those that fail least; None where there is none."""
        best: Held | None = None
        for standing in candidates:
            held = Held(standing=standing, codes=self._failing(standing))
            if best is not None and best.distance <= held.distance:
                continue  # what its terms and the ledger add can only take it further
            held = Held(standing=standing, codes=(*held.codes, *_doubts(standing)))
            if not held.codes:
                return held
            if best is None or held.distance < best.distance:
                best = held
        return best

    def case(self, standing: Standing, *, name: str = "") -> Case:
        return Case(
            request=self.request, standing=standing, part=self.part, name=name, now=self.now, choices=self.rules.choices
        )

    def _failing(self, standing: Standing) -> tuple[ReasonCode, ...]:
        context = cases.context(self.case(standing))
        key = json.dumps(context)
        if key not in self._known:
            run, consent = str(self.request.run_id), str(standing.terms.consent_id)
            failing = self.rules.failing(context, run=run, consent=consent)
            said = {_BETTER[code] for code in failing if code in _BETTER}
            self._known[key] = tuple(code for code in failing if code not in said)
        return self._known[key]


def _doubts(standing: Standing) -> Iterable[ReasonCode]:
    """What the policies do not see: terms that are not those signed, and a state that the ledger knows nothing of."""
    if record.digest(standing.terms) != standing.terms_sha256:
        yield ReasonCode.TERMS_DIFFER
    if standing.state is ConsentState.ACTIVE and not standing.attested:
        yield ReasonCode.LEDGER_DISAGREES
