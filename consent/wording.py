"""Every refusal of the gate in words: what fails, what was asked, what is allowed, and what to do about it. Pure.

The sentences are for the people of the production, so they hold names; the ledger gets codes.
"""

from collections.abc import Callable, Iterable, Mapping

from consent import wording_of_law, wording_of_terms
from consent.case import Case
from consent.record import EVERY_SCENE, WORLDWIDE
from consent.saying import Words, day
from consent.types import Part, Participant, Reason, ReasonCode, Request

PARTS = {Part.LIKENESS: "whose likeness is used", Part.PLATE: "who stands in the plate"}


def term(code: ReasonCode, case: Case) -> Reason:
    """The reason for a failing term of the policies."""
    sentence, asked, allowed, remedy = _WORDS[code](case)
    return Reason(code=code, sentence=sentence, asked=asked, allowed=allowed, remedy=remedy)


def prohibited(code: ReasonCode, request: Request) -> Reason:
    """The reason for a use that no consent permits, or for one that could not be judged."""
    sentence, asked, allowed, remedy = wording_of_law.PROHIBITED[code](request)
    return Reason(code=code, sentence=sentence, asked=asked, allowed=allowed, remedy=remedy)


def unknown() -> Reason:
    """The reason against everything where nobody can tell which rules are in force."""
    return Reason(
        code=ReasonCode.POLICY_UNKNOWN,
        sentence="Nobody can tell which rules are in force, so nothing is allowed.",
        asked="a decision by the rules that two people approved",
        allowed="none was reached",
        remedy="Tell the operator and legal: the rules kept here are not those that the ledger knows.",
    )


def no_consent(participant: Participant) -> Reason:
    name = participant.performer_name
    return Reason(
        code=ReasonCode.NO_CONSENT,
        sentence=f"{name}, {PARTS[participant.part]}, has given no consent for this production.",
        asked=f"to use {name} as {participant.part.value}",
        allowed="nothing without a signed consent",
        remedy=f"Offer {name} a consent, have it signed, upload it and have a second person approve it.",
    )


def parts_incomplete(request: Request, *, needed: Iterable[Part]) -> Reason:
    came = ", ".join(p.part.value for p in request.participants) or "nobody"
    wanted = ", ".join(sorted(part.value for part in needed))
    return Reason(
        code=ReasonCode.PARTS_INCOMPLETE,
        sentence=f"A {request.kind.value} needs exactly one performer for each of: {wanted}.",
        asked=came,
        allowed=wanted,
        remedy="Name each performer once, with the clip they are in.",
    )


def no_length(request: Request) -> Reason:
    return Reason(
        code=ReasonCode.REQUEST_UNCLEAR,
        sentence="The request does not say how much screen time it would take.",
        asked=f"{request.screen_seconds} s",
        allowed="more than nothing, and no more than a day",
        remedy="Start the run again from clips that have been examined.",
    )


def places(territories: Iterable[str]) -> str:
    return ", ".join(territories) or "nowhere"


def scenes(names: Iterable[str]) -> str:
    return ", ".join("every scene" if name == EVERY_SCENE else name for name in names)


def seconds(amount: float) -> str:
    return f"{amount:.1f} s"


def _not_active(case: Case) -> Words:
    return (
        f"{case.name}'s consent is not active yet.",
        "an active consent",
        f"it is {case.standing.state.value}",
        "Have it signed by the performer, uploaded, and approved by a second person.",
    )


def _withdrawn(case: Case) -> Words:
    return (
        f"{case.name} has withdrawn their consent.",
        "a consent that stands",
        "nothing after a withdrawal",
        "Nothing may be made under it any more. Only a new consent, freely given, can allow this.",
    )


def _not_yet(case: Case) -> Words:
    terms = case.standing.terms
    return (
        f"{case.name}'s consent begins only on {day(terms.valid_from)}.",
        day(case.now),
        f"from {day(terms.valid_from)} until {day(terms.valid_until)}",
        "Wait until then.",
    )


def _expired(case: Case) -> Words:
    terms = case.standing.terms
    return (
        f"{case.name}'s consent ended on {day(terms.valid_until)}.",
        day(case.now),
        f"from {day(terms.valid_from)} until {day(terms.valid_until)}",
        "Offer the performer a new consent.",
    )


def _other_production(case: Case) -> Words:
    return (
        f"{case.name}'s consent was given for another production.",
        str(case.request.production_id),
        str(case.standing.terms.production_id),
        "Offer the performer a consent for this production.",
    )


def _use(case: Case) -> Words:
    allowed = ", ".join(kind.value for kind in case.standing.terms.kinds_of_use)
    return (
        f"{case.name} did not consent to this kind of use: {case.request.kind.value}.",
        case.request.kind.value,
        allowed,
        "Stay within the uses consented to, or offer a new consent that names this one.",
    )


