"""The tree and its checkpoints on a real PostgreSQL: what is signed, who may write, and what tampering they betray."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import DatabaseError, connection, transaction

from provenance import checkpoint, ledger, merkle, notary, tree
from provenance.checkpoint import Checkpoint
from provenance.errors import LedgerError, NoteError
from provenance.models import LedgerEntry, SignedCheckpoint, TreeNode
from provenance.notary import Notary
from provenance.tiles import Tile
from provenance.walk import Verified
from tests.provenance.test_ledger import forge, superuser, write

pytestmark = pytest.mark.django_db
ENTRIES, NODES, CHECKPOINTS = "provenance_ledgerentry", "provenance_treenode", "provenance_signedcheckpoint"
ORIGIN = "countersign.example/log"

Sign = Callable[[], Checkpoint]


@pytest.fixture
def by(tmp_path: Path) -> Notary:
    return Notary(origin=ORIGIN, key=Ed25519PrivateKey.generate(), memory=tmp_path / "last-signed")


@pytest.fixture
def sign(by: Notary) -> Sign:
    def signed() -> Checkpoint:
        made = notary.sign(by)
        assert made
        return made

    return signed


def fill(count: int) -> None:
    """Append `count` entries in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT public.ledger_append('\"person:1\"', '{}', '\"run:granted\"', '\"run:1\"')"
            " FROM generate_series(1, %s)",
            [count],
        )
    ledger.sequence()


def leaves() -> list[bytes]:
    return [merkle.leaf_hash(text.encode()) for text in LedgerEntry.objects.values_list("canonical", flat=True)]


def sentences(by: Notary, noted: Checkpoint | None = None) -> list[str]:
    """What the checkpoints betray, beyond what the chain betrays by itself."""
    chain = set(ledger.verify().faults)
    found = ledger.verify(notary.walk(Verified(), noted=noted)).faults
    return [fault.sentence for fault in (*notary.faults(by.verifier), *found) if fault not in chain]


def test_nothing_is_signed_before_the_first_entry(by: Notary) -> None:
    assert notary.sign(by) is None
    assert notary.latest() is None
    assert not by.memory.exists()


def test_checkpoint_signs_the_root_of_all_entries(by: Notary, sign: Sign) -> None:
    write(5)
    made = sign()
    row = notary.latest()
    assert row
    assert made == Checkpoint(origin=ORIGIN, size=5, root=merkle.root(leaves()))
    assert checkpoint.opened(row.note.encode(), log=by.verifier).checkpoint == made
    assert by.memory.read_text() == row.note
    assert sentences(by) == []


def test_nothing_new_means_no_new_checkpoint(sign: Sign) -> None:
    write(2)
    assert sign() == sign()
    assert SignedCheckpoint.objects.count() == 1


def test_trees_that_grew_by_steps_are_those_of_the_whole(by: Notary, sign: Sign) -> None:
    for step in (1, 254, 1, 1, 255, 1, 300):
        fill(step)
        made = sign()
        assert made.root == merkle.root(leaves())
        assert tree.of(made.size).inclusion(made.size // 2) == merkle.inclusion_proof(leaves(), made.size // 2)
    sizes = list(SignedCheckpoint.objects.values_list("size", flat=True))
    for old in sizes:
        assert tree.of(made.size).consistency(old) == merkle.consistency_proof(leaves(), old)
    assert TreeNode.objects.count() == 813 // 256
    assert sentences(by) == []


def test_second_level_is_the_databases_own_work_and_right(by: Notary) -> None:
    with superuser(), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {ENTRIES} SELECT n, 'run:granted', '', '', now(), n::text, "
            "sha256('\\x00'::bytea || n::text::bytea), '' FROM generate_series(0, 66000) n"
        )
    made = notary.sign(by)
    assert made
    assert made.root == merkle.root(leaves())
    assert tree.read(Tile(level=2, index=0, width=1)) == (merkle.root(leaves()[:65536]),)
    assert sentences(by) == []


def test_proof_beyond_what_has_grown_is_a_ledger_error(sign: Sign) -> None:
    fill(10)
    sign()
    fill(300)
    with pytest.raises(LedgerError, match="Expected"):
        tree.of(310).root()
    with pytest.raises(LedgerError, match="Expected"):
        tree.of(400).inclusion(399)


