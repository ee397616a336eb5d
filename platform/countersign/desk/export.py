"""A search as a file: CSV for spreadsheets, JSON for programs. The ledger knows of it before its first byte leaves.

The file is written whole, to be hashed; then the entry with its digest is committed; then it is sent.
"""

import csv
import io
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from hashlib import file_digest
from typing import IO, Any

from django.db import transaction

from countersign import log, logbook
from countersign.accounts.models import Person
from countersign.desk import kin, names
from countersign.logbook import Prepared
from countersign.pages.retelling import Told, retell
from provenance import ledger
from provenance.types import EntryKind, Json, Sealed

MOST = 50_000  # entries in one file
AT_ONCE = 500
CSV_TYPE, JSON_TYPE = "text/csv; charset=utf-8", "application/json"
_WORDS = ("text", "title")  # filters in people's own words, which may be names: the ledger only commits to them
FORMULA, BLANK = tuple("=+-@|%＝＋－＠"), ("\t", "\r", "\n")
COLUMNS = (
    "index", "recorded_at", "kind", "what", "who", "about", "reasons", "subject", "actor", "body", "leaf", "chain",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A file that may leave: the ledger holds its digest. `cut` when there were more than MOST entries."""

    file: IO[bytes]
    media_type: str
    name: str
    sha256: str
    count: int
    cut: bool


@dataclass(slots=True)
class _Seen:
    """What passed by while the file was written."""

    count: int = 0
    cut: bool = False


def make(person: Person, filters: Mapping[str, str], *, search: logbook.Search, form: str) -> Export:
    """`form` is "csv" or "json". Raises LedgerError if the ledger cannot be written: then nothing leaves."""
    log.settle()
    asked = logbook.prepared(person, replace(search, before=None))
    file, seen, rooms = tempfile.TemporaryFile(), _Seen(), set[str]()  # noqa: SIM115 - the answer closes it
    try:
        _WRITERS[form](file, _told(asked, seen, rooms))
        digest = _digest(file)
        said: dict[str, Json] = {"form": form, "count": seen.count, "cut": seen.cut, "sha256": digest}
        _note(person, filters, said, concerned=sorted(rooms & set(names.sight(person).rooms)))
    except BaseException:
        file.close()
        raise
    media_type = CSV_TYPE if form == "csv" else JSON_TYPE
    name = f"ledger-{digest[:12]}.{form}"
    return Export(file=file, media_type=media_type, name=name, sha256=digest, count=seen.count, cut=seen.cut)


def _digest(file: Any) -> str:
    """Of all of it; it stands at its beginning afterwards."""
    file.seek(0)
    digest = file_digest(file, "sha256").hexdigest()
    file.seek(0)
    return digest


def _told(asked: Prepared, seen: _Seen, rooms: set[str]) -> Iterator[Told]:
    while seen.count < MOST:
        page = logbook.leaf(asked, size=min(AT_ONCE, MOST - seen.count))
        rooms |= {one.room for one in kin.of(line.subject for line in page.entries).values()}
        seen.count += len(page.entries)
        yield from retell(page.entries)
        if page.next is None:
            return
        asked = replace(asked, question=replace(asked.question, before=page.next))
    seen.cut = True


def _note(person: Person, filters: Mapping[str, str], said: Mapping[str, Json], *, concerned: list[str]) -> None:
    """One entry in each production the file tells of; with none, one about the person."""
    who = f"person:{person.pk}"
    asked: dict[str, Json] = {name: value for name, value in filters.items() if name not in _WORDS}
    hidden: dict[str, Json] = {name: value for name, value in filters.items() if name in _WORDS}
    productions = [room for room in concerned if room.startswith("production:")]
    with transaction.atomic():
        for subject in productions or [who]:
            sealed = (Sealed(of=who, values=hidden),) if hidden else ()
            body: dict[str, Json] = {**said, "filters": asked}
            ledger.append(EntryKind.LEDGER_EXPORTED, subject=subject, actor=who, body=body, sealed=sealed)


def _csv(file: IO[bytes], lines: Iterable[Told]) -> None:
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for told in lines:
        writer.writerow([_harmless(cell) for cell in _cells(told)])
    text.flush()
    text.detach()


def _cells(told: Told) -> list[str]:
    line, body = told.line, json.dumps(told.line.body, sort_keys=True, ensure_ascii=False)
    moment, reasons = line.recorded_at.isoformat(), "; ".join(told.reasons)
    said = [str(line.index), moment, line.kind, told.what, told.who, told.about, reasons]
    return [*said, line.subject, line.actor, body, line.leaf, line.chain]


def _harmless(cell: str) -> str:
    """A spreadsheet runs what begins like a formula, also after blanks; an apostrophe makes it text."""
    starts = cell.lstrip()[:1] in FORMULA or cell[:1] in BLANK
    return f"'{cell}" if starts else cell


def _json(file: IO[bytes], lines: Iterable[Told]) -> None:
    """One entry on a line, so that a program can read it bit by bit."""
    file.write(b'{"entries": [')
    for n, told in enumerate(lines):
        file.write((b",\n" if n else b"\n") + json.dumps(_object(told), ensure_ascii=False).encode())
    file.write(b"\n]}\n")


def _object(told: Told) -> dict[str, Any]:
    moment = told.line.recorded_at.isoformat()
    return {**asdict(told.line), "recorded_at": moment, "what": told.what, "who": told.who, "about": told.about}


_WRITERS: Mapping[str, Callable[[IO[bytes], Iterable[Told]], None]] = {"csv": _csv, "json": _json}
