"""The ledger's Merkle tree in the database: its leaves are the entries', the levels above are computed once and stored.

The database computes the stored hashes from the entries itself, and takes none from anybody. Trees and proofs can be
had for every size up to the one that `grow` last answered with.
"""

from functools import cache

from django.db import DatabaseError, connection, transaction
from django.db.models import Q

from provenance import tiles
from provenance.errors import LedgerError
from provenance.models import TreeNode
from provenance.tiles import Tile, Tree
from provenance.walk import Sizes

HASH = 32  # bytes
LEVELS = 8  # more than 2**63 entries will not come
# A tile is one value: as rows, its hashes take twice as long to come.
LEAVES = """SELECT string_agg(leaf, ''::bytea ORDER BY index) FROM public.provenance_ledgerentry
WHERE index BETWEEN %(first)s AND %(last)s"""
NODES = """SELECT string_agg(hash, ''::bytea ORDER BY index) FROM public.provenance_treenode
WHERE level = %(level)s AND index BETWEEN %(first)s AND %(last)s"""


def grow() -> int:
    """Store what entries since the last call completed; answer with the size. Alone at it until the transaction ends.

    Raises LedgerError outside a transaction, or when the database refuses.
    """
    if not connection.in_atomic_block:
        raise LedgerError("The tree grows in a transaction, so that one at a time makes it grow; there is none.")
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT public.ledger_grow()")
            return int(cursor.fetchone()[0])
    except DatabaseError as e:
        raise LedgerError(f"The tree could not grow: {e}") from e


def of(size: int) -> Tree:
    """The tree over the first `size` entries. Its methods raise LedgerError for what is not stored."""
    return Tree(size=size, read=cache(read))


def read(tile: Tile) -> tuple[bytes, ...]:
    """The hashes of `tile`. Raises LedgerError if one is not stored, or the tables cannot be read."""
    between = {"level": tile.level, "first": tile.stop - tile.width, "last": tile.stop - 1}
    try:
        with connection.cursor() as cursor:
            cursor.execute(NODES if tile.level else LEAVES, between)
            found = bytes(cursor.fetchone()[0] or b"")
    except DatabaseError as e:
        raise LedgerError(f"The tree could not be read: {e}") from e
    if len(found) != HASH * tile.width:
        raise LedgerError(f"Expected {tile.width} hashes in tile {tile} of the tree, found {len(found) // HASH}")
    return tuple(found[n : n + HASH] for n in range(0, len(found), HASH))


def stored(sizes: Sizes) -> dict[Tile, bytes]:
    """The stored root of every tile that becomes full while the tree grows from one size to the other.

    Raises DatabaseError.
    """
    rows = TreeNode.objects.filter(_between(sizes)).values_list("level", "index", "hash")
    return {Tile(level=level - 1, index=index): bytes(root) for level, index, root in rows.iterator()}


def _between(sizes: Sizes) -> Q:
    found = Q(level=0)  # nobody's: the leaves are the entries'
    for level in range(1, LEVELS):
        start, stop = (size >> (tiles.HEIGHT * level) for size in sizes)
        found |= Q(level=level, index__gte=start, index__lt=stop)
    return found
