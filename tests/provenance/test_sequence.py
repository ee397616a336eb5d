"""Entries wait for nobody and get their places in batches: who sees what, in which order, and who may meddle."""

import threading

import pytest
from django.db import DatabaseError, connection, transaction

from provenance import ledger, sealing
from provenance.errors import LedgerError
from provenance.models import LedgerEntry, Opening, Pending
from provenance.types import EntryKind, Sealed
from tests import honest
from tests.provenance.test_ledger import superuser


def append(actor: str = "person:1", subject: str = "run:1", kind: EntryKind = EntryKind.RUN_GRANTED) -> None:
    honest.append(kind, subject=subject, actor=actor)


def actors() -> list[str]:
    return list(LedgerEntry.objects.values_list("actor", flat=True))


@pytest.mark.django_db
def test_entry_that_waits_for_its_place_is_already_believed() -> None:
    append(kind=EntryKind.CONSENT_APPROVED, subject="consent:1")
    ledger.sequence()
    append(kind=EntryKind.CONSENT_WITHDRAWN, subject="consent:1")
    append(kind=EntryKind.CONSENT_WITHDRAWN, subject="consent:2")
    kinds = (EntryKind.CONSENT_APPROVED, EntryKind.CONSENT_WITHDRAWN)
    assert [said.kind for said in ledger.about(["consent:1"], kinds=kinds)] == list(kinds)


@pytest.mark.django_db
def test_more_entries_than_a_batch_all_get_their_place() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT public.ledger_append('\"person:' || n || '\"', '{}', '\"run:granted\"', '\"run:1\"')"
            " FROM generate_series(1, %s) n",
            [2 * ledger.BATCH + 1],
        )
    assert ledger.sequence() == 2 * ledger.BATCH + 1
    assert actors() == [f"person:{n}" for n in range(1, 2 * ledger.BATCH + 2)]
    assert not Pending.objects.exists()
    assert ledger.verify().faults == ()


def test_long_transaction_holds_up_nobody_and_its_entry_comes_after_those_that_were_placed(own_database: str) -> None:
    written, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        try:
            with transaction.atomic():
                append("person:slow")
                written.set()
                go_on.wait(30)
        finally:
            connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    try:
        assert written.wait(30)
        with transaction.atomic():
            append("person:quick")
        assert ledger.sequence() == 1
        assert actors() == ["person:quick"]
    finally:
        go_on.set()
        thread.join()
    assert ledger.sequence() == 2
    assert actors() == ["person:quick", "person:slow"]
    assert ledger.verify().faults == ()


def test_who_saw_an_entry_stands_after_it(own_database: str) -> None:
    """Eight people each answer the entry they were shown; no answer stands before what it answers."""

    def answer(number: int) -> None:
        try:
            for turn in range(20):
                with transaction.atomic():
                    append(f"person:{number}-{turn}-question")
                with transaction.atomic():
                    append(f"person:{number}-{turn}-answer")
                ledger.sequence()
        finally:
            connection.close()

    threads = [threading.Thread(target=answer, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    place = {actor: index for index, actor in enumerate(actors())}
    assert len(place) == 320
    for number in range(8):
        for turn in range(20):
            assert place[f"person:{number}-{turn}-question"] < place[f"person:{number}-{turn}-answer"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO provenance_pending (kind, subject, actor, recorded_at, head, tail) "
        "VALUES ('', '', '', now(), '', '')",
        "UPDATE provenance_pending SET head = 'x'",
        "DELETE FROM provenance_pending",
        "TRUNCATE provenance_pending",
        "SELECT setval('provenance_pending_id_seq', 1)",
        "UPDATE provenance_opening SET value = '1'",
        "INSERT INTO provenance_cosignature (size, witness, line, made_at) VALUES (1, 'w', '', now())",
        "INSERT INTO provenance_timestamp (size, authority, token, made_at) VALUES (1, 'a', '', now())",
        "CREATE OR REPLACE FUNCTION public.ledger_sequence(most integer) RETURNS integer LANGUAGE sql AS 'SELECT 0'",
    ],
)
def test_application_cannot_touch_what_waits(statement: str) -> None:
    append()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert ledger.sequence() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["pending", "opening", "cosignature", "timestamp"])
def test_owner_cannot_change_what_waits_or_was_vouched_for(table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            cursor.execute(f"TRUNCATE provenance_{table}")
        cursor.execute("SET ROLE countersign_app")


@pytest.mark.django_db
def test_nothing_is_sequenced_when_the_database_refuses() -> None:
    append()
    with superuser(), connection.cursor() as cursor:
        cursor.execute("REVOKE EXECUTE ON FUNCTION ledger_sequence(integer) FROM countersign_app")
    with pytest.raises(LedgerError, match="place"), transaction.atomic():
        ledger.sequence()


@pytest.mark.django_db
def test_personal_values_are_committed_to_and_can_be_proven_one_by_one() -> None:
    values = {"name": "Idris Vane", "email": "idris@example.org"}
    honest.append(
        EntryKind.PERFORMER_ADDED,
        subject="performer:1",
        actor="person:1",
        sealed=Sealed(of="performer:1", values=values),
    )
    entry = ledger.read(ledger.sequence() - 1)
    assert "Idris" not in entry.canonical
    sealed = entry.body["sealed"]
    assert isinstance(sealed, dict)
    row = Opening.objects.get(field="name")
    assert row.of == "performer:1"
    assert row.commitment == sealed["name"]
    salt = bytes(row.salt)
    assert sealing.opens(row.commitment, field="name", value="Idris Vane", salt=salt)
    assert not sealing.opens(row.commitment, field="name", value="Idris Vale", salt=salt)
    assert not sealing.opens(row.commitment, field="email", value="Idris Vane", salt=salt)
    assert not sealing.opens(str(sealed["email"]), field="name", value="Idris Vane", salt=salt)


@pytest.mark.django_db
def test_erasing_what_opens_a_commitment_leaves_the_log_as_it_was() -> None:
    honest.append(
        EntryKind.PERFORMER_ADDED,
        subject="performer:1",
        actor="person:1",
        sealed=Sealed(of="performer:1", values={"name": "Idris Vane"}),
    )
    ledger.sequence()
    before = ledger.verify()
    Opening.objects.filter(of="performer:1").delete()
    assert ledger.verify() == before
    assert before.faults == ()


@pytest.mark.django_db
def test_the_same_value_is_never_committed_to_alike() -> None:
    for _ in range(2):
        append_sealed = Sealed(of="performer:1", values={"name": "Idris Vane"})
        honest.append(EntryKind.PERFORMER_ADDED, subject="performer:1", actor="p", sealed=append_sealed)
    assert len(set(Opening.objects.values_list("commitment", flat=True))) == 2


def test_salt_of_another_length_opens_nothing() -> None:
    assert not sealing.opens("0" * 64, field="name", value="x", salt=b"short")
    with pytest.raises(ValueError, match="32 bytes"):
        sealing.commit("name", "x", b"short")
