"""What the subjects of entries belong to, looked up for many at once: productions, performers, clips, who asked."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db.models import Model

from consent.models import ConsentRecord, Performer
from countersign.accounts.access import COMMON
from countersign.desk.reading import Kin
from countersign.runs.models import Footage, LikenessModel, Output, Run

SITE = "site"  # the room of what concerns everybody who works here


@dataclass(frozen=True, slots=True)
class _Reader:
    model: type[Model]
    fields: tuple[str, ...]


_RUN = ("production_id", "likeness_id", "plate_performer_id", "footage_id", "plate_id", "requested_by_id")
_READERS: Mapping[str, _Reader] = {
    "consent": _Reader(ConsentRecord, ("production_id", "performer_id")),
    "performer": _Reader(Performer, ("organisation_id",)),
    "footage": _Reader(Footage, ("production_id", "uploaded_by_id")),
    "run": _Reader(Run, ("pk", *_RUN)),
    "model": _Reader(LikenessModel, ("run_id", *(f"run__{name}" for name in _RUN))),
    "output": _Reader(Output, ("run_id", *(f"run__{name}" for name in _RUN))),
}


def of(subjects: Iterable[str]) -> dict[str, Kin]:
    """The kin of each subject that is known here; others are nobody's."""
    asked, found = set(subjects), dict[str, Kin]()
    for kind, keys in _by_kind(asked).items():
        if kind in _READERS:
            found |= dict(_read(kind, keys))
        elif kind in ("production", "person"):
            found |= {f"{kind}:{key}": Kin(room=f"{kind}:{key}") for key in keys}
    return found | {subject: Kin(room=SITE) for subject in asked if subject.startswith(COMMON)}


def _by_kind(subjects: Iterable[str]) -> dict[str, list[UUID]]:
    found: dict[str, list[UUID]] = {}
    for subject in set(subjects):
        kind, _, number = subject.partition(":")
        try:
            found.setdefault(kind, []).append(UUID(number))
        except ValueError:
            continue
    return found


def _read(kind: str, keys: list[UUID]) -> Iterator[tuple[str, Kin]]:
    reader = _READERS[kind]
    rows: Any = reader.model._default_manager.filter(pk__in=keys).values_list("pk", *reader.fields)
    for pk, *values in rows:
        yield f"{kind}:{pk}", _KIN[kind](f"{kind}:{pk}", *values)


def _consent(_: str, production: UUID, performer: UUID) -> Kin:
    who = f"performer:{performer}"
    return Kin(room=f"production:{production}", owners=(who,), face=who)


def _performer(subject: str, organisation: UUID) -> Kin:
    return Kin(room=f"organisation:{organisation}", face=subject)


def _footage(_: str, production: UUID, uploader: UUID) -> Kin:
    return Kin(room=f"production:{production}", asker=f"person:{uploader}")


def _run(_: str, run: UUID, *parts: UUID) -> Kin:
    production, likeness, plate_performer, footage, plate, asker = parts
    return Kin(
        room=f"production:{production}",
        owners=(f"performer:{likeness}", f"performer:{plate_performer}"),
        near=(f"footage:{footage}", f"footage:{plate}"),
        face=f"performer:{likeness}",
        asker=f"person:{asker}",
    )


def _of_run(subject: str, run: UUID, *parts: UUID) -> Kin:
    kin = _run(subject, run, *parts)
    return replace(kin, near=(f"run:{run}", *kin.near))


_KIN: Mapping[str, Callable[..., Kin]] = {
    "consent": _consent,
    "performer": _performer,
    "footage": _footage,
    "run": _run,
    "model": _of_run,
    "output": _of_run,
}
