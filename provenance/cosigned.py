"""Who outside vouches for the log's checkpoints, and who contradicts it, as far as the tables know.

A kept line is verified again whenever something depends on it: the tables are not believed alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.db import DatabaseError
from django.db.models import Count

from provenance import cosignature, note
from provenance.errors import LedgerError, NoteError
from provenance.ledger import CHUNK
from provenance.models import Contradiction, Cosignature, LedgerEntry, SignedCheckpoint
from provenance.note import Verifier, Voucher
from provenance.types import EntryKind, Fault
from provenance.walk import EVERY, Sizes
from provenance.witness import Why
from provenance.witness_policy import Policy

MOST_TOLD = 20  # contradictions of one witness: it may say what it likes
LOOKED_AT = 20  # checkpoints, of those with the most lines and of the newest
MOST_LINES = 16  # under one checkpoint in one witness's name: all but one were put there by somebody else


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The checkpoint for which most witnesses of a policy vouch; None while nobody vouches for any."""

    quorum: int
    checkpoint: SignedCheckpoint | None
    vouchers: tuple[Voucher, ...]

    @property
    def enough(self) -> bool:
        return len(self.vouchers) >= self.quorum


def place(subject: str, *, kind: EntryKind) -> int | None:
    """The index of the last entry of this kind about `subject`; None while it has no place in the log.

    Raises LedgerError if the table cannot be read.
    """
    try:
        rows = LedgerEntry.objects.filter(subject=subject, kind=kind.value).order_by("-index")
        return rows.values_list("index", flat=True).first()
    except DatabaseError as e:
        raise LedgerError(f"The ledger could not be read: {e}") from e


def standing(policy: Policy, *, covering: int) -> Standing:
    """How far the witnesses vouch for the entry with index `covering`: on the first checkpoint over it that has most.

    Raises LedgerError if the tables cannot be read.
    """
    best = Standing(quorum=policy.quorum, checkpoint=None, vouchers=())
    try:
        for row in _candidates(policy, covering):
            found = vouchers(row, policy)
            if len(found) > len(best.vouchers):
                best = Standing(quorum=policy.quorum, checkpoint=row, vouchers=found)
            if best.vouchers and best.enough:
                break
    except DatabaseError as e:
        raise LedgerError(f"The cosignatures could not be read: {e}") from e
    return best


def _candidates(policy: Policy, covering: int) -> Iterator[SignedCheckpoint]:
    names = [witness.name for witness in policy.witnesses]
    lines = Cosignature.objects.filter(size__gt=covering, witness__in=names).values("size")
    counted = lines.annotate(count=Count("witness", distinct=True))
    # The newest too: lines that do not verify could hold all the places in front.
    ranked = [*counted.order_by("-count", "size")[:LOOKED_AT], *counted.order_by("-size")[:LOOKED_AT]]
    sizes = dict.fromkeys(found["size"] for found in ranked)
    rows = SignedCheckpoint.objects.in_bulk(sizes)
    yield from (rows[size] for size in sizes if size in rows)


def newest(policy: Policy) -> Standing:
    """Who vouches for the newest checkpoint that anybody of the policy vouches for.

    Raises LedgerError if the tables cannot be read.
    """
    names = [witness.name for witness in policy.witnesses]
    line = Cosignature.objects.filter(witness__in=names).order_by("-size").first()
    return standing(policy, covering=line.size - 1) if line else standing(policy, covering=0)


def newest_with_enough(policy: Policy) -> SignedCheckpoint | None:
    """The newest checkpoint for which as many vouch as the policy asks for, among the newest that have as many lines.

    Raises LedgerError if the tables cannot be read.
    """
    names = [witness.name for witness in policy.witnesses]
    lines = Cosignature.objects.filter(witness__in=names).values("size").annotate(count=Count("witness", distinct=True))
    try:
        for found in lines.filter(count__gte=policy.quorum).order_by("-size")[:LOOKED_AT]:
            row = SignedCheckpoint.objects.filter(size=found["size"]).first()
            if row and len(vouchers(row, policy)) >= policy.quorum:
                return row
    except DatabaseError as e:
        raise LedgerError(f"The cosignatures could not be read: {e}") from e
    return None


