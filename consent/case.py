"""One performer's consent held against one request, and what the policies judge it by. Pure.

Everything a policy looks at is a plain value here: what a birth date, a text or an amount of time means is worked out
in this module, and compared in the policies (`consent/policy/schema.cedarschema`).
"""

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from consent.policy.packs import Choices
from consent.types import Assurance, Part, Request, Standing, Terms
from provenance.types import Json

MAJORITY = 18
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NEVER_LEFT = 10**15  # milliseconds: what an amount that is no number counts as


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A consent held against a request. `name` is how people know the performer, `part` what they play."""

    request: Request
    standing: Standing
    part: Part
    name: str
    now: datetime
    choices: Choices


def context(case: Case) -> dict[str, Json]:
    """What the policies judge by when they are asked to make something."""
    return {
        "now": micros(case.now),
        "consent": _agreed(case),
        "request": asked(case.request, part=case.part.value),
        "limits": {
            "level": level(case).value,
            "level_for_training": case.choices.level_for_training.value,
            "description_words": case.choices.description_words,
            "longest": longest(case) // timedelta(microseconds=1),
        },
    }


def asked(request: Request, *, part: str = "") -> dict[str, Json]:
    """The request as the policies see it, alone or for somebody's part."""
    return {
        "production": str(request.production_id),
        "kind": request.kind.value,
        "part": part,
        "scene": request.scene,
        "territories": list(request.territories),
        "medium": request.medium,
        "output_class": request.output_class.value,
        "languages": list(request.languages),
        "alterations": [one.value for one in request.alterations],
        "contexts": [one.value for one in request.contexts],
        "advertiser": request.advertiser,
        "product_line": request.product_line,
        "script_sha256": request.script_sha256,
        "reuses_model": request.reuses_model,
        "screen_ms": millis(request.screen_seconds),
        "trains": request.trains,
    }


def _agreed(case: Case) -> dict[str, Json]:
    terms, standing = case.standing.terms, case.standing
    return {
        "state": standing.state.value,
        "level": standing.level.value,
        **_scopes(terms),
        "valid_from": micros(terms.valid_from),
        "valid_until": micros(terms.valid_until),
        "window": (terms.valid_until - terms.valid_from) // timedelta(microseconds=1),
        "notice_ends": micros(notice_ends(terms)),
        "max_runs": terms.max_runs,
        "runs_used": standing.runs_used,
        "max_screen_ms": terms.max_screen_seconds * 1000,
        "screen_ms_used": millis(standing.screen_seconds_used),
        "training_allowed": terms.training_allowed,
        "reuse_allowed": terms.reuse_allowed,
        "released": standing.release is not None,
        "signer_capacity": terms.signer_capacity.value,
        "representation": terms.representation.value,
        "replaces_in_person_work": terms.replaces_in_person_work,
        "description_words": len(terms.description.split()),
        "minor": minor(terms, case.now),
        "deceased": terms.performer_deceased,
        "died_since": standing.died and not terms.performer_deceased,
        "survives_death": terms.survives_death,
        "struck": standing.struck,
    }


def _scopes(terms: Terms) -> dict[str, Json]:
    return {
        "production": str(terms.production_id),
        "kinds_of_use": [kind.value for kind in terms.kinds_of_use],
        "parts": [part.value for part in terms.parts],
        "scenes": list(terms.scenes),
        "territories": list(terms.territories),
        "media": list(terms.media),
        "output_classes": [one.value for one in terms.output_classes],
        "languages": list(terms.languages),
        "alterations": [one.value for one in terms.alterations],
        "prohibited_contexts": [one.value for one in terms.prohibited_contexts],
        "advertiser": terms.advertiser,
        "product_line": terms.product_line,
        "script_sha256": terms.script_sha256,
    }


def level(case: Case) -> Assurance:
    """How sure it must be that the performer agreed, for this kind of use."""
    needed = case.choices.levels[case.request.kind]
    return max(needed, case.choices.level_for_minors) if minor(case.standing.terms, case.now) else needed


def longest(case: Case) -> timedelta:
    """How long a licence of this performer may last. One of a minor ends at their majority."""
    terms = case.standing.terms
    majority = of_age_at(terms.performer_born)
    if majority is None or terms.valid_from >= majority:
        return timedelta(days=case.choices.licence_days)
    return min(timedelta(days=case.choices.licence_days_of_minors), majority - terms.valid_from)


def minor(terms: Terms, now: datetime) -> bool:
    """Whether the performer is a minor now. Whoever states no birth date says that they are of age."""
    majority = of_age_at(terms.performer_born)
    return majority is not None and now < majority


def of_age_at(born: str) -> datetime | None:
    """When somebody born on that day comes of age; None for no day. Who was born on 29 February does so on 1 March."""
    if not born:
        return None
    day = date.fromisoformat(born)
    year = day.year + MAJORITY
    leap = (day.month, day.day) == (2, 29)
    return datetime(year, 3, 1, tzinfo=UTC) if leap else datetime(year, day.month, day.day, tzinfo=UTC)


def notice_ends(terms: Terms) -> datetime:
    """When the time of notice is over, before which nothing is made."""
    try:
        return terms.notice_at + timedelta(hours=terms.notice_hours)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def micros(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def millis(seconds: float) -> int:
    """Rounded up, so that many small runs cannot take more than the sum of what they asked for."""
    return math.ceil(round(seconds * 1000, 6)) if math.isfinite(seconds) and seconds >= 0 else _NEVER_LEFT
