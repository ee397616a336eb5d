"""The packs of rules in this folder, read once and strictly: a name misspelt is an error, never a rule less."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from tomllib import TOMLDecodeError, loads
from typing import Any

from consent import record
from consent.errors import LawError
from consent.law import checks
from provenance import canonical
from provenance.types import Json

FOLDER = files("consent.law")
_PACK = frozenset({"id", "title", "version", "date", "source"})
_DEMAND = frozenset({"field", "test", "why", "remedy"})
_FIELDS = frozenset(record.READERS) | frozenset(checks.DERIVED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """One field that a law demands: `test` with `value` must hold where every condition of `when` does.

    `law` and `pack` say whose demand it is, `why` is a sentence for people and `remedy` what to write.
    """

    pack: str
    law: str
    field: str
    test: str
    value: Any
    why: str
    remedy: str
    when: Mapping[str, Sequence[Json]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """A law or an agreement as demands. An `optional` one counts only where the house turned it on."""

    id: str
    title: str
    version: str
    date: str
    source: str
    optional: bool
    demands: tuple[Demand, ...]


@cache
def every() -> tuple[Pack, ...]:
    """All packs there are, optional ones included, in the order of their ids. Raises LawError."""
    found = [read(text, name=name) for name, text in _texts().items()]
    return tuple(sorted(found, key=lambda pack: (pack.id != "always", pack.id)))


def digest(packs: Sequence[Pack]) -> str:
    """The SHA-256 over the packs that count and over what makes a description vague or specific."""
    chosen = {f"{pack.id}.toml" for pack in packs}
    texts = {name: text for name, text in _texts().items() if name in chosen}
    texts["specific.toml"] = FOLDER.joinpath("specific.toml").read_text("utf-8")
    return canonical.sha256({name: sha256(text.encode()).hexdigest() for name, text in texts.items()})


def _texts() -> dict[str, str]:
    folder = FOLDER.joinpath("packs")
    return {file.name: file.read_text("utf-8") for file in folder.iterdir() if file.name.endswith(".toml")}


def read(text: str, *, name: str) -> Pack:
    """The pack that `text` states; its id is the name of its file. Raises LawError."""
    try:
        said = loads(text)
    except TOMLDecodeError as e:
        raise LawError(f"{name}: {e}") from e
    _names(name, said, needed=_PACK | {"demand"}, maybe={"when", "optional"})
    if f"{said['id']}.toml" != name or not said["demand"]:
        raise LawError(f"{name}: expected the id to be the file's name, and at least one demand")
    own = {field: str(said[field]) for field in _PACK}
    return Pack(**own, optional=bool(said.get("optional", False)), demands=tuple(_demands(said)))


def _demands(said: Mapping[str, Any]) -> Iterator[Demand]:
    for one in said["demand"]:
        _names(said["id"], one, needed=_DEMAND, maybe={"when", "value"})
        when = {**said.get("when", {}), **one.get("when", {})}
        _known(said["id"], one, when)
        own = {name: str(one[name]) for name in _DEMAND}
        yield Demand(**own, pack=said["id"], law=said["title"], value=one.get("value"), when=when)


def _names(where: str, said: Mapping[str, Any], *, needed: frozenset[str] | set[str], maybe: set[str]) -> None:
    wrong = (needed - set(said)) | (set(said) - needed - maybe)
    if wrong:
        raise LawError(f"{where}: missing or not known: {', '.join(sorted(wrong))}")


def _known(where: str, one: Mapping[str, Any], when: Mapping[str, Any]) -> None:
    odd = ({one["field"], *when} - _FIELDS) | ({one["test"]} - set(checks.TESTS))
    odd |= {name for name, wanted in when.items() if not isinstance(wanted, list) or not wanted}
    if odd or (one["test"] != "filled") != ("value" in one):
        raise LawError(f"{where}: no such field, test or condition: {', '.join(sorted(odd)) or 'value'}")
