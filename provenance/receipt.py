"""The ledger's receipt: what ties an output to the log for ever, and can be checked without the log.

A receipt names a checkpoint as it was signed and cosigned, and some entries with the path from each to the checkpoint's
root (RFC 9162, 2.1.3). An entry that strangers may read stands there as it was written; of another one only its leaf
hash does, which shows that it was there, and can be compared with the entry by whoever is given it.

Pure. Nothing of a receipt is believed before `check`.
"""

import base64
import json
from collections.abc import Iterable, Mapping
from typing import Any

from provenance import checkpoint, merkle, note
from provenance.checkpoint import Opened
from provenance.errors import NoteError, ReceiptError
from provenance.note import Verifier
from provenance.types import EntryKind, Json, Proven, Receipt

VERSION = 1
MOST_ENTRIES, MOST_HASHES = 16, 63


def to_json(receipt: Receipt) -> dict[str, Json]:
    """The receipt as it stands in a manifest; hashes in base64."""
    return {
        "version": VERSION,
        "log": receipt.log,
        "checkpoint": receipt.note,
        "entries": [
            {
                "kind": entry.kind,
                "index": entry.index,
                "leaf": _spelt(entry.leaf),
                "entry": entry.text or None,
                "proof": [_spelt(node) for node in entry.path],
            }
            for entry in receipt.entries
        ],
    }


def from_json(said: Mapping[str, Any]) -> Receipt:
    """The receipt in what was read from a file. Raises ReceiptError unless it is written as a receipt is."""
    try:
        if said["version"] != VERSION or not 0 < len(said["entries"]) <= MOST_ENTRIES:
            raise ReceiptError(f"Expected a receipt of version {VERSION} with 1 to {MOST_ENTRIES} entries.")
        entries = tuple(_proven(entry) for entry in said["entries"])
        return Receipt(log=_text(said["log"]), note=_text(said["checkpoint"]), entries=entries)
    except (KeyError, TypeError, NoteError) as e:
        raise ReceiptError(f"The ledger's receipt is not written as a receipt is: {e}") from e


def check(receipt: Receipt, *, log: Verifier, witnesses: Iterable[Verifier] = ()) -> Opened:
    """The checkpoint of `receipt`, once it is seen that `log` signed it and that every entry is in its tree.

    Raises ReceiptError, naming the entry that is not there, or what is wrong with the checkpoint.
    """
    try:
        found = checkpoint.opened(receipt.note.encode(), log=log, witnesses=witnesses)
    except NoteError as e:
        raise ReceiptError(f"The checkpoint of the receipt does not hold: {e}") from e
    for entry in receipt.entries:
        _require_in(entry, found)
    return found


def problems(said: Mapping[str, Any], *, claimed: Mapping[str, Any]) -> tuple[str, ...]:
    """What does not hold of the receipt in a manifest whose consent assertion is `claimed`, in words for people.

    The log's key is the one that the manifest names: its signer vouches for that, and nobody else here.
    """
    if not said:
        return ("It carries no receipt of the ledger.",)
    try:
        receipt = from_json(said)
        check(receipt, log=note.verifier(receipt.log))
        _require_about(receipt, claimed)
    except (ReceiptError, NoteError) as e:
        return (str(e),)
    return ()


def made(receipt: Receipt) -> dict[str, Any]:
    """What the entry says by which the making of an output was recorded. Raises ReceiptError if none can be read."""
    entry = receipt.entry(EntryKind.OUTPUT_MADE)
    try:
        found = json.loads(entry.text if entry else "")
        if found["kind"] != EntryKind.OUTPUT_MADE:  # what stands beside the entry is nobody's word
            raise ValueError(f"the entry is of the kind {found['kind']}")
        return {**found["body"], "run": str(found["subject"]).removeprefix("run:")}
    except (ValueError, KeyError, TypeError, RecursionError) as e:
        raise ReceiptError("The ledger's receipt does not show how the output was recorded.") from e


def _require_about(receipt: Receipt, claimed: Mapping[str, Any]) -> None:
    recorded = made(receipt)
    for ours, theirs in (("run", "run_id"), ("grant_sha256", "grant_sha256"), ("essence_sha256", "essence_sha256")):
        if recorded.get(ours) != claimed.get(theirs):
            raise ReceiptError("The ledger's receipt is about another output.")
    if receipt.entry(EntryKind.RUN_GRANTED) is None:
        raise ReceiptError("The ledger's receipt does not show the decision that the output was made under.")


def _require_in(entry: Proven, found: Opened) -> None:
    if entry.text and merkle.leaf_hash(entry.text.encode()) != entry.leaf:
        raise ReceiptError(f"The entry {entry.kind} of the receipt is not the one whose hash stands beside it.")
    size, root = found.checkpoint.size, found.checkpoint.root
    if not merkle.includes(entry.leaf, index=entry.index, size=size, proof=entry.path, tree_root=root):
        raise ReceiptError(
            f"The entry {entry.kind}, said to be number {entry.index}, is not among the checkpoint's {size} entries."
        )


def _proven(said: Mapping[str, Any]) -> Proven:
    index, path, text = said["index"], said["proof"], said["entry"]
    if type(index) is not int or not isinstance(path, list) or len(path) > MOST_HASHES:
        raise ReceiptError(f"Expected an index and at most {MOST_HASHES} hashes for each entry of a receipt.")
    return Proven(
        kind=_text(said["kind"]),
        index=index,
        leaf=note.from_base64(_text(said["leaf"])),
        path=tuple(note.from_base64(_text(node)) for node in path),
        text="" if text is None else _text(text),
    )


def _text(value: object) -> str:
    if not isinstance(value, str) or not _is_utf8(value):
        raise ReceiptError(f"Expected a text in the ledger's receipt, got {str(value)[:80]!r}")
    return value


def _is_utf8(text: str) -> bool:
    """JSON can spell halves of characters, which no bytes can stand for."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _spelt(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
