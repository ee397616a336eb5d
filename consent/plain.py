"""What a consent says, in plain words for whoever is asked to sign it: shown beside the document, and part of what a
passkey says yes to. Pure; the same terms give the same words, and the same digest.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from consent import clauses, countries, record
from consent.saying import day
from consent.types import Alteration, Context, KindOfUse, Matter, OutputClass, Part, Terms
from consent.voice import YOU
from provenance import canonical
from provenance.types import Json

_KINDS = {
    KindOfUse.SWAP: "your face takes the place of another performer's, or theirs of yours",
    KindOfUse.EXPRESSION_EDIT: "what your face does is changed",
    KindOfUse.AGE_EDIT: "you are made to look younger or older",
    KindOfUse.DIGITAL_DOUBLE: "a likeness of you performs in your place",
    KindOfUse.RESTORATION: "earlier pictures of you are repaired",
    KindOfUse.LIVE: "your likeness is used as the camera runs",
    KindOfUse.DIALOGUE_REPLACEMENT: "your mouth is fitted to other words",
}
_PARTS = {
    Part.LIKENESS: "Your face may be shown on another performer.",
    Part.PLATE: "Another face may be shown on you.",
}
_OUTPUTS = {
    OutputClass.FEATURE: "a feature film",
    OutputClass.SERIES: "a series",
    OutputClass.SHORT: "a short film",
    OutputClass.TRAILER: "trailers",
    OutputClass.ADVERTISEMENT: "advertisements",
    OutputClass.GAME: "a game",
}
_ALTERATIONS = {
    Alteration.COMPLEXION: "the colour of your skin",
    Alteration.BODY: "your body",
    Alteration.AGE: "your age",
    Alteration.NUDITY: "nudity",
    Alteration.SPEECH: "what you say",
}
_CONTEXTS = {
    Context.POLITICAL_DECEPTION: "political deception",
    Context.SEXUAL: "anything sexual",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A question that people have, and its answer."""

    title: str
    sentences: tuple[str, ...]


def summary(terms: Terms) -> tuple[Section, ...]:
    """`terms` in the order in which people ask."""
    told = _release(terms) if terms.matter is Matter.BIOMETRIC_RELEASE else _replica(terms)
    return tuple(Section(title=title, sentences=tuple(sentences)) for title, sentences in told)


def to_json(sections: tuple[Section, ...]) -> list[Json]:
    """As it is kept as evidence."""
    return [{"title": section.title, "sentences": list(section.sentences)} for section in sections]


def digest(sections: tuple[Section, ...]) -> str:
    """The SHA-256 of the canonical JSON of what is shown."""
    return canonical.sha256(to_json(sections))


def _replica(terms: Terms) -> Iterator[tuple[str, Iterator[str]]]:
    yield "What may be made", _made(terms)
    yield "Where it may be seen", _seen(terms)
    yield "How long", _window(terms)
    yield "How much", _much(terms)
    yield "What never", _never(terms)
    yield from _agreed_besides(terms)
    yield "How you withdraw", _withdrawal(terms)


def _agreed_besides(terms: Terms) -> Iterator[tuple[str, Iterator[str]]]:
    """The clauses that no sentence here says, each with its name: nothing that is signed is left out."""
    said = {clauses.ALLOWED, clauses.LIMITED}
    for group in clauses.groups(terms, voice=YOU):
        if group.title not in said:
            yield group.title, (f"{clause.title}: {clause.text}" for clause in group.clauses)


def _release(terms: Terms) -> Iterator[tuple[str, Iterator[str]]]:
    yield (
        "What is measured",
        iter(
            ("The features of your face, as numbers, to tell in which clips of this production you are; nothing else.",)
        ),
    )
    yield "How long", _window(terms)
    yield from _agreed_besides(terms)
    yield "What never", iter(("Nothing may be made with your face under this release. That is a consent of its own.",))
    yield "How you withdraw", _withdrawal(terms)


def _made(terms: Terms) -> Iterator[str]:
    yield f"In “{terms.production_title}”: {'; '.join(_KINDS[kind] for kind in terms.kinds_of_use)}."
    yield from (_PARTS[part] for part in terms.parts)
    yield terms.description
    every = terms.scenes == (record.EVERY_SCENE,)
    yield "In every scene." if every else f"In these scenes only: {', '.join(terms.scenes)}."
    if terms.training_allowed:
        yield "A computer model of your face may be trained. It is kept locked and serves this production only."
    else:
        yield "No computer model may be trained on your face."
    if terms.alterations:
        yield f"Beyond that, this may be altered: {', '.join(_ALTERATIONS[one] for one in terms.alterations)}."


def _seen(terms: Terms) -> Iterator[str]:
    if terms.languages:
        yield f"In these languages: {countries.spoken(terms.languages)}."
    yield f"As {', '.join(_OUTPUTS[one] for one in terms.output_classes)}; in {', '.join(terms.media)}."
    yield "Worldwide." if terms.territories == (record.WORLDWIDE,) else f"In {countries.named(terms.territories)}."
    if terms.advertiser or terms.product_line:
        yield f"For {', '.join(filter(None, (terms.advertiser, terms.product_line)))}, and nothing else."


def _window(terms: Terms) -> Iterator[str]:
    yield f"From {day(terms.valid_from)} until {day(terms.valid_until)}, and not a day longer."


def _much(terms: Terms) -> Iterator[str]:
    yield f"At most {terms.max_runs} clips, {terms.max_screen_seconds} seconds of finished picture in all."
    if terms.approval_per_shot:
        yield "You see each shot first, and approve or decline it."


def _never(terms: Terms) -> Iterator[str]:
    yield "Nothing sexual, nothing that harms or shames you, no political message and no fraud, whoever signs what."
    if terms.prohibited_contexts:
        named = (_CONTEXTS.get(one, one.value.replace("-", " ")) for one in terms.prohibited_contexts)
        yield f"You are not shown with: {', '.join(named)}."
    kept = (name for one, name in _ALTERATIONS.items() if one not in terms.alterations)
    yield f"Not to be altered: {', '.join(kept)}."


def _withdrawal(terms: Terms) -> Iterator[str]:
    yield "At any time, without a reason, in two clicks: open “My face” and press “Withdraw”. It counts at once."
    yield "Work in progress stops. The keys to what was measured of your face, and to any model of it, are destroyed."
    if terms.matter is Matter.REPLICA:
        taken = terms.after_withdrawal == "take-down"
        yield (
            "What was published is taken down here." if taken else "What was published stays, marked as withdrawn from."
        )
