"""Another implementation of the log's formats, which shares no code with ours (proofbundle): it believes our
checkpoints, witnesses and proofs, ours believe its, and neither believes a forged one.
"""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from proofbundle import checkpoint as theirs, merkle as their_merkle
from proofbundle.tlogproof import format_tlog_proof, verify_tlog_proof

from provenance import checkpoint, merkle, note, tlog_proof
from provenance.types import EntryKind, Proven
from tests.provenance import receipts

ISSUED = receipts.issued(run_id="r", grant_sha256="a" * 64, essence_sha256="b" * 64)
ENTRIES = [f"entry {number}".encode() for number in range(13)]


@pytest.fixture
def made() -> Proven:
    found = ISSUED.entry(EntryKind.OUTPUT_MADE)
    assert found
    return found


def believed(entry: Proven, *, text: str = "", index: int | None = None, log: str = "", witnesses: int = 1) -> bool:
    """What the other implementation says of our proof: log, witness and inclusion."""
    place = entry.index if index is None else index
    written = tlog_proof.written(place, entry.path, checkpoint=ISSUED.note, extra=entry.text.encode())
    keys = log or str(receipts.LOG), [str(receipts.WITNESS)]
    return bool(verify_tlog_proof(written, (text or entry.text).encode(), *keys, threshold=witnesses)["ok"])


def test_it_believes_our_checkpoint_our_witness_and_our_proof(made: Proven) -> None:
    assert theirs.verify_checkpoint(ISSUED.note, str(receipts.LOG))["ok"]
    assert theirs.verify_cosignature(ISSUED.note, str(receipts.WITNESS))["ok"]
    assert believed(made)


def test_it_believes_no_other_entry_index_key_or_quorum(made: Proven) -> None:
    assert not believed(made, text=made.text + " ")
    assert not believed(made, index=0)
    assert not believed(made, log=str(note.verifier_of(Ed25519PrivateKey.generate(), name=receipts.ORIGIN)))
    assert not believed(made, witnesses=2)


def test_we_believe_its_checkpoint_and_proof_and_no_other_entry() -> None:
    key, origin = Ed25519PrivateKey.generate(), "other.example/log"
    root, path = their_merkle.merkle_tree_hash(ENTRIES), their_merkle.inclusion_proof(ENTRIES, 7)
    signed = theirs.sign_checkpoint(origin, len(ENTRIES), root, key, origin)
    read = tlog_proof.parse(format_tlog_proof(7, path, signed, extra=ENTRIES[7]).encode())
    log = note.verifier(theirs.vkey(origin, key.public_key().public_bytes_raw()))
    state = checkpoint.opened(read.checkpoint.encode(), log=log).checkpoint
    for entry in ENTRIES:
        included = merkle.includes(
            merkle.leaf_hash(entry), index=read.index, size=state.size, proof=read.hashes, tree_root=state.root
        )
        assert included == (entry == ENTRIES[7])


@pytest.mark.parametrize("first", range(1, len(ENTRIES)))
def test_both_agree_on_how_a_log_grew(first: int) -> None:
    leaves = [merkle.leaf_hash(entry) for entry in ENTRIES]
    ours, its = merkle.consistency_proof(leaves, first), their_merkle.consistency_proof(ENTRIES, first)
    before, after = merkle.root(leaves[:first]), merkle.root(leaves)
    assert ours == its
    assert their_merkle.verify_consistency(first, len(ENTRIES), ours, before, after)
    assert not their_merkle.verify_consistency(first, len(ENTRIES), ours, before, bytes(32))
    assert merkle.consistent(first, len(ENTRIES), first_root=before, second_root=after, proof=its)
