"""The ledger's receipt: what it proves offline, and every way to forge one."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, strategies as st

from provenance import checkpoint, note, receipt
from provenance.checkpoint import Checkpoint
from provenance.errors import ReceiptError
from provenance.types import EntryKind, Receipt
from tests.provenance import receipts

CLAIMED = {"run_id": "r", "grant_sha256": "a" * 64, "essence_sha256": "b" * 64}


@pytest.fixture
def issued() -> Receipt:
    return receipts.issued(**CLAIMED)


def test_receipt_survives_being_written_and_read(issued: Receipt) -> None:
    assert receipt.from_json(json.loads(json.dumps(receipt.to_json(issued)))) == issued


def test_receipt_proves_its_entries_under_the_logs_signature(issued: Receipt) -> None:
    assert receipt.check(issued, log=receipts.LOG).checkpoint.size == receipts.BEFORE + 2
    assert receipt.problems(receipt.to_json(issued), claimed=CLAIMED) == ()
    assert receipt.made(issued)["essence_sha256"] == "b" * 64


def test_another_log_key_is_not_believed(issued: Receipt) -> None:
    other = note.verifier_of(Ed25519PrivateKey.generate(), name=receipts.ORIGIN)
    with pytest.raises(ReceiptError, match="checkpoint"):
        receipt.check(issued, log=other)


def test_tree_of_the_forgers_own_needs_the_logs_key(issued: Receipt) -> None:
    forged = Checkpoint(origin=receipts.ORIGIN, size=7, root=bytes(32))
    signed = checkpoint.sign(forged, key=Ed25519PrivateKey.generate())
    with pytest.raises(ReceiptError, match="checkpoint"):
        receipt.check(replace(issued, note=signed), log=receipts.LOG)


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize(
    "change",
    [
        lambda entry: replace(entry, index=entry.index - 1),
        lambda entry: replace(entry, index=7),
        lambda entry: replace(entry, index=-1),
        lambda entry: replace(entry, leaf=bytes(32)),
        lambda entry: replace(entry, path=entry.path[:-1]),
        lambda entry: replace(entry, path=(*entry.path, bytes(32))),
        lambda entry: replace(entry, path=(bytes(32), *entry.path[1:])),
        lambda entry: replace(entry, text='{"kind":"run:granted"}'),
    ],
    ids=["index", "beyond", "negative", "leaf", "short", "long", "other", "text"],
)
def test_an_entry_that_is_not_in_the_tree_is_named(issued: Receipt, number: int, change: Callable[..., Any]) -> None:
    entries = list(issued.entries)
    entries[number] = change(entries[number])
    with pytest.raises(ReceiptError, match=entries[number].kind):
        receipt.check(replace(issued, entries=tuple(entries)), log=receipts.LOG)


@pytest.mark.parametrize("name", CLAIMED)
def test_receipt_of_another_output_is_found_out(issued: Receipt, name: str) -> None:
    (problem,) = receipt.problems(receipt.to_json(issued), claimed={**CLAIMED, name: "another"})
    assert problem == "The ledger's receipt is about another output."


@pytest.mark.parametrize("kind", [EntryKind.RUN_GRANTED, EntryKind.OUTPUT_MADE])
def test_receipt_without_decision_or_frames_is_none(issued: Receipt, kind: EntryKind) -> None:
    less = replace(issued, entries=tuple(entry for entry in issued.entries if entry.kind != kind))
    assert receipt.problems(receipt.to_json(less), claimed=CLAIMED) != ()


def test_output_without_receipt_says_so() -> None:
    assert receipt.problems({}, claimed=CLAIMED) == ("It carries no receipt of the ledger.",)


SPOILT: dict[str, Callable[[dict[str, Any]], object]] = {
    "version": lambda said: said.update(version=2),
    "no log": lambda said: said.pop("log"),
    "log of numbers": lambda said: said.update(log=1),
    "no entries": lambda said: said.update(entries=[]),
    "entries of text": lambda said: said.update(entries="abc"),
    "too many": lambda said: said.update(entries=said["entries"] * 9),
    "index of text": lambda said: said["entries"][0].update(index="5"),
    "index true": lambda said: said["entries"][0].update(index=True),
    "long path": lambda said: said["entries"][0].update(proof=["AAAA"] * 64),
    "path of numbers": lambda said: said["entries"][0].update(proof=[1]),
    "no base64": lambda said: said["entries"][0].update(leaf="***"),
    "entry of a list": lambda said: said["entries"][0].update(entry=[]),
}


@pytest.mark.parametrize("name", SPOILT)
def test_malformed_receipt_is_refused_in_words(issued: Receipt, name: str) -> None:
    said = json.loads(json.dumps(receipt.to_json(issued)))
    SPOILT[name](said)
    with pytest.raises(ReceiptError):
        receipt.from_json(said)
    assert receipt.problems(said, claimed=CLAIMED) != ()


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


@given(
    said=st.dictionaries(
        st.sampled_from(["version", "log", "checkpoint", "entries"]), anything | st.just(1), min_size=1
    )
)
def test_receipt_of_any_shape_breaks_nothing(said: dict[str, Any]) -> None:
    assert receipt.problems(said, claimed={}) != ()


def test_entry_of_another_kind_does_not_pass_for_the_one_about_the_frames(issued: Receipt) -> None:
    """Kinds stand beside the entries for readers; what was hashed is what counts."""
    decision, made = issued.entries
    text = made.text.replace("output:made", "output:took")
    with pytest.raises(ReceiptError, match="how the output was recorded"):
        receipt.made(replace(issued, entries=(decision, replace(made, text=text))))


@pytest.mark.parametrize("text", ["[" * 100_000, "\ud800"], ids=["deep", "half a character"])
@pytest.mark.parametrize("where", ["entry", "checkpoint"])
def test_text_that_breaks_a_reader_is_a_problem_in_words(issued: Receipt, text: str, where: str) -> None:
    said: dict[str, Any] = json.loads(json.dumps(receipt.to_json(issued)))
    if where == "entry":
        said["entries"][1]["entry"] = text
    else:
        said["checkpoint"] = text
    (problem,) = receipt.problems(said, claimed=CLAIMED)
    assert "receipt" in problem
    with pytest.raises(ReceiptError):
        receipt.made(replace(issued, entries=(issued.entries[0], replace(issued.entries[1], text=text))))
