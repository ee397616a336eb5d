"""Tiles against the tree they are cut from, and their proofs against another implementation."""

from types import SimpleNamespace

import pytest
from hypothesis import given, settings, strategies as st
from sigstore._internal.merkle import verify_merkle_inclusion
from sigstore.errors import VerificationError

from provenance import merkle, tiles
from provenance.tiles import Growth, Tile, Tree

ENTRIES = [f"entry {n}".encode() for n in range(66_000)]
LEAVES = [merkle.leaf_hash(entry) for entry in ENTRIES]
SIZES = (1, 2, 3, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537, 66_000)


@pytest.fixture(scope="module")
def levels() -> list[list[bytes]]:
    """Each level as the specification defines it: the roots of 256 hashes each of the level below."""
    found = [LEAVES]
    while len(found[-1]) >= 256:
        below = found[-1]
        found.append([merkle.root(below[n : n + 256]) for n in range(0, len(below) // 256 * 256, 256)])
    return found


def tree(levels: list[list[bytes]], size: int) -> Tree:
    def read(tile: Tile) -> list[bytes]:
        assert tile.within(size), "a tile is asked for that the tree does not have"
        assert tile.width == 256 or tile.stop == size >> (8 * tile.level), "this partial tile need not be kept"
        return levels[tile.level][tile.stop - tile.width : tile.stop]

    return Tree(size=size, read=read)


@pytest.mark.parametrize("size", SIZES)
def test_root_and_proofs_are_those_of_the_whole_tree(levels: list[list[bytes]], size: int) -> None:
    leaves, cut = LEAVES[:size], tree(levels, size)
    assert cut.root() == merkle.root(leaves)
    for index in {0, size // 2, size - 1}:
        assert cut.inclusion(index) == merkle.inclusion_proof(leaves, index)
        assert cut.consistency(index + 1) == merkle.consistency_proof(leaves, index + 1)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_proofs_from_tiles_verify(levels: list[list[bytes]], data: st.DataObject) -> None:
    size = data.draw(st.integers(1, len(LEAVES)))
    index = data.draw(st.integers(0, size - 1))
    cut, first = tree(levels, size), index + 1
    leaf, root = LEAVES[index], cut.root()
    assert merkle.includes(leaf, index=index, size=size, proof=cut.inclusion(index), tree_root=root)
    old = tree(levels, first).root()
    assert merkle.consistent(first, size, first_root=old, second_root=root, proof=cut.consistency(first))
    verify_merkle_inclusion(foreign(index, size, root, cut.inclusion(index)))


def test_another_implementation_refuses_a_proof_of_ours_for_another_entry(levels: list[list[bytes]]) -> None:
    cut = tree(levels, 300)
    entry = foreign(7, 300, cut.root(), cut.inclusion(7))
    entry._inner.canonicalized_body = ENTRIES[8]
    with pytest.raises(VerificationError):
        verify_merkle_inclusion(entry)


def foreign(index: int, size: int, root: bytes, hashes: list[bytes]) -> SimpleNamespace:
    proof = SimpleNamespace(log_index=index, tree_size=size, root_hash=root, hashes=hashes)
    return SimpleNamespace(_inner=SimpleNamespace(inclusion_proof=proof, canonicalized_body=ENTRIES[index]))


def test_growth_has_the_root_at_every_moment_and_says_what_became_full(levels: list[list[bytes]]) -> None:
    growth, full = Growth(), []
    assert growth.root() == merkle.EMPTY_ROOT
    for size, leaf in enumerate(LEAVES, 1):
        full += growth.add([leaf])
        if size in SIZES:
            assert (growth.size, growth.root()) == (size, merkle.root(LEAVES[:size]))
    for level in (1, 2):
        expected = [(Tile(level=level - 1, index=n), done) for n, done in enumerate(levels[level])]
        assert [(tile, done) for tile, done in full if tile.level == level - 1] == expected


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 1500), min_size=1, max_size=8))
def test_growth_by_any_steps_and_taken_up_again_from_its_peaks_is_the_same(steps: list[int]) -> None:
    at_once, full = Growth(), []
    expected = at_once.add(LEAVES[: sum(steps)])
    growth = Growth()
    for step in steps:
        growth = Growth(growth.size, growth.peaks)
        full += growth.add(LEAVES[growth.size : growth.size + step])
    assert full == expected
    assert (growth.size, growth.peaks, growth.root()) == (sum(steps), at_once.peaks, merkle.root(LEAVES[: sum(steps)]))


@pytest.mark.parametrize(("size", "peaks"), [(3, 1), (4, 2), (0, 1)])
def test_growth_is_not_taken_up_from_peaks_that_are_no_trees(size: int, peaks: int) -> None:
    with pytest.raises(ValueError, match="peaks"):
        Growth(size, LEAVES[:peaks])


def test_root_of_the_empty_tree_needs_no_tile() -> None:
    assert tree([], 0).root() == merkle.EMPTY_ROOT


@pytest.mark.parametrize("index", [-1, 5])
def test_what_is_not_there_is_an_index_error(levels: list[list[bytes]], index: int) -> None:
    with pytest.raises(IndexError):
        tree(levels, 5).inclusion(index)
    with pytest.raises(IndexError):
        tree(levels, 5).consistency(index + 1 if index > 0 else 0)


@pytest.mark.parametrize(
    ("path", "tile"),
    [
        ("0/000", Tile(level=0, index=0)),
        ("0/x001/x234/067", Tile(level=0, index=1234067)),
        ("1/000.p/17", Tile(level=1, index=0, width=17)),
        ("63/999.p/255", Tile(level=63, index=999, width=255)),
        ("0/x001/000", Tile(level=0, index=1000)),
    ],
)
def test_path_of_a_tile(path: str, tile: Tile) -> None:
    assert str(tile) == path
    assert tiles.parse(path) == tile


@given(st.integers(0, 63), st.integers(0, 10**12), st.integers(1, 256))
def test_every_path_reads_back(level: int, index: int, width: int) -> None:
    tile = Tile(level=level, index=index, width=width)
    assert tiles.parse(str(tile)) == tile


@pytest.mark.parametrize(
    "path",
    [
        "",
        "0",
        "0/",
        "0/0",
        "0/0000",
        "00/000",
        "64/000",
        "-1/000",
        "0/000.p/0",
        "0/000.p/256",
        "0/000.p/01",
        "0/x000/000",
        "0/001/000",
        "0/x001",
        "0/000.p",
        "0/000/",
        "entries/000",
        "0/٠٠٠",
        "0/000\n",
        "0/" + "x999/" * 20 + "000",
        "0/-01",
    ],
)
def test_path_of_no_tile(path: str) -> None:
    assert tiles.parse(path) is None


@pytest.mark.parametrize(
    ("level", "index", "width"), [(0, 272, 256), (0, 273, 112), (1, 0, 256), (1, 1, 17), (2, 0, 1)]
)
def test_tiles_of_a_tree_of_seventy_thousand(level: int, index: int, width: int) -> None:
    """The example of the specification."""
    assert Tile(level=level, index=index, width=width).within(70_000)
    assert width == 256 or not Tile(level=level, index=index, width=width + 1).within(70_000)
