"""What the witness cosigned last of each log, in an SQLite file, and what contradicted it, in a folder beside it.

Deciding and remembering are one transaction, alone and on the disk before it ends (`synchronous=EXTRA`): whoever is
killed at any point has either remembered, or not yet signed.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from countersign.witness import conflicts
from countersign.witness.errors import WitnessError
from provenance import checkpoint, note, witness
from provenance.checkpoint import Checkpoint
from provenance.errors import NoteError
from provenance.witness import Refused, Signed

WAIT_S = 5.0
TABLE = "CREATE TABLE IF NOT EXISTS cosigned (origin TEXT PRIMARY KEY, note BLOB NOT NULL) STRICT"
RECALL = "SELECT note FROM cosigned WHERE origin = ?"
REMEMBER = "INSERT INTO cosigned VALUES (?, ?) ON CONFLICT (origin) DO UPDATE SET note = excluded.note"


class Memory:
    """The memory in `folder`. One process at a time; its threads take turns."""

    def __init__(self, folder: Path) -> None:
        self._file = file_in(folder)
        self._conflicts = folder / "conflicts"
        self._turn = threading.Lock()

    def admit(self, asked: Signed) -> Checkpoint | Refused:
        """Decide, and remember what was approved; a contradiction is kept as evidence.

        Raises WitnessError if the memory cannot be read or written: then nothing may be signed.
        """
        origin = asked.checkpoint.origin
        with self._transaction() as database:
            before = _recalled(database, origin)
            remembered = _checkpoint(before, origin)
            found = witness.judged(asked, remembered=remembered)
            if isinstance(found, Checkpoint):
                database.execute(REMEMBER, (origin, asked.submission.note))
            else:
                conflicts.keep(self._conflicts, asked, why=found.why, remembered=remembered, note=before)
        return found

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._turn, closing(_connected(self._file)) as database:
                database.execute("BEGIN IMMEDIATE")
                yield database
                database.execute("COMMIT")
        except (sqlite3.Error, OSError) as e:
            raise WitnessError(f"The witness's memory {self._file} failed: {e}") from e


def file_in(folder: Path) -> Path:
    return folder / "memory.sqlite3"


def make(folder: Path) -> None:
    """An empty memory, if there is none yet. Raises WitnessError if it cannot be made."""
    try:
        with closing(_connected(file_in(folder), mode="rwc")) as database:
            database.execute(TABLE)
    except sqlite3.Error as e:
        raise WitnessError(f"No memory could be made in {folder}: {e}") from e


def _connected(file: Path, *, mode: str = "rw") -> sqlite3.Connection:
    database = sqlite3.connect(f"{file.resolve().as_uri()}?mode={mode}", uri=True, timeout=WAIT_S, isolation_level=None)
    database.execute("PRAGMA synchronous=EXTRA")
    return database


def _recalled(database: sqlite3.Connection, origin: str) -> bytes:
    row = database.execute(RECALL, (origin,)).fetchone()
    return bytes(row[0]) if row else b""


def _checkpoint(kept: bytes, origin: str) -> Checkpoint:
    try:
        return checkpoint.parse(note.parse(kept).text) if kept else witness.nothing(origin)
    except NoteError as e:
        raise WitnessError(f"What was cosigned of {origin} cannot be read any more: {e}") from e
