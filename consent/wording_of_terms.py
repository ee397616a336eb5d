"""Failing terms of the consent itself in words: its life, its scope, its signature. Pure."""

from collections.abc import Callable, Mapping

from consent import case as cases
from consent.case import Case
from consent.countries import spoken
from consent.saying import Words, day, level, listed
from consent.types import KindOfUse, ReasonCode

ASK_FOR_IT = "Ask for it: offer the performer an amendment that names it."


def _suspended(case: Case) -> Words:
    return (
        f"{case.name}'s consent is suspended.",
        "a consent that stands",
        "nothing while it is suspended",
        "Ask legal why, and wait until it is lifted.",
    )


def _amended(case: Case) -> Words:
    return (
        f"A newer version took the place of {case.name}'s consent.",
        "to use the older version",
        "only what the newer version permits",
        "Look at the newer version; if it does not cover this, offer an amendment.",
    )


def _notice(case: Case) -> Words:
    terms = case.standing.terms
    return (
        f"{case.name} was promised {terms.notice_hours} hours of notice, and they are not over.",
        day(case.now),
        f"from {day(cases.notice_ends(terms))}",
        "Wait until then.",
    )


def _output_class(case: Case) -> Words:
    return (
        f"{case.name} did not consent to be shown in this: {case.request.output_class.value}.",
        case.request.output_class.value,
        listed(one.value for one in case.standing.terms.output_classes),
        ASK_FOR_IT,
    )


def _language(case: Case) -> Words:
    allowed = case.standing.terms.languages
    outside = [one for one in case.request.languages if one not in allowed]
    what = listed((spoken([one]) for one in outside), none="dialogue in a language that is not named")
    return (
        f"{case.name}'s consent does not cover {what}.",
        listed(spoken([one]) for one in case.request.languages),
        listed(spoken([one]) for one in allowed),
        "Say which languages are spoken, and leave out those that are not covered; or offer an amendment.",
    )


def _advertiser(case: Case) -> Words:
    allowed = case.standing.terms.advertiser
    return (
        f"{case.name} did not consent to advertise for {case.request.advertiser or 'somebody who is not named'}.",
        case.request.advertiser or "an advertisement without an advertiser",
        allowed or "no advertiser",
        ASK_FOR_IT if case.request.advertiser else "Name the advertiser.",
    )


def _product_line(case: Case) -> Words:
    return (
        f"{case.name} did not consent to advertise this product line: {case.request.product_line or 'none named'}.",
        case.request.product_line or "no product line",
        case.standing.terms.product_line or "no product line",
        ASK_FOR_IT,
    )


def _no_script(case: Case) -> Words:
    return (
        f"New words are put into {case.name}'s mouth, and no script is named that they are from.",
        "new words without a script",
        "only words from the script that the performer agreed to",
        "Give the digest of the script (its SHA-256).",
    )


def _other_script(case: Case) -> Words:
    return (
        f"The script is not the one that {case.name} agreed to.",
        case.request.script_sha256,
        case.standing.terms.script_sha256 or "no script",
        "Use the script that the consent names, or offer an amendment with the new one.",
    )


def _alteration(case: Case) -> Words:
    allowed = case.standing.terms.alterations
    outside = [one.value for one in case.request.alterations if one not in allowed]
    return (
        f"{case.name} did not consent to have this altered: {listed(outside)}.",
        listed(one.value for one in case.request.alterations),
        listed(one.value for one in allowed),
        "Leave it as it is, or offer an amendment that names the alteration.",
    )


def _context(case: Case) -> Words:
    prohibited = case.standing.terms.prohibited_contexts
    inside = [one.value for one in case.request.contexts if one in prohibited]
    return (
        f"{case.name} does not want to be shown in this: {listed(inside)}.",
        listed(one.value for one in case.request.contexts),
        f"anything but {listed(one.value for one in prohibited)}",
        "Change the shot, or speak with the performer.",
    )


def _reuse(case: Case) -> Words:
    return (
        f"{case.name} did not allow a model of their likeness to be used for another run.",
        "a model that was trained for an earlier run",
        "a model trained for this run alone",
        "Train a new model, or offer an amendment that allows the reuse.",
    )


def _level(case: Case) -> Words:
    needed = cases.level(case)
    whom = " of a minor" if cases.minor(case.standing.terms, case.now) else ""
    return (
        f"It is not sure enough that {case.name} agreed: a {case.request.kind.value}{whom} needs level {needed:d}.",
        level(case.standing.level),
        f"at least {level(needed)}",
        "Ask the performer to confirm with their passkey, or to sign with their own certificate.",
    )


def _level_for_training(case: Case) -> Words:
    return (
        f"It is not sure enough that {case.name} agreed: training a model of them needs level "
        f"{case.choices.level_for_training:d}.",
        level(case.standing.level),
        f"at least {level(case.choices.level_for_training)}",
        "Ask the performer to sign with their passkey or their own certificate.",
    )


def _live(case: Case) -> Words:
    return (
        f"{case.name} did not consent by name to a stand-in in real time.",
        KindOfUse.LIVE.value,
        listed(kind.value for kind in case.standing.terms.kinds_of_use),
        ASK_FOR_IT,
    )


WORDS: Mapping[ReasonCode, Callable[[Case], Words]] = {
    ReasonCode.CONSENT_SUSPENDED: _suspended,
    ReasonCode.CONSENT_AMENDED: _amended,
    ReasonCode.NOTICE_TOO_SHORT: _notice,
    ReasonCode.OUTPUT_CLASS_NOT_ALLOWED: _output_class,
    ReasonCode.LANGUAGE_NOT_ALLOWED: _language,
    ReasonCode.ADVERTISER_NOT_ALLOWED: _advertiser,
    ReasonCode.PRODUCT_LINE_NOT_ALLOWED: _product_line,
    ReasonCode.SCRIPT_MISSING: _no_script,
    ReasonCode.SCRIPT_DIFFERS: _other_script,
    ReasonCode.ALTERATION_NOT_ALLOWED: _alteration,
    ReasonCode.CONTEXT_PROHIBITED: _context,
    ReasonCode.REUSE_NOT_ALLOWED: _reuse,
    ReasonCode.LEVEL_TOO_LOW: _level,
    ReasonCode.LEVEL_TOO_LOW_FOR_TRAINING: _level_for_training,
    ReasonCode.LIVE_NOT_NAMED: _live,
}