@pytest.mark.parametrize("table", [NODES, CHECKPOINTS])
@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM {0}",
        "TRUNCATE {0}",
        "INSERT INTO {0} SELECT * FROM {0}",
        "ALTER TABLE {0} DISABLE TRIGGER ALL",
        "DROP TABLE {0}",
        "LOCK TABLE {0}",
    ],
)
def test_application_cannot_touch_what_was_signed(sign: Sign, table: str, statement: str) -> None:
    fill(300)
    sign()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table))


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE {NODES} SET level = 9",
        f"DELETE FROM {NODES}",
        f"TRUNCATE {NODES}",
        f"UPDATE {CHECKPOINTS} SET size = 9",
        f"DELETE FROM {CHECKPOINTS}",
        f"TRUNCATE {CHECKPOINTS}",
    ],
)
def test_owner_is_refused_by_the_triggers(sign: Sign, statement: str) -> None:
    fill(300)
    sign()
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            cursor.execute(statement)
        cursor.execute("SET ROLE countersign_app")


def test_application_may_read_and_call_six_functions_and_nobody_else_may_anything() -> None:
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute(
            "SELECT grantee, privilege_type FROM information_schema.role_table_grants"
            " WHERE table_name = ANY(%s) AND grantee <> current_user",
            [[NODES, CHECKPOINTS, "provenance_pending", "provenance_cosignature", "provenance_timestamp"]],
        )
        tables = set(cursor.fetchall())
        cursor.execute(
            "SELECT routine_name, grantee FROM information_schema.routine_privileges"
            " WHERE routine_name LIKE 'ledger\\_%' AND grantee <> current_user"
        )
        functions = set(cursor.fetchall())
        cursor.execute("SET ROLE countersign_app")
    assert tables == {("countersign_app", "SELECT")}
    allowed = {f"ledger_{name}" for name in ("append", "sequence", "grow", "checkpoint", "cosign", "time_stamp")}
    assert {(name, who) for name, who in functions if name != "ledger_refuse"} == {
        (name, "countersign_app") for name in allowed
    }


def keep(made: Checkpoint, signed: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT public.ledger_checkpoint(%s, %s, %s)", [made.size, made.root, signed])


def test_no_second_checkpoint_of_a_size_and_none_of_a_smaller_or_future_one(by: Notary, sign: Sign) -> None:
    write(5)
    sign()
    for size in (0, 4, 5, 6):
        other = Checkpoint(origin=ORIGIN, size=size, root=sha256(b"other").digest())
        with pytest.raises(DatabaseError, match="a checkpoint of"):
            keep(other, checkpoint.sign(other, key=by.key))
    assert [row.size for row in SignedCheckpoint.objects.all()] == [5]


def test_columns_cannot_differ_from_the_note(by: Notary) -> None:
    write(5)
    said = Checkpoint(origin=ORIGIN, size=5, root=bytes(32))
    signed = checkpoint.sign(said, key=by.key)
    for size, root in ((4, bytes(32)), (5, sha256().digest()), (5, bytes(31))):
        with pytest.raises(DatabaseError, match="does not spell"):
            keep(Checkpoint(origin=ORIGIN, size=size, root=root), signed)


def test_a_checkpoint_that_the_log_did_not_sign_is_named_and_stops_nobody(by: Notary, sign: Sign) -> None:
    """A hijacked web process may call the function too; what it puts there is no checkpoint of the log."""
    write(2)
    sign()
    write(3)
    false = Checkpoint(origin=ORIGIN, size=5, root=bytes(32))
    keep(false, checkpoint.sign(false, key=Ed25519PrivateKey.generate()))
    assert "not one that the log signed" in sentences(by)[0]
    row = notary.newest(by.verifier)
    assert row
    assert row.size == 2, "readers are shown the last that the log signed"
    write(1)
    assert sign().size == 6, "from the next entry on, all is as before"
    row = notary.newest(by.verifier)
    assert row
    assert row.size == 6
    assert "not one that the log signed" in sentences(by)[0], "and it is told for ever"


REWRITE = f"""
UPDATE {ENTRIES} SET canonical = replace(canonical, 'person:1', 'person:2'), actor = 'person:2' WHERE index = 3;
UPDATE {ENTRIES} SET leaf = sha256('\\x00'::bytea || canonical::bytea);
DO $$ DECLARE previous bytea := decode(repeat('00', 32), 'hex'); n bigint; BEGIN
    FOR n IN SELECT index FROM {ENTRIES} ORDER BY index LOOP
        UPDATE {ENTRIES} SET chain = sha256(previous || leaf) WHERE index = n RETURNING chain INTO previous;
    END LOOP;
END $$;
"""


def test_rewritten_history_that_fits_in_itself_is_betrayed_by_the_checkpoint(by: Notary, sign: Sign) -> None:
    write(6)
    sign()
    forge(REWRITE)
    assert ledger.verify().faults == (), "the chain alone is sound: every hash was computed anew"
    assert sentences(by) == ["The first 6 entries are not those whose checkpoint was signed."]
    write()
    with pytest.raises(LedgerError, match="rewritten"):
        sign()


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE {ENTRIES} SET canonical = replace(canonical, 'person:1', 'person:2') WHERE index = 3",
        f"UPDATE {ENTRIES} SET index = 99 WHERE index = 3; UPDATE {ENTRIES} SET index = 3 WHERE index = 4;"
        f"UPDATE {ENTRIES} SET index = 4 WHERE index = 99",
    ],
    ids=["altered", "reordered"],
)
def test_tampering_by_a_superuser_is_betrayed_by_the_checkpoint(by: Notary, sign: Sign, statement: str) -> None:
    write(6)
    sign()
    forge(statement)
    assert sentences(by) == ["The first 6 entries are not those whose checkpoint was signed."]


