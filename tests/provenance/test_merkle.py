"""The Merkle tree against itself, and against the vectors of transparency-dev/merkle where they are at hand."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from provenance import merkle

VECTORS = Path(__file__).resolve().parents[3] / "shared" / "data" / "merkle"
LEAVES = [merkle.leaf_hash(bytes([n])) for n in range(33)]


def vectors(kind: str) -> list[Any]:
    files = sorted((VECTORS / kind).rglob("*.json"))
    skip = pytest.mark.skip(reason="the vectors of transparency-dev/merkle are not beside this checkout")
    return [pytest.param(f, id=str(f.relative_to(VECTORS))) for f in files] or [pytest.param(None, marks=skip)]


def load(path: Path) -> tuple[dict[str, Any], list[bytes]]:
    vector = json.loads(path.read_text())
    return vector, [base64.b64decode(node) for node in vector["proof"] or []]


@pytest.mark.parametrize("path", vectors("inclusion"))
def test_inclusion_vector(path: Path) -> None:
    vector, proof = load(path)
    leaf, tree_root = (base64.b64decode(vector[key]) for key in ("leafHash", "root"))
    found = merkle.includes(leaf, index=vector["leafIdx"], size=vector["treeSize"], proof=proof, tree_root=tree_root)
    assert found is not vector["wantErr"]


@pytest.mark.parametrize("path", vectors("consistency"))
def test_consistency_vector(path: Path) -> None:
    vector, proof = load(path)
    first_root, second_root = (base64.b64decode(vector[key]) for key in ("root1", "root2"))
    found = merkle.consistent(
        vector["size1"], vector["size2"], first_root=first_root, second_root=second_root, proof=proof
    )
    assert found is not vector["wantErr"]


def test_root_of_the_empty_tree_and_of_one_leaf() -> None:
    assert merkle.root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert merkle.root(LEAVES[:1]) == LEAVES[0]


@pytest.mark.parametrize("size", range(1, 34))
def test_every_leaf_is_proven_and_no_other(size: int) -> None:
    leaves = LEAVES[:size]
    tree_root = merkle.root(leaves)
    for index, leaf in enumerate(leaves):
        proof = merkle.inclusion_proof(leaves, index)
        assert merkle.includes(leaf, index=index, size=size, proof=proof, tree_root=tree_root)
        other = merkle.leaf_hash(b"never written")
        assert not merkle.includes(other, index=index, size=size, proof=proof, tree_root=tree_root)


@pytest.mark.parametrize("size", range(1, 34))
def test_every_beginning_is_consistent_and_no_rewritten_one(size: int) -> None:
    roots = [merkle.root(LEAVES[:n]) for n in range(size + 1)]
    for first in range(1, size + 1):
        proof = merkle.consistency_proof(LEAVES[:size], first)
        assert merkle.consistent(first, size, first_root=roots[first], second_root=roots[size], proof=proof)
        forged = merkle.node_hash(roots[first], roots[first])
        assert not merkle.consistent(first, size, first_root=forged, second_root=roots[size], proof=proof)


@pytest.mark.parametrize("first", [0, 4])
def test_consistency_with_a_size_that_has_no_proof_is_an_index_error(first: int) -> None:
    with pytest.raises(IndexError):
        merkle.consistency_proof(LEAVES[:3], first)


def test_inclusion_of_a_leaf_that_is_not_there_is_an_index_error() -> None:
    with pytest.raises(IndexError):
        merkle.inclusion_proof(LEAVES[:3], 3)
