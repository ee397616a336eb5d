"""The Merkle tree of RFC 9162: its root, and proofs that an entry is in it or that it only ever grew.

Pure: digests in, digests out. A leaf hash is SHA-256(0x00 || entry), a node SHA-256(0x01 || left || right); every
function here takes leaf hashes, 32 bytes each.
"""

from collections.abc import Sequence
from hashlib import sha256

EMPTY_ROOT = sha256().digest()  # RFC 9162, 2.1.1


def leaf_hash(entry: bytes) -> bytes:
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The root of the tree over `leaves` (RFC 9162, 2.1.1), level by level: an odd last node moves up unchanged."""
    level = list(leaves) or [EMPTY_ROOT]
    while len(level) > 1:
        odd = level[-1:] if len(level) % 2 else []
        # Written out: as a call of node_hash it takes half as long again, and this is most of a verification's hashing.
        pairs = zip(level[::2], level[1::2], strict=False)
        level = [sha256(b"\x01" + left + right).digest() for left, right in pairs] + odd
    return level[0]


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The path from leaf `index` to the root (RFC 9162, 2.1.3.1). Raises IndexError if there is no such leaf."""
    if not 0 <= index < len(leaves):
        raise IndexError(f"Expected an index below {len(leaves)}, got {index}")
    if len(leaves) == 1:
        return []
    split = split_at(len(leaves))
    if index < split:
        return [*inclusion_proof(leaves[:split], index), root(leaves[split:])]
    return [*inclusion_proof(leaves[split:], index - split), root(leaves[:split])]


def consistency_proof(leaves: Sequence[bytes], first: int) -> list[bytes]:
    """That the tree over the `first` leaves is the beginning of the tree over all (RFC 9162, 2.1.4.1).

    Raises IndexError unless 0 < first <= number of leaves: every tree is consistent with the empty one.
    """
    if not 0 < first <= len(leaves):
        raise IndexError(f"Expected a size from 1 to {len(leaves)}, got {first}")
    return _subproof(leaves, first, complete=True)


def _subproof(leaves: Sequence[bytes], first: int, *, complete: bool) -> list[bytes]:
    if first == len(leaves):
        return [] if complete else [root(leaves)]
    split = split_at(len(leaves))
    if first <= split:
        return [*_subproof(leaves[:split], first, complete=complete), root(leaves[split:])]
    return [*_subproof(leaves[split:], first - split, complete=False), root(leaves[:split])]


def includes(leaf: bytes, *, index: int, size: int, proof: Sequence[bytes], tree_root: bytes) -> bool:
    """Whether `proof` shows `leaf` at `index` of the tree of `size` leaves with that root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size or len(leaf) != len(EMPTY_ROOT):
        return False
    node, last, current = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            current = node_hash(sibling, current)
            node, last = _climb_to_left_turn(node, last)
        else:
            current = node_hash(current, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and current == tree_root


def consistent(first: int, second: int, *, first_root: bytes, second_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether `proof` shows that the tree of `second` leaves begins with the tree of `first` (RFC 9162, 2.1.4.2).

    False for first == 0: nothing can be proven of an empty tree.
    """
    if not 0 < first <= second:
        return False
    if first == second:
        return first_root == second_root and not proof
    path = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
    if not proof:
        return False
    node, last = first - 1, second - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            node, last = _climb_to_left_turn(node, last)
        else:
            new = node_hash(new, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


def _climb_to_left_turn(node: int, last: int) -> tuple[int, int]:
    while node and not node & 1:
        node, last = node >> 1, last >> 1
    return node, last


def split_at(size: int) -> int:
    """The largest power of two below `size`: where RFC 9162 divides a tree."""
    return 1 << (size - 1).bit_length() - 1
