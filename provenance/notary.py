"""Signs the tree's head and keeps what was signed. It keeps these rules:

1. Nothing is signed that does not continue what was signed before: by the table, and by a memory outside the database.
2. The memory is written before the table, and both before anybody sees the checkpoint. Whoever dies in between loses
   nothing: entries do not change, so that the next one signs the same, or more.
3. There is one checkpoint for a size, and one signer at a time: the database sees to both.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import DatabaseError, connection, transaction

from provenance import checkpoint, durable, ledger, tree
from provenance.checkpoint import Checkpoint
from provenance.errors import LedgerError, NoteError
from provenance.models import SignedCheckpoint
from provenance.note import Verifier, verifier_of
from provenance.types import Fault
from provenance.walk import EVERY, Head, Sizes, Verified, Walk

AT_ONCE = 16  # rows that are fetched; the first is nearly always the one


@dataclass(frozen=True, slots=True, kw_only=True)
class Notary:
    """Who signs: the key, the log's name, and the file that remembers the last checkpoint signed."""

    origin: str
    key: Ed25519PrivateKey
    memory: Path

    @property
    def verifier(self) -> Verifier:
        return verifier_of(self.key, name=self.origin)


def latest() -> SignedCheckpoint | None:
    """The row of the largest size, whatever it is worth (see `newest`); None before the first."""
    return SignedCheckpoint.objects.order_by("-size").first()


def newest(log: Verifier) -> SignedCheckpoint | None:
    """The checkpoint of the largest size that the log signed; None before the first.

    Every process of the application may put a row there. One that the log did not sign is named by `faults`, and passed
    over here, so that it stops nobody.
    """
    return next(filter(log_signed(log), SignedCheckpoint.objects.order_by("-size").iterator(AT_ONCE)), None)


def log_signed(log: Verifier) -> Callable[[SignedCheckpoint], bool]:
    """Whether the note of a row is one that `log` signed."""
    return lambda row: not any(_faults_of_note(row, log))


def sign(notary: Notary) -> Checkpoint | None:
    """Give entries their place and sign the tree as it stands, unless that is done already; None without entries.

    Raises LedgerError if the tree does not continue what was signed before or the database refuses, NoteError if what
    was signed before cannot be read.
    """
    ledger.sequence()
    try:
        with transaction.atomic():
            return _sign(notary, tree.grow())
    except DatabaseError as e:
        raise LedgerError(f"The checkpoint could not be kept: {e}") from e


def _sign(notary: Notary, size: int) -> Checkpoint | None:
    kept, remembered = _kept(notary.verifier), recall(notary.memory, log=notary.verifier)
    if kept and kept == remembered and kept.size == size:
        return kept
    for before in filter(None, (kept, remembered)):
        _require_continued(before, size)
    if not kept and not remembered and latest():
        raise NoteError(f"There are checkpoints, and {notary.origin} signed none of them: this is another key's log.")
    if not size:
        return None
    made = Checkpoint(origin=notary.origin, size=size, root=tree.of(size).root())
    signed = checkpoint.sign(made, key=notary.key)
    durable.write(notary.memory, signed.encode())
    if made != kept:
        _keep(made, signed)
    return made


def _kept(log: Verifier) -> Checkpoint | None:
    row = newest(log)
    return checkpoint.opened(row.note.encode(), log=log).checkpoint if row else None


def recall(memory: Path, *, log: Verifier) -> Checkpoint | None:
    """The checkpoint in the file `memory`; None if there is no such file.

    Raises NoteError if it is not a checkpoint that `log` signed.
    """
    return checkpoint.opened(memory.read_bytes(), log=log).checkpoint if memory.exists() else None


def _require_continued(before: Checkpoint, size: int) -> None:
    if size < before.size:
        raise LedgerError(
            f"A checkpoint of {before.size} entries was signed and there are {size}: the end was cut off, or an older "
            "state restored. Nothing is signed."
        )
    if tree.of(before.size).root() != before.root:
        raise LedgerError(
            f"The first {before.size} entries are not those whose checkpoint was signed: the ledger was rewritten. "
            "Nothing is signed."
        )


def _keep(made: Checkpoint, signed: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.ledger_checkpoint(%s, %s, %s)", [made.size, made.root, signed])


def keep_cosignature(size: int, *, witness: str, line: str) -> None:
    """Keep what a witness signed, once it was verified. Raises LedgerError when the database refuses."""
    _keep_said("SELECT public.ledger_cosign(%s, %s, %s)", size, (witness, line))


def keep_time_stamp(size: int, *, authority: str, token: bytes) -> None:
    """Keep a time-stamp, once it was verified. Raises LedgerError when the database refuses."""
    _keep_said("SELECT public.ledger_time_stamp(%s, %s, %s)", size, (authority, token))


def _keep_said(call: str, size: int, said: tuple[str, str | bytes]) -> None:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(call, [size, *said])
    except DatabaseError as e:
        raise LedgerError(f"What {said[0]} said of the checkpoint of {size} entries could not be kept: {e}") from e


def walk(since: Verified, *, limit: int | None = None, noted: Checkpoint | None = None) -> Walk:
    """A walk for `ledger.verify` that also compares the stored tree, every checkpoint on its way, and one `noted`.

    The newest checkpoint is always among them: it shows whether the end was cut off. Checkpoints that agree with the
    entries are beginnings of one tree, hence consistent with each other.
    Raises LedgerError if the tables cannot be read.
    """
    sizes = (since.size, since.size + limit if limit else EVERY[1])
    try:
        newest = SignedCheckpoint.objects.order_by("-size").values_list("size", "root")[:1]
        kept = SignedCheckpoint.objects.filter(size__range=sizes).values_list("size", "root")
        heads = {Head(size=size, root=bytes(root)) for size, root in (*newest, *kept.iterator())}
        nodes = tree.stored(sizes)
    except DatabaseError as e:
        raise LedgerError(f"The checkpoints could not be read: {e}") from e
    return Walk(since, heads=heads | ({Head(size=noted.size, root=noted.root)} if noted else set()), nodes=nodes)


def faults(log: Verifier, *, sizes: Sizes = EVERY) -> Iterator[Fault]:
    """What does not hold of the checkpoints' notes.

    Raises LedgerError if the table cannot be read.
    """
    try:
        for row in SignedCheckpoint.objects.filter(size__range=sizes).order_by("size").iterator():
            yield from _faults_of_note(row, log)
    except DatabaseError as e:
        raise LedgerError(f"The checkpoints could not be read: {e}") from e


def _faults_of_note(row: SignedCheckpoint, log: Verifier) -> Iterator[Fault]:
    try:
        said = checkpoint.opened(row.note.encode(), log=log).checkpoint
    except NoteError as e:
        yield _fault(row.size, f"The checkpoint of {row.size} entries is not one that the log signed: {e}")
        return
    if (said.size, said.root) != (row.size, bytes(row.root)):
        yield _fault(
            row.size, f"The checkpoint of {row.size} entries shows other values than the note that was signed."
        )


def _fault(size: int, sentence: str) -> Fault:
    return Fault(index=max(size - 1, 0), sentence=sentence)
