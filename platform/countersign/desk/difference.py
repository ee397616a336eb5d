"""Two versions of a consent, term by term, in the words that people read."""

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from consent.record import EVERY_SCENE
from countersign.pages import words


class Mark(StrEnum):
    """What became of a piece between the first version and the second. The text is what people read."""

    KEPT = "kept"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Piece:
    mark: Mark
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One term of both versions. `items` where it is a list, whose pieces stand each for itself."""

    name: str
    items: bool
    pieces: tuple[Piece, ...]

    @property
    def differs(self) -> bool:
        return any(piece.mark is not Mark.KEPT for piece in self.pieces)


Terms = Mapping[str, Any]  # consent.record.to_json


def between(first: Terms, second: Terms) -> list[Term]:
    """Every term in the order of a consent's page; those that differ hold what was removed and what was added."""
    return [*_lists(first, second), *_texts(first, second)]


def _lists(first: Terms, second: Terms) -> Iterator[Term]:
    for name, field, say in _LISTS:
        before, after = (tuple(map(say, terms.get(field, ()))) for terms in (first, second))
        yield Term(name=name, items=True, pieces=tuple(_of_lists(before, after)))


def _of_lists(before: Sequence[str], after: Sequence[str]) -> Iterator[Piece]:
    yield from (Piece(Mark.KEPT if item in after else Mark.REMOVED, item) for item in before)
    yield from (Piece(Mark.ADDED, item) for item in after if item not in before)


def _texts(first: Terms, second: Terms) -> Iterator[Term]:
    for name, say in _TEXTS:
        pieces = _of_words(say(first).split(), say(second).split())
        yield Term(name=name, items=False, pieces=tuple(pieces))


def _of_words(before: list[str], after: list[str]) -> Iterator[Piece]:
    """Word by word, unless so little is alike that the whole reads better."""
    matcher = difflib.SequenceMatcher(a=before, b=after, autojunk=False)
    if before != after and matcher.ratio() < 0.5:
        yield from _pieces(before, after, kept=())
        return
    for what, a, b, c, d in matcher.get_opcodes():
        if what == "equal":
            yield from _pieces((), (), kept=before[a:b])
        else:
            yield from _pieces(before[a:b], after[c:d], kept=())


def _pieces(removed: Sequence[str], added: Sequence[str], *, kept: Sequence[str]) -> Iterable[Piece]:
    for mark, some in ((Mark.KEPT, kept), (Mark.REMOVED, removed), (Mark.ADDED, added)):
        if some:
            yield Piece(mark, " ".join(some))


def _said(kind: str) -> Callable[[str], str]:
    return lambda code: words.said(kind, code)


def _scene(name: str) -> str:
    return "Every scene" if name == EVERY_SCENE else name


def _day(field: str) -> Callable[[Terms], str]:
    return lambda terms: f"{datetime.fromisoformat(terms[field]):%-d %B %Y}"


def _count(field: str, unit: str) -> Callable[[Terms], str]:
    return lambda terms: f"At most {terms[field]} {unit}"


def _allowed(field: str) -> Callable[[Terms], str]:
    return lambda terms: "Allowed" if terms[field] else "Not allowed"


def _yes(field: str) -> Callable[[Terms], str]:
    return lambda terms: "Yes" if terms[field] else "No"


def _or(field: str, otherwise: str) -> Callable[[Terms], str]:
    return lambda terms: str(terms[field]) or otherwise


def _plainly(code: str) -> str:
    return code.replace("-", " ").capitalize()


_LISTS: tuple[tuple[str, str, Callable[[str], str]], ...] = (
    ("What may be made", "kinds_of_use", _said("kind")),
    ("Their part", "parts", _said("part")),
    ("In which scenes", "scenes", _scene),
    ("Seen in", "media", _said("medium")),
    ("In which countries", "territories", _said("territory")),
    ("Part of", "output_classes", _plainly),
    ("Languages", "languages", str),
    ("What may be altered", "alterations", _plainly),
    ("Never shown with", "prohibited_contexts", _plainly),
)
_TEXTS: tuple[tuple[str, Callable[[Terms], str]], ...] = (
    ("What exactly", lambda terms: str(terms["description"])),
    ("Valid from", _day("valid_from")),
    ("Valid until", _day("valid_until")),
    ("Runs", _count("max_runs", "runs")),
    ("On screen", _count("max_screen_seconds", "seconds")),
    ("Training a model", _allowed("training_allowed")),
    ("If they withdraw", lambda terms: words.said("after", terms["after_withdrawal"])),
    ("Credit", lambda terms: str(terms["credit"]) or "None"),
    ("What this is", lambda terms: words.said("matter", terms["matter"])),
    ("Takes the place of", lambda terms: str(terms["amends"]) or "No other consent"),
    ("Who answers for it", lambda terms: str(terms["controller"])),
    ("Who signs", lambda terms: words.said("capacity", terms["signer_capacity"])),
    ("Name of the signer", lambda terms: str(terms["signer_name"])),
    ("Born", _or("performer_born", "Not stated: of age")),
    ("Deceased", _yes("performer_deceased")),
    ("Holds after death", _yes("survives_death")),
    ("Represented by", lambda terms: _plainly(str(terms["representation"]))),
    ("Union", _or("union", "None")),
    ("Agreement", _or("agreement", "None")),
    ("Kind of replica", lambda terms: _plainly(str(terms["replica_type"]))),
    ("Replaces work in person", _yes("replaces_in_person_work")),
    ("Why it is needed", _or("business_reason", "Not said")),
    ("Script", _or("script_sha256", "None")),
    ("Date of the script", _or("script_date", "None")),
    ("Advertiser", _or("advertiser", "None")),
    ("Product line", _or("product_line", "None")),
    ("Told on", _day("notice_at")),
    ("Notice", _count("notice_hours", "hours")),
    ("Kept after its end", _count("retention_days", "days")),
    ("Using a trained model again", _allowed("reuse_allowed")),
    ("Each shot is approved by them", _yes("approval_per_shot")),
    ("Disclosure", _or("disclosure", "As the law asks")),
    ("Compensation", _or("compensation_reference", "Not said")),
)
