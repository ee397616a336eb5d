"""What the law, an agreement or a strike stands against in words, and what no consent can permit. Pure."""

from collections.abc import Callable, Mapping

from consent import case as cases
from consent.case import Case
from consent.saying import Words, day, listed
from consent.types import Capacity, ReasonCode, Request

NEVER = "Nothing lifts this: no consent, no approval, no setting. Do not make the shot."


def _void(case: Case) -> Words:
    words, least = len(case.standing.terms.description.split()), case.choices.description_words
    return (
        f"{case.name}'s consent is void by law: it replaces work in person, says too little of what is made, and "
        "nobody stood beside the performer.",
        f"a description of {words} words, agreed to without counsel or union",
        f"a description of at least {least} words, or counsel, or a union, or no work in person replaced",
        "Offer a new consent that says exactly what is made, and have counsel or the union look at it.",
    )


def _too_long(case: Case) -> Words:
    terms = case.standing.terms
    longest = cases.longest(case)
    return (
        f"{case.name}'s consent lasts longer than a licence of a likeness may.",
        f"{(terms.valid_until - terms.valid_from).days} days",
        f"at most {longest.days} days",
        "Offer a consent for a shorter time.",
    )


def _no_guardian(case: Case) -> Words:
    majority = cases.of_age_at(case.standing.terms.performer_born)
    return (
        f"{case.name} is a minor, and no guardian signed.",
        f"signed as {case.standing.terms.signer_capacity.value}",
        f"signed by a guardian, until {day(majority)}" if majority else "signed by a guardian",
        "Have the guardian sign a consent for the minor.",
    )


def _of_age(case: Case) -> Words:
    majority = cases.of_age_at(case.standing.terms.performer_born)
    since = f"came of age on {day(majority)}" if majority else "has stated no birth date"
    return (
        f"A guardian signed for {case.name}, who {since}.",
        "to go on under the guardian's signature",
        "a consent that the performer signed"
        if majority
        else "a guardian's signature for somebody known to be a minor",
        "Ask the performer for a consent of their own.",
    )


def _no_estate(case: Case) -> Words:
    return (
        f"{case.name} has died, and neither their estate nor their union signed.",
        f"signed as {case.standing.terms.signer_capacity.value}",
        f"signed as {Capacity.ESTATE.value} or {Capacity.UNION.value}",
        "Ask the estate for a consent, with proof of who speaks for it.",
    )


def _ended(case: Case) -> Words:
    return (
        f"{case.name} has died, and their consent does not say that it outlives them.",
        "to go on under a consent given in life",
        "only where the consent survives death",
        "Ask the estate for a consent.",
    )


def _strike(case: Case) -> Words:
    union = case.standing.terms.union or "the performer's union"
    return (
        f"{union} is on strike, so nothing is made of {case.name}.",
        "to make something during the strike",
        "nothing until the strike is over",
        "Wait. Legal of the house knows of the strike, and a second person there lifts the switch when it has ended.",
    )


def _minor_nudity(case: Case) -> Words:
    shown = [one.value for one in (*case.request.contexts, *case.request.alterations)]
    return (
        f"Nothing nude or sexual is made of a minor, nor of anybody made younger or older: {case.name}.",
        listed(shown),
        "never",
        NEVER,
    )


def _sexual(request: Request) -> Words:
    return ("Nothing sexual is made here, whoever consented.", "sexual", "never", NEVER)


def _deception(request: Request) -> Words:
    return (
        "Nobody is made to say or do what misleads about politics, whoever consented.",
        "political deception",
        "never",
        NEVER,
    )


def _fraud(request: Request) -> Words:
    return ("Nobody is imitated to deceive or defraud, whoever consented.", "fraud", "never", NEVER)


def _undecided(request: Request) -> Words:
    return (
        "The rules could not be applied to what is asked, so nothing is allowed.",
        request.kind.value,
        "none was reached",
        "Tell the operator: the policies and the request do not fit together.",
    )


WORDS: Mapping[ReasonCode, Callable[[Case], Words]] = {
    ReasonCode.CLAUSE_VOID: _void,
    ReasonCode.LICENCE_TOO_LONG: _too_long,
    ReasonCode.MINOR_WITHOUT_GUARDIAN: _no_guardian,
    ReasonCode.CAME_OF_AGE: _of_age,
    ReasonCode.DECEASED_WITHOUT_ESTATE: _no_estate,
    ReasonCode.ENDED_BY_DEATH: _ended,
    ReasonCode.UNION_ON_STRIKE: _strike,
    ReasonCode.MINOR_NUDITY: _minor_nudity,
}
PROHIBITED: Mapping[ReasonCode, Callable[[Request], Words]] = {
    ReasonCode.SEXUAL_CONTENT: _sexual,
    ReasonCode.POLITICAL_DECEPTION: _deception,
    ReasonCode.FRAUD: _fraud,
    ReasonCode.POLICY_UNDECIDED: _undecided,
}
