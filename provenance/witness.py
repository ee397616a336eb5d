"""The rules of a witness (c2sp.org/tlog-witness, add-checkpoint). It keeps these:

1. Only what a known log signed is looked at.
2. It cosigns only what begins with the checkpoint that it cosigned last: it never signs two roots of one size, nor
   a smaller tree after a larger one.
3. A refusal says why; one that shows a fork names both trees.

Pure, for both sides: what a witness decides, and what the one who asked understands of the answer. Who decides must
remember what was approved, durably and in one step with the decision, before the cosignature leaves.
"""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from provenance import checkpoint, merkle, note
from provenance.checkpoint import Checkpoint
from provenance.errors import NoteError
from provenance.note import Verifier

MOST_HASHES = 63
MOST_BYTES = 1 << 17  # of a request: 63 hashes, and a checkpoint with every signature it may have
OLD = re.compile("old (0|[1-9][0-9]{0,18})", re.ASCII)
SIZE = re.compile(b"(0|[1-9][0-9]{0,18})\n?", re.ASCII)
SIZE_TYPE = "text/x.tlog.size"


class Why(StrEnum):
    """Why a checkpoint was not cosigned."""

    MALFORMED = "malformed"
    UNKNOWN_LOG = "unknown-log"
    NOT_SIGNED = "not-signed"
    OLDER = "older"  # the one who asked does not know what the witness remembers, or has less
    FORKED = "forked"  # two trees of one size, both signed by the log
    UNPROVEN = "unproven"  # no proof that what is remembered is the beginning


STATUS: Mapping[Why, int] = {
    Why.MALFORMED: 400,
    Why.UNKNOWN_LOG: 404,
    Why.NOT_SIGNED: 403,
    Why.OLDER: 409,
    Why.FORKED: 409,
    Why.UNPROVEN: 422,
}
COSIGNED = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A request: the signed note of a checkpoint, and the proof that the tree of `old` entries is its beginning."""

    old: int
    proof: tuple[bytes, ...]
    note: bytes

    def __bytes__(self) -> bytes:
        """The request's body."""
        lines = (f"old {self.old}", *(base64.b64encode(node).decode() for node in self.proof), "")
        return "".join(f"{line}\n" for line in lines).encode() + self.note


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Not cosigned. `size` is what the witness remembers, where the answer has to say so."""

    why: Why
    sentence: str
    size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A submission whose checkpoint a known log signed."""

    submission: Submission
    checkpoint: Checkpoint


def parse(body: bytes) -> Submission:
    """The request in `body`. Raises NoteError unless it has the one form that the specification allows."""
    head, _, signed = body.partition(b"\n\n")
    try:
        first, *hashes = head.decode("ascii").split("\n")
    except UnicodeDecodeError as e:
        raise NoteError("Expected an old size and hashes in ASCII.") from e
    match = OLD.fullmatch(first)
    if not match or not signed:
        raise NoteError(f"Expected 'old', a size, hashes, an empty line and a checkpoint, got {first[:80]!r}")
    if len(hashes) > MOST_HASHES:
        raise NoteError(f"Expected at most {MOST_HASHES} hashes, got {len(hashes)}")
    return Submission(old=int(match[1]), proof=tuple(map(_hash, hashes)), note=signed)


def _hash(line: str) -> bytes:
    raw = note.from_base64(line)
    if len(raw) != checkpoint.ROOT:
        raise NoteError(f"Expected a hash of {checkpoint.ROOT} bytes, got {len(raw)}")
    return raw


def received(body: bytes, *, logs: Sequence[Verifier]) -> Signed | Refused:
    """What was asked, once one of `logs` is seen to have signed it. A log is known by the name of its keys."""
    try:
        asked = parse(body)
        read = note.parse(asked.note)
        found = checkpoint.parse(read.text)
    except NoteError as e:
        return Refused(why=Why.MALFORMED, sentence=str(e))
    known = [log for log in logs if log.name == found.origin]
    if not known:
        return Refused(why=Why.UNKNOWN_LOG, sentence="This witness does not follow that log.")
    try:
        note.vouched(read, by=known)
    except NoteError as e:
        return Refused(why=Why.NOT_SIGNED, sentence=str(e))
    if asked.old > found.size:
        sentence = f"Expected an old size of at most {found.size}, got {asked.old}"
        return Refused(why=Why.MALFORMED, sentence=sentence)
    return Signed(submission=asked, checkpoint=found)


def nothing(origin: str) -> Checkpoint:
    """What is remembered of a log before its first checkpoint."""
    return Checkpoint(origin=origin, size=0, root=merkle.EMPTY_ROOT)


def judged(asked: Signed, *, remembered: Checkpoint) -> Checkpoint | Refused:
    """The checkpoint to cosign and remember, or why not; `remembered` is what was cosigned last of this log."""
    shown, old = asked.checkpoint, asked.submission.old
    if old != remembered.size:
        sentence = f"This witness remembers {remembered.size} entries, not {old}."
        return Refused(why=Why.OLDER, sentence=sentence, size=remembered.size)
    if shown.size == remembered.size and shown.root != remembered.root:
        sentence = f"Another tree of {shown.size} entries was cosigned before: the log is forked."
        return Refused(why=Why.FORKED, sentence=sentence, size=remembered.size)
    if not _continues(asked, remembered):
        sentence = f"The proof does not show that {shown.size} entries begin with the {old} that were cosigned."
        return Refused(why=Why.UNPROVEN, sentence=sentence)
    return shown


def _continues(asked: Signed, remembered: Checkpoint) -> bool:
    if remembered.size == 0:  # everything begins with nothing, and the proof of it is empty
        return not asked.submission.proof
    return merkle.consistent(
        remembered.size,
        asked.checkpoint.size,
        first_root=remembered.root,
        second_root=asked.checkpoint.root,
        proof=asked.submission.proof,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosigned:
    """The witness answered with `lines`; none of them is believed yet."""

    lines: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembers:
    """The witness remembers another size than we thought, and none that contradicts us: ask again from there."""

    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradicted:
    """The witness remembers a log of `size` entries of which ours is no continuation."""

    why: Why
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered:
    """Nothing follows from the answer but that it is no cosignature."""

    sentence: str


Answer = Cosigned | Remembers | Contradicted | Unanswered


def understood(status: int, body: bytes, *, asked: Submission, size: int) -> Answer:
    """What the answer to `asked`, which showed a checkpoint of `size` entries, means."""
    if status == COSIGNED:
        return Cosigned(lines=body)
    if status == STATUS[Why.UNPROVEN] and asked.old:
        return Contradicted(why=Why.UNPROVEN, size=asked.old)
    if status == STATUS[Why.FORKED]:
        return _other_size(SIZE.fullmatch(body), asked=asked, size=size)
    said = body[:200].decode(errors="replace").strip()
    return Unanswered(sentence=f"it answered {status}{f': {said}' if said else ''}")


def _other_size(match: "re.Match[bytes] | None", *, asked: Submission, size: int) -> Answer:
    remembered = int(match[1]) if match else asked.old
    if remembered > size:
        return Contradicted(why=Why.OLDER, size=remembered)
    if remembered != asked.old:
        return Remembers(size=remembered)
    if remembered == size:
        return Contradicted(why=Why.FORKED, size=size)
    return Unanswered(sentence=f"it refused {remembered} entries and says that it remembers {remembered}")