def vouchers(row: SignedCheckpoint, policy: Policy) -> tuple[Voucher, ...]:
    """Which witnesses of the policy vouch for the checkpoint `row`: those of whom a kept line verifies."""
    return tuple(voucher for voucher, _ in _held(row, policy))


def note_of(row: SignedCheckpoint, policy: Policy) -> str:
    """The signed note of `row` with the lines of the policy's witnesses below the log's, in the order of the policy.

    Only what verifies: one false line in the name of a known key makes a note worthless to whoever reads it.
    """
    return row.note + "".join(f"{line}\n" for _, line in _held(row, policy))


def _held(row: SignedCheckpoint, policy: Policy) -> Iterator[tuple[Voucher, str]]:
    """Each witness that vouches for `row`, and its line."""
    for witness in policy.witnesses:
        lines = Cosignature.objects.filter(size=row.size, witness=witness.name).order_by("id")
        for line in lines.values_list("line", flat=True)[:MOST_LINES]:
            voucher = _voucher(row, line, witness.verifier)
            if voucher:
                yield voucher, line
                break


def _voucher(row: SignedCheckpoint, line: str, verifier: Verifier) -> Voucher | None:
    try:
        text = note.parse(row.note.encode()).text
        _, at = cosignature.among(f"{line}\n".encode(), text=text, of=verifier)
    except NoteError:
        return None
    return Voucher(verifier=verifier, at=at)


def size_known_to(witness: Verifier) -> int:
    """How many entries the last checkpoint had that this witness cosigned; 0 before the first."""
    lines = Cosignature.objects.filter(witness=witness.name).order_by("-size", "id")[:LOOKED_AT]
    rows = SignedCheckpoint.objects.in_bulk([line.size for line in lines])
    held = (line.size for line in lines if line.size in rows and _voucher(rows[line.size], line.line, witness))
    return next(held, 0)


def contradict(row: SignedCheckpoint, *, witness: str, why: Why, remembered: int) -> bool:
    """Keep that a witness remembers another log than `row` shows; False if that is kept, or enough of its kind."""
    if Contradiction.objects.filter(witness=witness).count() >= MOST_TOLD:
        return False
    said = {"witness": witness, "why": why.value, "remembered": remembered}
    shown = {"shown": row.size, "note": row.note}
    return Contradiction.objects.get_or_create(**said, defaults=shown)[1]


def faults(policy: Policy, *, sizes: Sizes = EVERY) -> Iterator[Fault]:
    """Which kept lines do not hold.

    Those of keys that the policy does not name cannot be checked, and are none.
    Raises LedgerError if the tables cannot be read.
    """
    known = {(verifier.name, verifier.key_id): verifier for verifier in policy.verifiers}
    try:
        notes = dict(SignedCheckpoint.objects.filter(size__range=sizes).values_list("size", "note"))
        for line in Cosignature.objects.filter(size__range=sizes).order_by("size", "witness").iterator(CHUNK):
            problem = _problem(line, notes.get(line.size, ""), known)
            if problem:
                sentence = f"The cosignature of {line.witness} on {line.size} entries does not hold: {problem}"
                yield Fault(index=max(line.size - 1, 0), sentence=sentence)
    except DatabaseError as e:
        raise LedgerError(f"The cosignatures could not be read: {e}") from e


def _problem(line: Cosignature, signed: str, known: Mapping[tuple[str, bytes], Verifier]) -> str:
    try:
        text = note.parse(signed.encode()).text
        (said,) = note.parse(f"{text}\n{line.line}\n".encode()).signatures
        verifier = known.get((said.name, said.key_id))
        if said.name != line.witness:
            return f"it is a line of {said.name}"
        if verifier:
            cosignature.among(f"{line.line}\n".encode(), text=text, of=verifier)
    except (NoteError, ValueError) as e:
        return str(e)
    return ""
