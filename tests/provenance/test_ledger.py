"""The ledger on a real PostgreSQL, as the application's role."""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256

import pytest
from django.db import DatabaseError, connection, transaction

from provenance import canonical, ledger, merkle
from provenance.errors import LedgerError
from provenance.types import EntryKind, Json
from tests import honest

pytestmark = pytest.mark.django_db
TABLE = "provenance_ledgerentry"


def write(count: int = 1, **asked: Json) -> int:
    """Entries that have their place; the index of the last. What was asked for may be anything that JSON carries."""
    for _ in range(count):
        honest.append(EntryKind.LEDGER_EXPORTED, subject="run:1", actor="person:1", filters=asked or {"n": 1})
    return ledger.sequence() - 1


@contextmanager
def superuser() -> Iterator[None]:
    """What somebody with the database's own password can do: no role, no triggers."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        if cursor.fetchone() != (True,):
            pytest.skip("the role that DATABASE_URL names is no superuser: it cannot switch the triggers off")
        cursor.execute("SET session_replication_role = replica")
        try:
            yield
        finally:
            cursor.execute("SET session_replication_role = origin; SET ROLE countersign_app")


def forge(statement: str) -> None:
    with superuser(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_first_entry_continues_thirty_two_zero_bytes() -> None:
    entry = ledger.read(write(clip="a"))
    assert entry.index == 0
    assert entry.leaf == merkle.leaf_hash(entry.canonical.encode())
    assert entry.chain == sha256(bytes(32) + entry.leaf).digest()


def test_entry_is_canonical_json_of_everything_it_says() -> None:
    write(2)
    body = honest.body(EntryKind.LEDGER_EXPORTED, filters={"b": [1.5, None], "a": "ß"})
    ledger.append(EntryKind.LEDGER_EXPORTED, subject="run:ü \"'\\ \n", actor="", body=body)
    entry = ledger.read(ledger.sequence() - 1)
    assert entry.canonical.encode() == canonical.dumps(
        {
            "index": 2,
            "kind": "ledger:exported",
            "subject": "run:ü \"'\\ \n",
            "actor": "",
            "recorded_at": entry.recorded_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "body": body,
        }
    )
    assert ledger.verify().faults == ()


@pytest.mark.parametrize(
    "value", [1e21, 2.0**60, -0.0, 1e-7, 123456789.125, 2**53 - 1, "\x7f\x1f\u2028😀", {"": [[], {}]}]
)
def test_every_value_json_can_carry_verifies(value: Json) -> None:
    write(value=value)
    assert ledger.verify().faults == ()


@pytest.mark.parametrize(
    "body",
    [{"n": float("nan")}, {"n": float("inf")}, {"n": 2**53}, {"s": "\ud800"}, {"s": "\x00"}, {"o": object()}, {1: 2}],
    ids=["nan", "infinity", "too-large", "lone-surrogate", "nul", "object", "key"],
)
def test_body_that_json_cannot_carry_is_refused(body: dict[str, Json]) -> None:
    with pytest.raises(LedgerError), transaction.atomic():
        honest.append(EntryKind.LEDGER_EXPORTED, subject="run:1", actor="person:1", filters=body)
    assert ledger.sequence() == 0


def test_unknown_kind_is_refused() -> None:
    with pytest.raises(LedgerError), transaction.atomic():
        ledger.append("run:invented", subject="run:1", actor="person:1", body={})  # type: ignore[arg-type]


def test_error_that_is_caught_still_stops_the_transaction() -> None:
    with transaction.atomic():
        write()
        with pytest.raises(LedgerError):
            write(n=float("nan"))
    assert ledger.sequence() == 0


def test_subject_too_long_for_its_column_is_a_ledger_error() -> None:
    with pytest.raises(LedgerError), transaction.atomic():
        honest.append(EntryKind.RUN_GRANTED, subject="x" * 201, actor="a")


def test_entries_are_read_in_order_and_by_range() -> None:
    write(5)
    assert [entry.index for entry in ledger.entries()] == [0, 1, 2, 3, 4]
    assert [entry.index for entry in ledger.entries(1, 3)] == [1, 2]


def test_missing_entry_is_a_ledger_error() -> None:
    with pytest.raises(LedgerError, match="no entry 7"):
        ledger.read(7)


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE {TABLE} SET actor = 'x'",
        f"DELETE FROM {TABLE}",
        f"TRUNCATE {TABLE}",
        f"INSERT INTO {TABLE} SELECT index + 1, kind, subject, actor, recorded_at, canonical, leaf, chain FROM {TABLE}",
        f"ALTER TABLE {TABLE} DISABLE TRIGGER ALL",
        f"DROP TABLE {TABLE}",
        "SET session_replication_role = replica",
        "CREATE OR REPLACE FUNCTION public.ledger_append(actor text, body text, kind text, subject text) "
        "RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'",
        f"LOCK TABLE {TABLE}",
    ],
)
def test_application_cannot_touch_what_was_written(statement: str) -> None:
    write()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert ledger.verify().faults == ()


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE {TABLE} SET actor = 'x'",
        f"DELETE FROM {TABLE}",
        f"TRUNCATE {TABLE}",
        f"DELETE FROM {TABLE} WHERE false",
    ],
)
def test_owner_is_refused_by_the_triggers(statement: str) -> None:
    write()
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            cursor.execute(statement)
        cursor.execute("SET ROLE countersign_app")


def test_application_may_read_and_append_and_nobody_else_may_anything() -> None:
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("SELECT current_user")
        (owner,) = cursor.fetchone()
        cursor.execute(
            "SELECT grantee, privilege_type FROM information_schema.role_table_grants WHERE table_name = %s", [TABLE]
        )
        table = {row for row in cursor.fetchall() if row[0] != owner}
        cursor.execute(
            "SELECT grantee, privilege_type FROM information_schema.routine_privileges "
            "WHERE routine_name = 'ledger_append'"
        )
        function = {row for row in cursor.fetchall() if row[0] != owner}
        cursor.execute("SET ROLE countersign_app")
    assert table == {("countersign_app", "SELECT")}
    assert function == {("countersign_app", "EXECUTE")}


@pytest.mark.parametrize("piece", ['"a","index":99', "[]", "5", '{"a":1}', "", '"a"} '])
def test_a_piece_of_json_cannot_pose_as_several(piece: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT public.ledger_append(%s, '{}', '\"run:granted\"', '\"s\"')", [piece])


@pytest.mark.parametrize(
    ("statement", "named", "word"),
    [
        (
            f"UPDATE {TABLE} SET canonical = replace(canonical, 'person:1', 'person:2') WHERE index = 3",
            [3, 3],
            "changed",
        ),
        (f"UPDATE {TABLE} SET actor = 'person:2' WHERE index = 3", [3], "other values"),
        (f"UPDATE {TABLE} SET recorded_at = now() - interval '1 year' WHERE index = 3", [3], "other values"),
        (
            f"UPDATE {TABLE} SET canonical = canonical || ' ' WHERE index = 3;"
            f"UPDATE {TABLE} SET leaf = sha256('\\x00'::bytea || canonical::bytea) WHERE index = 3",
            [3, 3],
            "continue",
        ),
        (f"DELETE FROM {TABLE} WHERE index = 3", [4, 4], "missing"),
        (f"DELETE FROM {TABLE} WHERE index = 0", [1, 1], "missing"),
        (
            f"UPDATE {TABLE} SET index = 99 WHERE index = 3; UPDATE {TABLE} SET index = 3 WHERE index = 4;"
            f"UPDATE {TABLE} SET index = 4 WHERE index = 99",
            [3, 3, 4, 4, 5],
            "continue",
        ),
    ],
    ids=["text", "column", "time", "text-and-leaf", "deleted", "first-deleted", "reordered"],
)
def test_forgery_by_a_superuser_is_named(statement: str, named: list[int], word: str) -> None:
    write(6)
    forge(statement)
    faults = ledger.verify().faults
    assert [fault.index for fault in faults] == named
    assert any(word in fault.sentence for fault in faults)


def test_entry_rewritten_with_fitting_hashes_is_caught_at_the_next_one() -> None:
    write(4)
    forge(
        f"UPDATE {TABLE} SET canonical = replace(canonical, 'person:1', 'person:2') WHERE index = 1;"
        f"UPDATE {TABLE} SET actor = 'person:2' WHERE index = 1;"
        f"UPDATE {TABLE} SET leaf = sha256('\\x00'::bytea || canonical::bytea) WHERE index = 1;"
        f"UPDATE {TABLE} SET chain = sha256((SELECT chain FROM {TABLE} WHERE index = 0) || leaf) WHERE index = 1"
    )
    assert [(fault.index, "continue" in fault.sentence) for fault in ledger.verify().faults] == [(2, True)]


def test_end_cut_off_shows_only_against_a_noted_head() -> None:
    write(6)
    before = ledger.verify()
    forge(f"DELETE FROM {TABLE} WHERE index > 3")
    assert ledger.verify().faults == (), "known limit: a shorter ledger is sound in itself"
    (fault,) = ledger.verify(noted=ledger.Noted(entries=before.entries, head=before.head)).faults
    assert "cut off" in fault.sentence


def test_end_cut_off_and_written_anew_shows_against_a_noted_head() -> None:
    write(6)
    before = ledger.verify()
    forge(f"DELETE FROM {TABLE} WHERE index > 3")
    write(4, n=2)
    (fault,) = ledger.verify(noted=ledger.Noted(entries=before.entries, head=before.head)).faults
    assert "rewritten" in fault.sentence


def test_longer_ledger_agrees_with_what_was_noted() -> None:
    empty = ledger.verify()
    write(3)
    before = ledger.verify()
    write(2)
    for audit in (empty, before):
        assert ledger.verify(noted=ledger.Noted(entries=audit.entries, head=audit.head)).faults == ()


def test_root_is_the_merkle_root_of_the_entries() -> None:
    write(5)
    audit = ledger.verify()
    assert audit.root == merkle.root([merkle.leaf_hash(entry.canonical.encode()) for entry in ledger.entries()])


def test_rollback_leaves_no_entry_and_no_gap() -> None:
    write()
    with transaction.atomic():
        write()
        transaction.set_rollback(True)
    assert write() == 1
    assert ledger.verify().faults == ()
