"""What a witness saw that contradicts what it cosigned, kept as text that people read: both notes, word for word.

A fork is proof by itself: the log signed both. A checkpoint that came without a proof is not, since a stranger may have
sent the log's own checkpoint with a wrong proof. Hence fewer of those are kept, so that nobody fills the disk.
"""

import hashlib
from pathlib import Path

from provenance import durable
from provenance.checkpoint import Checkpoint
from provenance.witness import Signed, Why

MOST: dict[Why, int] = {Why.FORKED: 1000, Why.UNPROVEN: 100}
MEANING: dict[Why, str] = {
    Why.FORKED: "The log signed two different trees of one size: it showed two histories. Its signatures prove it.",
    Why.UNPROVEN: "A checkpoint came without a valid proof that it continues the one cosigned before. Ask the log for "
    "that proof. If it has none, its history was rewritten; if it has one, somebody else sent a wrong one.",
}


def keep(folder: Path, asked: Signed, *, why: Why, remembered: Checkpoint, note: bytes) -> Path | None:
    """Keep what `asked` shows beside what is remembered in the log's own `note`; once, and not without end.

    None if nothing is kept: it is no contradiction, or there are enough of its kind already.
    """
    if why not in MOST:
        return None
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / _name(asked, why=why, remembered=remembered)
    if not path.exists():
        if len(list(folder.glob(f"{why}-*"))) >= MOST[why]:
            return None
        durable.write(path, _told(asked, why=why, note=note))
    return path


def _name(asked: Signed, *, why: Why, remembered: Checkpoint) -> str:
    both = f"{asked.checkpoint}\n{remembered}".encode()
    return f"{why}-{asked.checkpoint.size}-{hashlib.sha256(both).hexdigest()[:16]}.txt"


def _told(asked: Signed, *, why: Why, note: bytes) -> bytes:
    remembered = note or b"(nothing: the first checkpoint)\n"
    pieces = (
        f"{MEANING[why]}\n\n== Cosigned before ==\n\n".encode(),
        remembered,
        b"\n== Shown now, with the proof that came with it ==\n\n",
        bytes(asked.submission),
    )
    return b"".join(pieces)
