"""Ledger entries told in words: who, what, about what, and the reasons of a refusal."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Model
from django.urls import reverse

from consent.models import ConsentRecord, Performer
from countersign.accounts.models import Organisation, Person, Production
from countersign.desk.sentences import Sentence, sentence
from countersign.logbook import Line
from countersign.pages import words
from countersign.runs.models import Footage, LikenessModel, Output, Run

_NAMES: Mapping[str, tuple[type[Model], str]] = {
    "person": (Person, "name"),
    "organisation": (Organisation, "name"),
    "production": (Production, "title"),
    "consent": (ConsentRecord, "performer__name"),
    "performer": (Performer, "name"),
    "footage": (Footage, "title"),
    "run": (Run, "title"),
    "model": (LikenessModel, "performer__name"),
    "output": (Output, "run__title"),
}
_PAGES = ("production", "consent", "footage", "run", "output")
_ABOUT: Mapping[str, str] = {
    "model": "the likeness model of {}",
    "consent": "the consent of {}",
    "output": "the output of {}",
}
_WORKERS = {
    "worker": "A worker",
    "system": "The platform",
    "operator": "The operator",
    "keeper": "The keeper of the keys",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    line: Line
    what: str
    who: str
    about: str
    link: str
    sentence: Sentence
    reasons: tuple[str, ...]
    refused: bool


def retell(lines: Iterable[Line]) -> list[Told]:
    """The same lines, with names for the numbers, fetched in one query per kind of thing."""
    shown = list(lines)
    names = called({part for line in shown for part in (line.subject, line.actor)})
    return [_tell(line, names) for line in shown]


def _tell(line: Line, names: Mapping[str, str]) -> Told:
    kind, _, number = line.subject.partition(":")
    name = names.get(line.subject, "")
    reasons = line.body.get("reasons")
    about = _ABOUT.get(kind, "{}").format(name) if name and kind != "person" else ""
    actor = who(line.actor, names)
    return Told(
        line=line,
        what=words.said("entry", line.kind),
        who=actor,
        about=about,
        link=reverse(kind, args=[number]) if about and kind in _PAGES else "",
        sentence=sentence(line.kind, who=actor, about=about),
        reasons=tuple(_reason(reason) for reason in reasons) if isinstance(reasons, list) else (),
        refused=line.kind.endswith("refused"),
    )


def who(actor: str, names: Mapping[str, str]) -> str:
    kind, _, rest = actor.partition(":")
    if kind == "person":
        return names.get(actor, "Somebody who is not known here any more")
    return f"{_WORKERS[kind]} ({rest})" if kind in _WORKERS and rest else _WORKERS.get(kind, actor)


def _reason(reason: object) -> str:
    """Entries keep a reason's code, or the whole reason."""
    text = reason.get("sentence") or reason.get("code") if isinstance(reason, dict) else reason
    return words.said("reason", str(text)) if isinstance(reason, str) else str(text)


def called(subjects: set[str]) -> dict[str, str]:
    """What each of these is called, if it is known here."""
    names: dict[str, str] = {}
    for kind, (model, name) in _NAMES.items():
        keys = [key for subject in subjects if (key := _key(subject, kind))]
        rows = model._default_manager.filter(pk__in=keys).values_list("pk", name) if keys else ()
        names |= {f"{kind}:{pk}": str(called) for pk, called in rows}
    return names


def _key(subject: str, kind: str) -> UUID | None:
    found, _, number = subject.partition(":")
    try:
        return UUID(number) if found == kind else None
    except ValueError:
        return None
