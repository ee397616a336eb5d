"""Is every entry in the log's tree, and did the log, its witnesses and an outside clock vouch for that tree?"""

from collections.abc import Iterator
from functools import cached_property

from countersign.evidence.bundle import (
    CHECKPOINT,
    LOG_KEY,
    STAMP_ROOTS,
    STAMPS,
    WITNESSES,
    Bundle,
    Line,
    proof_name,
)
from countersign.evidence.case import Case
from countersign.evidence.errors import AbsentError
from countersign.evidence.findings import Finding, Part
from provenance import checkpoint, merkle, note, timestamp, tlog_proof, witness_policy
from provenance.checkpoint import Checkpoint
from provenance.errors import NoteError, PolicyError, ProvenanceError
from provenance.note import Verifier

PART = Part(name="The log")


class Proofs:
    """The proofs of a bundle's entries against the root of its checkpoint. Raises AbsentError and NoteError."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle
        self._note = bundle.read(CHECKPOINT)
        self._tree = unbelieved(self._note)

    @cached_property
    def faults(self) -> tuple[tuple[Line, str], ...]:
        """The entries that are not proven, and what is wrong with the proof of each."""
        return tuple((line, fault) for line in self._bundle.lines if (fault := self._fault(line)))

    @property
    def proven(self) -> tuple[Line, ...]:
        unproven = {line.index for line, _ in self.faults}
        return tuple(line for line in self._bundle.lines if line.index not in unproven)

    def _fault(self, line: Line) -> str:
        try:
            proof = tlog_proof.parse(self._bundle.read(proof_name(line.index)))
        except (AbsentError, NoteError) as e:
            return f"it has no proof that could be read ({e})"
        if proof.checkpoint.encode() != self._note:
            return "its proof is of another checkpoint"
        holds = proof.index == line.index and merkle.includes(
            merkle.leaf_hash(line.text),
            index=line.index,
            size=self._tree.size,
            proof=proof.hashes,
            tree_root=self._tree.root,
        )
        return "" if holds else "the log's tree does not hold this text at this place"


def unbelieved(raw: bytes) -> Checkpoint:
    """The checkpoint in a note, whoever signed it. Raises NoteError."""
    return checkpoint.parse(note.parse(raw).text)


def key(case: Case) -> Verifier:
    """The log's key: the one that was pinned, or else the bundle's. Raises AbsentError, NoteError."""
    return case.pins.log or note.verifier(case.bundle.read(LOG_KEY).decode().strip())


def proven(bundle: Bundle) -> tuple[Line, ...]:
    """The entries that are in the tree of the bundle's checkpoint; none where that cannot be told."""
    try:
        return Proofs(bundle).proven
    except (AbsentError, ProvenanceError):
        return ()


def check(case: Case) -> Iterator[Finding]:
    raw = case.bundle.read(CHECKPOINT)
    tree = unbelieved(raw)
    yield _signed(case, raw, tree)
    yield from _entries(case, tree)
    yield from _cosigned(case, raw)
    yield from _stamped(case, raw)


def _signed(case: Case, raw: bytes, tree: Checkpoint) -> Finding:
    log = key(case)
    try:
        checkpoint.opened(raw, log=log)
    except NoteError as e:
        return PART.fails(f"The checkpoint of {tree.size} entries is not one that {log} signed: {e}", CHECKPOINT)
    return PART.holds(f"{log.name} signed a checkpoint over its first {tree.size} entries.", CHECKPOINT)


def _entries(case: Case, tree: Checkpoint) -> Iterator[Finding]:
    faults = Proofs(case.bundle).faults
    for line, fault in faults:
        yield PART.fails(f"Entry {line.index} ({line.kind}) is not proven: {fault}.", line.member)
    if tree.size != case.bundle.contents.checkpoint:
        yield PART.fails(
            f"The manifest speaks of a checkpoint of {case.bundle.contents.checkpoint} entries.", CHECKPOINT
        )
    if case.lines and not faults:
        yield PART.holds(f"Each of the {len(case.lines)} entries in the bundle is proven to be in that tree.")
    elif not case.lines:
        yield PART.fails("No entry in the bundle is proven to be in the log.")


def _cosigned(case: Case, raw: bytes) -> Iterator[Finding]:
    witnesses, quorum = _wanted(case)
    if not witnesses:
        yield PART.leaves_open("No witness is named, so nobody outside shows that the log has not forked.")
        return
    try:
        found = checkpoint.opened(raw, log=key(case), witnesses=witnesses).witnesses
    except NoteError as e:
        yield PART.fails(f"The witnesses' lines under the checkpoint do not hold: {e}", CHECKPOINT)
        return
    names = ", ".join(voucher.verifier.name for voucher in found) or "nobody"
    yield PART.judged(
        len(found) >= max(quorum, 1),
        f"{len(found)} of {len(witnesses)} witnesses vouch for that checkpoint ({names}); {quorum} are asked for.",
        f"{len(found)} of {len(witnesses)} witnesses vouch for that checkpoint ({names}), and {quorum} are asked for.",
        member=CHECKPOINT,
    )


def _wanted(case: Case) -> tuple[tuple[Verifier, ...], int]:
    """The witnesses and how many of them must vouch: every one that was pinned, unless a number was as well."""
    pins = case.pins
    if pins.witnesses:
        return pins.witnesses, len(pins.witnesses) if pins.quorum is None else pins.quorum
    if not case.bundle.holds(WITNESSES):
        return (), 0
    try:
        policy = witness_policy.parse(case.bundle.read(WITNESSES).decode())
    except (PolicyError, UnicodeDecodeError) as e:
        raise NoteError(f"{WITNESSES} cannot be understood: {e}") from e
    return policy.verifiers, policy.quorum if pins.quorum is None else pins.quorum


def _stamped(case: Case, raw: bytes) -> Iterator[Finding]:
    names = case.bundle.names(under=STAMPS)
    if not names:
        yield PART.leaves_open("No outside clock stamped that checkpoint: its time is the log's own word.")
        return
    roots = case.trusted(case.pins.stamp_roots, STAMP_ROOTS)
    for name in names:
        yield _stamp(case, name, raw=raw, roots=roots)


def _stamp(case: Case, name: str, *, raw: bytes, roots: bytes) -> Finding:
    try:
        stamp = timestamp.verify(case.bundle.read(name), over=checkpoint.as_signed(raw, log=key(case)), roots=roots)
    except ProvenanceError as e:
        return PART.fails(f"{name}: {e}", name)
    except AbsentError as e:
        return PART.leaves_open(f"Not checked: {e}.", name)
    return PART.holds(f"{stamp.by} saw that checkpoint at {stamp.at:%d %B %Y, %H:%M:%S} UTC (RFC 3161).", name)
