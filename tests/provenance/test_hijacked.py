"""A hijacked process of the application hands in to the log what it likes: nothing of that spoils the log for good."""

import pytest
from django.db import DatabaseError, connection, transaction

from provenance import canonical, ledger
from provenance.types import EntryKind, Json
from tests import honest

pytestmark = pytest.mark.django_db

TOO_DEEP = '{"a":' + "[" * 40 + "]" * 40 + "}"


def call(function: str, *arguments: object) -> None:
    marks = ", ".join(["%s"] * len(arguments))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT public.{function}({marks})", arguments)


@pytest.mark.parametrize(
    "body",
    [
        '{ "a":1}',
        '{"a":1,"a":2}',
        '{"b":1,"a":2}',
        '{"a":1.0}',
        '{"a":1e2}',
        '{"a":-0}',
        '{"a":0.10000000000000001}',
        '{"a":9007199254740993}',
        f'{{"a":{"9" * 5000}}}',
        '{"a":1e400}',
        '{"a":"\\u0041"}',
        '{"a":"\\/"}',
        '{"a":"\\u001F"}',
        '{"\U0001f600":1,"\ufffd":2}',
        TOO_DEEP,
        f'{{"a":"{"x" * 65536}"}}',
    ],
    ids=lambda body: body[:24],
)
def test_body_that_nobody_could_verify_does_not_get_in(body: str) -> None:
    """It could never be taken out again: the log would not verify any more, nor any rule about `run:1` be read."""
    with pytest.raises(DatabaseError, match=r"canonical|at most|deeply|named|out of range"):
        call("ledger_append", '"person:1"', body, '"run:granted"', '"run:1"')


@pytest.mark.parametrize("piece", [' "run:1"', '"run:\\u0031"', '"run:1"\n'])
def test_piece_that_is_written_otherwise_does_not_get_in(piece: str) -> None:
    with pytest.raises(DatabaseError, match="canonical"):
        call("ledger_append", '"person:1"', "{}", '"run:granted"', piece)


@pytest.mark.parametrize(
    "value",
    [
        0,
        1,
        -1,
        2**53 - 1,
        1e21,
        1.5e300,
        5e-324,
        1e-6,
        1.5e-6,
        9.99e-7,
        1e20,
        123456.789,
        0.1,
        -2.5e-10,
        1 / 3,
        2.0**70,
    ],
)
def test_every_number_that_is_written_canonically_gets_in(value: float) -> None:
    written({"n": value})


@pytest.mark.parametrize(
    "value",
    ["", '\x1f\x7f\b\f\r\n\t"\\/', "ü€\u2028\ufffd\U0001f600", {"ä": 1, "z": {"b": [], "a": {}}}, [None, True]],
)
def test_every_text_and_shape_that_is_written_canonically_gets_in(value: Json) -> None:
    written({"v": value})


def written(body: dict[str, Json]) -> None:
    honest.append(EntryKind.LEDGER_EXPORTED, subject="run:1", actor="person:1", filters=body)
    entry = ledger.read(ledger.sequence() - 1)
    assert canonical.dumps(body).decode() in entry.canonical
    assert ledger.verify().faults == ()
