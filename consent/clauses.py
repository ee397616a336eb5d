"""Every term of a consent in plain words, clause by clause, for the document, for pages and for summaries. Pure.

The rules this module keeps:
1. Nothing is left out: a term that says nothing is said to say nothing, for that is agreed as well.
2. The words are those of everyday, whoever speaks (`consent.voice`).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from consent import countries, record
from consent.saying import day
from consent.types import (
    Alteration,
    Capacity,
    Context,
    KindOfUse,
    Matter,
    OutputClass,
    Part,
    ReplicaType,
    Representation,
    Terms,
)
from consent.voice import Voice

USES = {
    KindOfUse.SWAP: "face swap: {my} face takes the place of another performer's, or theirs of {my} own",
    KindOfUse.EXPRESSION_EDIT: "expression edit: what {my} face does is changed",
    KindOfUse.AGE_EDIT: "age edit: {i} {am} made to look younger or older",
    KindOfUse.DIGITAL_DOUBLE: "digital double: a likeness of {me} performs",
    KindOfUse.RESTORATION: "restoration: earlier pictures of {me} are repaired",
    KindOfUse.LIVE: "live stand-in: {my} likeness is used as the camera runs",
    KindOfUse.DIALOGUE_REPLACEMENT: "dialogue replacement: {my} mouth is fitted to other words",
}
PARTS = {
    Part.LIKENESS: "as the one whose face is used on another performer",
    Part.PLATE: "as the one on camera whose face is replaced",
}
CAPACITIES = {
    Capacity.SELF: "{name}, in person",
    Capacity.GUARDIAN: "{name}, as the guardian",
    Capacity.ESTATE: "{name}, for the estate",
    Capacity.UNION: "{name}, for the union",
}
BESIDE = {
    Representation.NONE: "nobody: neither counsel nor a union",
    Representation.COUNSEL: "counsel of {my} own",
    Representation.UNION: "{my} union",
}
REPLICAS = {
    ReplicaType.EMPLOYMENT_BASED: "made while {i} work on the production",
    ReplicaType.INDEPENDENTLY_CREATED: "made from other material of {me}, without new work of {my} own",
    ReplicaType.BACKGROUND: "of {me} as a background actor",
    ReplicaType.ALTERATION: "an alteration of what was recorded of {me}",
}
OUTPUTS = {
    OutputClass.FEATURE: "a feature film",
    OutputClass.SERIES: "a series",
    OutputClass.SHORT: "a short film",
    OutputClass.TRAILER: "trailers",
    OutputClass.ADVERTISEMENT: "advertisements",
    OutputClass.GAME: "a game",
}
ALTERATIONS = {
    Alteration.COMPLEXION: "the colour of {my} skin",
    Alteration.BODY: "{my} body",
    Alteration.AGE: "{my} age",
    Alteration.NUDITY: "nudity",
    Alteration.SPEECH: "what {i} say",
}
CONTEXTS = {Context.POLITICAL_DECEPTION: "political deception", Context.SEXUAL: "anything sexual"}
Told: TypeAlias = Iterator[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A question and its answer, as `Voice.say` wrote it."""

    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Clauses about one matter."""

    title: str
    clauses: tuple[Clause, ...]


def groups(terms: Terms, *, voice: Voice) -> tuple[Group, ...]:
    """Every term but what stands apart: the title, the names of production and performer, and the description."""
    release = terms.matter is Matter.BIOMETRIC_RELEASE
    wanted = (_MEASURED, _PEOPLE) if release else (_ALLOWED, _LIMITED, _KEPT, _TOLD, _MADE, _PEOPLE)
    return tuple(_group(title, tell, terms, voice) for title, tell in wanted)


def _group(title: str, tell: Callable[[Terms, Voice], Told], terms: Terms, voice: Voice) -> Group:
    told = tuple(Clause(title=voice.say(name), text=_capital(text)) for name, text in tell(terms, voice))
    return Group(title=voice.say(title), clauses=told)


def _allowed(terms: Terms, voice: Voice) -> Told:
    yield "Kinds of use", "; ".join(voice.say(USES[kind]) for kind in terms.kinds_of_use) + "."
    yield "{my} part", "; ".join(PARTS[part] for part in terms.parts)
    yield "Scenes", "every scene" if terms.scenes == (record.EVERY_SCENE,) else ", ".join(terms.scenes)
    yield "Part of", ", ".join(OUTPUTS[one] for one in terms.output_classes)
    yield "Advertises", _advertised(terms)
    yield "Where shown", _places(terms)
    yield "Media", ", ".join(terms.media)
    yield "Languages", countries.spoken(terms.languages) or "that of the scene"
    yield "From", day(terms.valid_from)
    yield "Until", day(terms.valid_until)
    yield "Runs", f"at most {runs(terms)}{counting(terms)}"
    yield "Screen time", f"at most {time(terms.max_screen_seconds)}, all runs together{counting(terms)}"


def _limited(terms: Terms, voice: Voice) -> Told:
    kept = [one for one in Alteration if one not in terms.alterations]
    yield "May be altered", _joined(voice, [ALTERATIONS[one] for one in terms.alterations]) or "nothing beyond that"
    yield "May not be altered", _joined(voice, [ALTERATIONS[one] for one in kept]) or "nothing else is named"
    shown = [CONTEXTS.get(one, one.value) for one in terms.prohibited_contexts]
    yield "Never shown with", ", ".join(shown) or "nothing is named"
    approved = "{i} see each shot first, and approve or decline it"
    yield "Each shot", voice.say(approved if terms.approval_per_shot else "{i} {do} not approve each shot")


def _kept(terms: Terms, voice: Voice) -> Told:
    yield "Training a model", "allowed" if terms.training_allowed else "not allowed"
    yield "Using the model again", "allowed, in this production" if terms.reuse_allowed else "not allowed"
    yield "Kept after the end", days(terms.retention_days)


def _told(terms: Terms, voice: Voice) -> Told:
    yield "Told on", day(terms.notice_at)
    yield "Before each use", _notice(terms, voice)
    yield "Viewers are told", terms.disclosure or "as the law asks"
    yield "Credit", terms.credit or "none agreed"
    yield "Pay", f"as agreed in {terms.compensation_reference}" if terms.compensation_reference else "not in this paper"


def _made(terms: Terms, voice: Voice) -> Told:
    yield "The replica is", voice.say(REPLICAS[terms.replica_type])
    replaced = "yes: {i} would otherwise be engaged for it"
    yield "Replaces work in person", voice.say(replaced if terms.replaces_in_person_work else "no")
    yield "Why it is needed", terms.business_reason or "not said"
    yield "Script", _script(terms)


def _measured(terms: Terms, voice: Voice) -> Told:
    yield "What is measured", voice.say("the features of {my} face, as numbers, from pictures and clips of {me}")
    yield "Where", _places(terms)
    yield "From", day(terms.valid_from)
    yield "Until", day(terms.valid_until)
    yield "Kept after the end", days(terms.retention_days)
    yield "Why it is needed", terms.business_reason or "not said"
    yield "Told on", day(terms.notice_at)


def _people(terms: Terms, voice: Voice) -> Told:
    yield "Who answers for it", terms.controller
    yield "Who signs", CAPACITIES[terms.signer_capacity].replace("{name}", terms.signer_name)
    yield "Born", _date(terms.performer_born) if terms.performer_born else voice.say("not stated: {i} {am} of age")
    yield "After death", _death(terms, voice)
    yield "Who stands beside {me}", voice.say(BESIDE[terms.representation])
    yield "Union", terms.union or "none"
    yield "Agreement", terms.agreement or "none"
    yield "Takes the place of", f"the consent with the number {terms.amends}" if terms.amends else "no other consent"


ALLOWED, LIMITED = "What is allowed, and how much of it", "What may be altered, and what not"
_ALLOWED = (ALLOWED, _allowed)
_LIMITED = (LIMITED, _limited)
_KEPT = ("What is learnt and kept", _kept)
_TOLD = ("What {i} and others are told", _told)
_MADE = ("Why, and from what", _made)
_MEASURED = ("What is measured, and how long it is kept", _measured)
_PEOPLE = ("Who agrees with whom", _people)


def runs(terms: Terms) -> str:
    return "1 run" if terms.max_runs == 1 else f"{terms.max_runs} runs"


def counting(terms: Terms) -> str:
    return ", counting what was used under the one before" if terms.amends else ""


def time(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    if minutes == 0:
        return f"{rest} seconds"
    return f"{minutes} min" + (f" {rest} s" if rest else "")


def days(number: int) -> str:
    return f"at most {number} days, locked" if number else "not at all"


def _places(terms: Terms) -> str:
    return "worldwide" if terms.territories == (record.WORLDWIDE,) else countries.named(terms.territories)


def _advertised(terms: Terms) -> str:
    if not terms.advertiser and not terms.product_line:
        return "nothing"
    return ", ".join(filter(None, (terms.advertiser, terms.product_line))) + ", and nothing else"


def _notice(terms: Terms, voice: Voice) -> str:
    if not terms.notice_hours:
        return "no notice agreed"
    return voice.say(f"{{i}} {{am}} told at least {terms.notice_hours} hours ahead")


def _script(terms: Terms) -> str:
    if not terms.script_sha256:
        return f"the version of {_date(terms.script_date)}" if terms.script_date else "none is named"
    dated = f" of {_date(terms.script_date)}" if terms.script_date else ""
    return f"the version{dated} with the fingerprint {terms.script_sha256}"


def _death(terms: Terms, voice: Voice) -> str:
    died = "the performer has died; " if terms.performer_deceased else ""
    goes_on = "this consent goes on after death" if terms.survives_death else "this consent ends with death"
    return died + ("the estate decides" if terms.performer_deceased and not terms.survives_death else goes_on)


def _joined(voice: Voice, named: list[str]) -> str:
    return ", ".join(one.format(i=voice.i, me=voice.me, my=voice.my) for one in named)


def _date(said: str) -> str:
    when = date.fromisoformat(said)
    return f"{when.day} {when:%B %Y}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
