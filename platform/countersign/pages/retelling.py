"""Ledger entries told in words: who, what, about what, and the reasons of a refusal."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Model
from django.urls import reverse

from consent.models import ConsentRecord, Performer
from countersign.accounts.models import Person, Production
from countersign.logbook import Line
from countersign.pages import words
from countersign.runs.models import Footage, LikenessModel, Output, Run

_MODELS: Mapping[str, type[Model]] = {
    "person": Person,
    "production": Production,
    "consent": ConsentRecord,
    "performer": Performer,
    "footage": Footage,
    "run": Run,
    "model": LikenessModel,
    "output": Output,
}
_PAGES = ("production", "consent", "footage", "run", "output")
_ABOUT: Mapping[str, str] = {
    "model": "the likeness model of {}",
    "consent": "the consent of {}",
    "output": "the output of {}",
}
_WORKERS = {"worker": "A worker", "system": "The platform", "operator": "The operator"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    line: Line
    what: str
    who: str
    about: str
    link: str
    reasons: tuple[str, ...]
    refused: bool


def retell(lines: Iterable[Line]) -> list[Told]:
    """The same lines, with names for the numbers, fetched in one query per kind of thing."""
    shown = list(lines)
    names = _names({part for line in shown for part in (line.subject, line.actor)})
    return [_tell(line, names) for line in shown]


def _tell(line: Line, names: Mapping[str, str]) -> Told:
    kind, _, number = line.subject.partition(":")
    about = names.get(line.subject, "")
    reasons = line.body.get("reasons")
    return Told(
        line=line,
        what=words.said("entry", line.kind),
        who=_who(line.actor, names),
        about=_ABOUT.get(kind, "{}").format(about) if about and kind != "person" else "",
        link=reverse(kind, args=[number]) if about and kind in _PAGES else "",
        reasons=tuple(_reason(reason) for reason in reasons) if isinstance(reasons, list) else (),
        refused=line.kind.endswith("refused"),
    )


def _who(actor: str, names: Mapping[str, str]) -> str:
    kind, _, rest = actor.partition(":")
    return names.get(actor) or (
        f"{_WORKERS[kind]} ({rest})" if kind in _WORKERS and rest else _WORKERS.get(kind, actor)
    )


def _reason(reason: object) -> str:
    """Entries keep a reason's code, or the whole reason."""
    text = reason.get("sentence") or reason.get("code") if isinstance(reason, dict) else reason
    return str(text).replace("-", " ").capitalize() if isinstance(reason, str) else str(text)


def _names(subjects: set[str]) -> dict[str, str]:
    names: dict[str, str] = {}
    for kind, model in _MODELS.items():
        keys = [key for subject in subjects if (key := _key(subject, kind))]
        for row in model._default_manager.filter(pk__in=keys) if keys else ():
            names[f"{kind}:{row.pk}"] = _name(row)
    return names


def _name(row: Model) -> str:
    match row:
        case ConsentRecord():
            return row.performer.name
        case Output():
            return row.run.title
        case LikenessModel():
            return row.performer.name
        case _:
            return str(row)


def _key(subject: str, kind: str) -> UUID | None:
    found, _, number = subject.partition(":")
    try:
        return UUID(number) if found == kind else None
    except ValueError:
        return None