def test_tampering_with_the_stored_tree_is_named_and_stops_the_notary(by: Notary, sign: Sign) -> None:
    fill(600)
    sign()
    forge(f"UPDATE {NODES} SET hash = sha256(hash) WHERE index = 1")
    assert sentences(by) == ["The stored tree differs from the entries: tile 0/001 was changed."]
    fill(1)
    with pytest.raises(LedgerError, match="rewritten"):
        sign()


def test_tampering_with_a_checkpoint_is_named(by: Notary, sign: Sign) -> None:
    write(3)
    sign()
    forge(f"UPDATE {CHECKPOINTS} SET root = sha256(root)")
    assert sentences(by) == [
        "The checkpoint of 3 entries shows other values than the note that was signed.",
        "The first 3 entries are not those whose checkpoint was signed.",
    ]


def test_end_cut_off_is_betrayed_by_the_checkpoint(by: Notary, sign: Sign) -> None:
    write(6)
    sign()
    forge(f"DELETE FROM {ENTRIES} WHERE index > 3")
    assert ledger.verify().faults == ()
    assert sentences(by) == ["A checkpoint of 6 entries was signed and there are 4: the end was cut off."]
    with pytest.raises(LedgerError, match="cut off"):
        sign()


@pytest.mark.parametrize("again", [0, 2, 3], ids=["shorter", "as long", "longer"])
def test_older_state_restored_whole_is_betrayed_by_a_checkpoint_kept_outside(
    by: Notary, sign: Sign, again: int
) -> None:
    write(4)
    sign()
    write(2)
    kept = sign()
    forge(f"DELETE FROM {ENTRIES} WHERE index > 3; DELETE FROM {CHECKPOINTS} WHERE size > 4")
    if again:
        write(again, other=1)
    assert sentences(by) == [], "known limit: the database alone is sound"
    assert len(sentences(by, noted=kept)) == 1
    with pytest.raises(LedgerError, match="Nothing is signed"):
        sign()
    assert notary.recall(by.memory, log=by.verifier) == kept


def test_who_died_between_memory_and_table_signs_the_same_again(
    by: Notary, sign: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(3)
    with monkeypatch.context() as death:
        death.setattr(notary, "_keep", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            notary.sign(by)
    assert notary.latest() is None
    remembered = by.memory.read_text()
    sign()
    assert by.memory.read_text() == remembered
    assert [row.note for row in SignedCheckpoint.objects.all()] == [remembered]


def test_lost_memory_is_made_again_from_the_table(by: Notary, sign: Sign) -> None:
    write(3)
    made = sign()
    by.memory.unlink()
    assert sign() == made
    assert notary.recall(by.memory, log=by.verifier) == made


def test_another_key_signs_nothing_over_ours(by: Notary, sign: Sign, tmp_path: Path) -> None:
    write(3)
    sign()
    other = Notary(origin=ORIGIN, key=Ed25519PrivateKey.generate(), memory=tmp_path / "other")
    with pytest.raises(NoteError):
        notary.sign(other)
    assert len(sentences(other)) == 1
