"""What stands behind a refusal's reason: the rule pack and its source, and who can help."""

from dataclasses import dataclass
from urllib.parse import urlencode

from consent import policy
from consent.policy.packs import Pack
from consent.types import ReasonCode
from countersign.accounts.models import Role
from countersign.runs.models import Run

_LEGAL = {
    ReasonCode.UNION_ON_STRIKE,
    ReasonCode.CONSENT_SUSPENDED,
    ReasonCode.CLAUSE_VOID,
    ReasonCode.LICENCE_TOO_LONG,
    ReasonCode.MINOR_WITHOUT_GUARDIAN,
    ReasonCode.CAME_OF_AGE,
    ReasonCode.DECEASED_WITHOUT_ESTATE,
    ReasonCode.ENDED_BY_DEATH,
    ReasonCode.POLICY_UNDECIDED,
    ReasonCode.POLICY_UNKNOWN,
    ReasonCode.LEDGER_DISAGREES,
    ReasonCode.TERMS_DIFFER,
    ReasonCode.FACE_NEEDS_REVIEW,
}
_IDENTITY = {
    ReasonCode.FACE_NOT_RECOGNISED,
    ReasonCode.FACE_TOO_SMALL,
    ReasonCode.PERFORMER_NOT_IN_FOOTAGE,
    ReasonCode.NO_FACE,
    ReasonCode.FOOTAGE_NOT_READY,
    ReasonCode.FOOTAGE_DESTROYED,
}
# What a new or amended consent can answer, and the field of the offer that says it.
_ASKED_FOR = {
    ReasonCode.NO_CONSENT,
    ReasonCode.CONSENT_EXPIRED,
    ReasonCode.USE_NOT_ALLOWED,
    ReasonCode.PART_NOT_ALLOWED,
    ReasonCode.SCENE_NOT_ALLOWED,
    ReasonCode.TERRITORY_NOT_ALLOWED,
    ReasonCode.MEDIUM_NOT_ALLOWED,
    ReasonCode.OUTPUT_CLASS_NOT_ALLOWED,
    ReasonCode.LANGUAGE_NOT_ALLOWED,
    ReasonCode.ADVERTISER_NOT_ALLOWED,
    ReasonCode.PRODUCT_LINE_NOT_ALLOWED,
    ReasonCode.SCRIPT_DIFFERS,
    ReasonCode.ALTERATION_NOT_ALLOWED,
    ReasonCode.REUSE_NOT_ALLOWED,
    ReasonCode.TRAINING_NOT_ALLOWED,
    ReasonCode.RUNS_SPENT,
    ReasonCode.SCREEN_TIME_SPENT,
    ReasonCode.LIVE_NOT_NAMED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Helper:
    """Who can help: their role in the production, and their names."""

    role: str
    names: str


def pack(code: str) -> Pack | None:
    """The rule pack that a reason stands on; None for what is no rule, such as a face that nobody knows."""
    return policy.load().stands_on.get(ReasonCode(code)) if code in set(ReasonCode) else None


def helper(code: str, run: Run) -> Helper | None:
    """Whom to ask about a reason; None where nobody can help, because no consent and no rule could."""
    if code not in set(ReasonCode) or ReasonCode(code) in policy.PROHIBITED | {ReasonCode.MINOR_NUDITY}:
        return None
    role = _role(ReasonCode(code))
    members = run.production.memberships.filter(role=role, person__is_active=True).select_related("person")
    names = sorted(one.person.name for one in members)
    return Helper(role=role.label, names=", ".join(names))


def _role(code: ReasonCode) -> Role:
    if code in _LEGAL:
        return Role.LEGAL
    return Role.ARTIST if code in _IDENTITY else Role.PRODUCER


def offer(reason: dict[str, str], run: Run) -> str:
    """The query that fills in an offer with what was asked; empty where no offer can help."""
    if reason.get("code") not in _ASKED_FOR:
        return ""
    performers = (run.likeness, run.plate_performer)
    who = next((one for one in performers if str(reason.get("sentence", "")).startswith(one.name)), None)
    asked = {
        "performer": str(who.pk) if who else "",
        "scenes": run.scene,
        "languages": ", ".join(run.languages),
        "advertiser": run.advertiser,
        "product_line": run.product_line,
        "script_sha256": run.script_sha256,
    }
    return urlencode({name: value for name, value in asked.items() if value})
