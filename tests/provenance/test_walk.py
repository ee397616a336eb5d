"""The walk that verifies: in one go or by any steps it finds the same, on sound ledgers and on forged ones."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from hypothesis import given, settings, strategies as st

from provenance import canonical, merkle
from provenance.tiles import Tile
from provenance.types import Fault
from provenance.walk import GENESIS, Head, Row, Verified, Walk

START = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
SIZE = 600


def rows(count: int, *, actor: str = "person:1") -> list[Row]:
    made: list[Row] = []
    chain = GENESIS
    for index in range(count):
        at = START + timedelta(seconds=index)
        text = written(index, actor=actor, at=at)
        leaf = merkle.leaf_hash(text.encode())
        chain = sha256(chain + leaf).digest()
        made.append((index, "run:granted", "run:1", actor, at, text, leaf, chain))
    return made


def written(index: int, *, actor: str, at: datetime) -> str:
    said = {"actor": actor, "body": {"n": index, "seconds": 4.96}, "index": index, "kind": "run:granted"}
    return canonical.dumps({**said, "recorded_at": f"{at:%Y-%m-%dT%H:%M:%S.%fZ}", "subject": "run:1"}).decode()


SOUND = rows(SIZE)
HEADS = [Head(size=n, root=merkle.root([row[6] for row in SOUND[:n]])) for n in (0, 1, 7, 255, 256, 257, 511, SIZE)]
NODES = {Tile(level=0, index=n): merkle.root([row[6] for row in SOUND[256 * n : 256 * n + 256]]) for n in range(2)}


def other(row: Row, **changes: object) -> Row:
    names = ("index", "kind", "subject", "actor", "recorded_at", "canonical", "leaf", "chain")
    return tuple(changes.get(name, value) for name, value in zip(names, row, strict=True))  # type: ignore[return-value]


def rewritten(row: Row) -> Row:
    """Another text with the hash that fits it."""
    text = written(row[0], actor="person:2", at=row[4])
    return other(row, canonical=text, actor="person:2", leaf=merkle.leaf_hash(text.encode()))


FORGERIES: dict[str, Callable[[list[Row], int], list[Row]]] = {
    "text": lambda all_, n: [*all_[:n], other(all_[n], canonical=all_[n][5].replace("run:1", "run:2")), *all_[n + 1 :]],
    "column": lambda all_, n: [*all_[:n], other(all_[n], actor="person:2"), *all_[n + 1 :]],
    "time": lambda all_, n: [*all_[:n], other(all_[n], recorded_at=START - timedelta(1)), *all_[n + 1 :]],
    "leaf": lambda all_, n: [*all_[:n], other(all_[n], leaf=bytes(32)), *all_[n + 1 :]],
    "chain": lambda all_, n: [*all_[:n], other(all_[n], chain=bytes(32)), *all_[n + 1 :]],
    "rewritten": lambda all_, n: [*all_[:n], rewritten(all_[n]), *all_[n + 1 :]],
    "deleted": lambda all_, n: [*all_[:n], *all_[n + 1 :]],
    "swapped": lambda all_, n: [
        *all_[: n - 1],
        other(all_[n], index=n - 1),
        other(all_[n - 1], index=n),
        *all_[n + 1 :],
    ],
    "no JSON": lambda all_, n: [*all_[:n], other(all_[n], canonical="{"), *all_[n + 1 :]],
    "another envelope": lambda all_, n: [*all_[:n], other(all_[n], canonical='{"index":1}'), *all_[n + 1 :]],
    "made anew from there": lambda all_, n: [*all_[:n], *rows(SIZE, actor="person:2")[n:]],
}


def walked(along: list[Row], *, steps: list[int]) -> tuple[list[Fault], Verified]:
    """By several walks, each of which begins where the one before ended, until one of them finds something."""
    reached = Verified()
    for step in [*steps, SIZE + 1]:
        walk = Walk(reached, heads=HEADS, nodes=NODES)
        walk.take(along[reached.size : reached.size + step])
        if reached.size + step > len(along):
            walk.end()
        reached = walk.reached
        if walk.faults:
            break
    return walk.faults, reached


@pytest.mark.parametrize("name", FORGERIES)
@settings(max_examples=25, deadline=None)
@given(at=st.integers(1, SIZE - 1), steps=st.lists(st.integers(1, 300), max_size=6))
def test_forgery_is_found_wherever_it_is_and_by_steps_as_in_one_go(name: str, at: int, steps: list[int]) -> None:
    forged = FORGERIES[name](SOUND, at)
    at_once, _ = walked(forged, steps=[])
    by_steps, reached = walked(forged, steps=steps)
    assert by_steps, "every forgery is found"
    assert by_steps[0] == at_once[0]
    assert set(by_steps) <= set(at_once)
    assert reached.size >= at, "what lies before it is sound"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 300), max_size=6))
def test_sound_ledger_is_sound_by_any_steps(steps: list[int]) -> None:
    faults, reached = walked(SOUND, steps=steps)
    assert faults == []
    assert (reached.size, reached.chain, reached.root) == (SIZE, SOUND[-1][7], HEADS[-1].root)


def test_head_that_lies_where_the_walk_begins_is_compared() -> None:
    wrong = Head(size=256, root=bytes(32))
    first = Walk(Verified())
    first.take(SOUND[:256])
    (fault,) = Walk(first.reached, heads=[wrong]).faults
    assert fault.sentence == "The first 256 entries are not those whose checkpoint was signed."


def test_what_was_signed_of_entries_that_are_gone_shows_only_at_the_end() -> None:
    walk = Walk(Verified(), heads=HEADS)
    walk.take(SOUND[:500])
    assert walk.faults == []
    walk.end()
    assert [fault.sentence.partition(" entries")[0] for fault in walk.faults] == [
        "A checkpoint of 511",
        "A checkpoint of 600",
    ]


def test_stored_hash_of_a_tile_that_is_not_the_entries_is_named() -> None:
    walk = Walk(Verified(), nodes={**NODES, Tile(level=0, index=1): bytes(32)})
    walk.take(SOUND)
    assert [fault.sentence for fault in walk.faults] == [
        "The stored tree differs from the entries: tile 0/001 was changed."
    ]