def _part(case: Case) -> Words:
    return (
        f"{case.name} did not consent to be the one {PARTS[case.part]}.",
        case.part.value,
        ", ".join(part.value for part in case.standing.terms.parts),
        "Give the performer a part they consented to, or offer a new consent.",
    )


def _scene(case: Case) -> Words:
    return (
        f"{case.name}'s consent does not cover the scene “{case.request.scene}”.",
        case.request.scene or "no scene",
        scenes(case.standing.terms.scenes),
        "Choose a scene that the consent names, or offer a new consent.",
    )


def _territory(case: Case) -> Words:
    allowed = case.standing.terms.territories
    outside = [place for place in case.request.territories if place not in allowed]
    what = places(outside) if WORLDWIDE not in allowed and outside else "a use that names no territory"
    return (
        f"{case.name}'s consent does not cover {what}.",
        places(case.request.territories),
        places(allowed),
        "Leave out the territories that are not covered, or offer a new consent.",
    )


def _medium(case: Case) -> Words:
    return (
        f"{case.name} did not consent to the medium “{case.request.medium}”.",
        case.request.medium or "no medium",
        ", ".join(case.standing.terms.media),
        "Choose a medium that the consent names, or offer a new consent.",
    )


def _training(case: Case) -> Words:
    return (
        f"{case.name} did not allow a model to be trained on their face.",
        "to train a model",
        "no training",
        "Offer a consent that allows training, if the performer wants to give it.",
    )


def _biometric(case: Case) -> Words:
    return (
        f"{case.name} has not released their biometric features, so their face may not be measured.",
        "to recognise the face in the clips",
        "no biometric processing",
        "Offer them the biometric release, which is a consent of its own, and have it signed and approved.",
    )


def _runs(case: Case) -> Words:
    used, limit = case.standing.runs_used, case.standing.terms.max_runs
    return (
        f"Every run that {case.name} consented to has been used.",
        f"run {used + 1}",
        f"{limit} in all, {used} used",
        "Offer the performer a new consent with more runs.",
    )


def _screen_time(case: Case) -> Words:
    limit, used = case.standing.terms.max_screen_seconds, case.standing.screen_seconds_used
    left = max(0.0, limit - used)
    return (
        f"{case.name}'s consent leaves {seconds(left)} of screen time, and this run would take "
        f"{seconds(case.request.screen_seconds)}.",
        seconds(case.request.screen_seconds),
        f"{seconds(left)} of {limit} s",
        "Use a shorter clip, or offer the performer a new consent with more screen time.",
    )


def _undecided(case: Case) -> Words:
    return (
        f"The rules could not be applied to {case.name}'s consent, so nothing is allowed.",
        "a decision",
        "none was reached",
        "Tell the operator: the policies and the request do not fit together.",
    )


def _changed(case: Case) -> Words:
    return (
        f"The terms kept of {case.name}'s consent are not those that were signed.",
        "the terms as signed",
        "nothing under terms that were changed",
        "Tell the operator: the record was altered. The signed document holds the true terms.",
    )


def _unattested(case: Case) -> Words:
    return (
        f"The ledger does not know {case.name}'s consent as one that was approved and stands.",
        "a consent that the record and the ledger both know",
        "nothing where the two disagree",
        "Tell the operator: the record was altered. Only a consent that went through signing and approval counts.",
    )


_WORDS: Mapping[ReasonCode, Callable[[Case], Words]] = {
    ReasonCode.CONSENT_NOT_ACTIVE: _not_active,
    ReasonCode.CONSENT_WITHDRAWN: _withdrawn,
    ReasonCode.CONSENT_NOT_YET_VALID: _not_yet,
    ReasonCode.CONSENT_EXPIRED: _expired,
    ReasonCode.OTHER_PRODUCTION: _other_production,
    ReasonCode.USE_NOT_ALLOWED: _use,
    ReasonCode.PART_NOT_ALLOWED: _part,
    ReasonCode.SCENE_NOT_ALLOWED: _scene,
    ReasonCode.TERRITORY_NOT_ALLOWED: _territory,
    ReasonCode.MEDIUM_NOT_ALLOWED: _medium,
    ReasonCode.TRAINING_NOT_ALLOWED: _training,
    ReasonCode.NO_BIOMETRIC_RELEASE: _biometric,
    ReasonCode.RUNS_SPENT: _runs,
    ReasonCode.SCREEN_TIME_SPENT: _screen_time,
    ReasonCode.POLICY_UNDECIDED: _undecided,
    ReasonCode.TERMS_DIFFER: _changed,
    ReasonCode.LEDGER_DISAGREES: _unattested,
    **wording_of_terms.WORDS,
    **wording_of_law.WORDS,
}
