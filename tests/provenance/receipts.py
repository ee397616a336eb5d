"""Receipts of a log of the tests' own, with real keys: as the platform issues them, without a database."""

import base64
import struct
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from provenance import canonical, checkpoint, merkle
from provenance.checkpoint import Checkpoint
from provenance.note import Algorithm, Verifier, verifier_of
from provenance.types import EntryKind, Json, Proven, Receipt

ORIGIN = "countersign.example/log"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
LOG = verifier_of(KEY, name=ORIGIN)
WITNESS_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
WITNESS = Verifier(
    name="guild.example/w", algorithm=Algorithm.COSIGNATURE, key=WITNESS_KEY.public_key().public_bytes_raw()
)
BEFORE = 5  # entries about other things
SIGNED_AT = 1_790_000_000


def text(kind: EntryKind, *, index: int, subject: str, body: dict[str, Json]) -> str:
    entry: dict[str, Json] = {
        "actor": "worker:convert",
        "body": body,
        "index": index,
        "kind": kind.value,
        "recorded_at": "2026-11-24T07:00:00.000000Z",
        "subject": subject,
    }
    return canonical.dumps(entry).decode()


def issued(*, run_id: str, grant_sha256: str, essence_sha256: str) -> Receipt:
    """What the log of the tests says of a run: its decision, and the frames that were made."""
    subject = f"run:{run_id}"
    granted = text(EntryKind.RUN_GRANTED, index=BEFORE, subject=subject, body={"grant_sha256": grant_sha256})
    body: dict[str, Json] = {"essence_sha256": essence_sha256, "grant_sha256": grant_sha256}
    made = text(EntryKind.OUTPUT_MADE, index=BEFORE + 1, subject=subject, body=body)
    others = [sha256(bytes([number])).digest() for number in range(BEFORE)]
    leaves = [*others, *(merkle.leaf_hash(entry.encode()) for entry in (granted, made))]
    tree = Checkpoint(origin=ORIGIN, size=len(leaves), root=merkle.root(leaves))

    def proven(kind: EntryKind, index: int, shown: str) -> Proven:
        path = tuple(merkle.inclusion_proof(leaves, index))
        return Proven(kind=kind.value, index=index, leaf=leaves[index], path=path, text=shown)

    return Receipt(
        log=str(LOG),
        note=_cosigned(checkpoint.sign(tree, key=KEY)),
        entries=(proven(EntryKind.RUN_GRANTED, BEFORE, ""), proven(EntryKind.OUTPUT_MADE, BEFORE + 1, made)),
    )


def _cosigned(signed: str) -> str:
    """As the specification spells it (c2sp.org/tlog-cosignature), and not by our own code."""
    text = signed[: signed.rindex("\n\n") + 1]
    signature = WITNESS_KEY.sign(f"cosignature/v1\ntime {SIGNED_AT}\n{text}".encode())
    line = base64.b64encode(WITNESS.key_id + struct.pack(">Q", SIGNED_AT) + signature).decode()
    return f"{signed}— {WITNESS.name} {line}\n"
