"""Who may do what to the log, and by what each is found out: the database, the chain, the tree's checkpoints, the
signer, a witness outside, a time-stamp of an authority outside. Each attack is told by exactly those named here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from django.db import DatabaseError, connection, transaction

from countersign.tsa.authority import Authority
from provenance import ledger, notary, stamped, timestamp, tree
from provenance.errors import LedgerError
from provenance.models import LedgerEntry, SignedCheckpoint
from provenance.notary import Notary
from provenance.timestamp import Stamped
from provenance.walk import Verified
from provenance.witness import Submission
from tests.countersign import guilds
from tests.countersign.guilds import Guild
from tests.provenance import stampers
from tests.provenance.test_ledger import forge, write
from tests.provenance.test_notary import CHECKPOINTS, ENTRIES, NODES, REWRITE

pytestmark = pytest.mark.django_db
COSIGNED = 6  # entries that witness and authority have seen


@dataclass(slots=True)
class World:
    """The log, whose key the attacker may have, and what stands outside: a guild's witness and a kept time-stamp."""

    by: Notary
    guild: Guild
    kept: Stamped

    def submit(self) -> int:
        """Show the newest checkpoint to the witness, with the best proof there is; the status it answers with."""
        row = notary.latest()
        assert row
        proof = tree.of(row.size).consistency(COSIGNED) if row.size > COSIGNED else []
        return self.guild.submit(Submission(old=COSIGNED, proof=tuple(proof), note=row.note.encode()))[0]

    def detectors(self) -> set[str]:
        of_chain = ledger.verify().faults
        of_tree = {*ledger.verify(notary.walk(Verified())).faults, *notary.faults(self.by.verifier)}
        answers = {
            "chain": of_chain != (),
            "tree": of_tree > set(of_chain),
            "signer": self._signer_refuses(),
            "witness": self.submit() != 200,
            "time-stamp": any(True for _ in stamped.betrayals(self.kept)),
        }
        return {name for name, found in answers.items() if found}

    def _signer_refuses(self) -> bool:
        try:
            with transaction.atomic():
                write(other=1)
                notary.sign(self.by)
        except LedgerError:
            return True
        return False


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    key = Ed25519PrivateKey.generate()
    by = Notary(origin="countersign.example/log", key=key, memory=tmp_path / "last-signed")
    write(4)
    notary.sign(by)
    write(2)
    notary.sign(by)
    row = notary.latest()
    assert row
    assert row.size == COSIGNED
    with guilds.running(tmp_path / "guild", [by.verifier]) as guild:
        assert guild.submit(Submission(old=0, proof=(), note=row.note.encode()))[0] == 200
        yield World(by=by, guild=guild, kept=_stamped(row, by))


def _stamped(row: SignedCheckpoint, by: Notary) -> Stamped:
    authority: Authority = stampers.stamper()
    reply = stampers.stamped(timestamp.request(row.note.encode()), authority, now=datetime.now(UTC))
    roots = authority.root.public_bytes(Encoding.PEM)
    return timestamp.opened(row.note.encode(), reply, log=by.verifier, roots=roots)


def test_honest_log_is_accused_by_nobody(world: World) -> None:
    write(3)
    notary.sign(world.by)
    assert world.detectors() == set()


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE {ENTRIES} SET actor = 'person:2'",
        f"DELETE FROM {ENTRIES} WHERE index = 5",
        f"UPDATE {CHECKPOINTS} SET note = ''",
        f"DELETE FROM {NODES}",
        "DELETE FROM provenance_cosignature",
        "SET session_replication_role = replica",
    ],
)
def test_web_role_is_stopped_by_the_database(world: World, statement: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert world.detectors() == set(), "nothing was changed"


def alter(world: World) -> None:
    forge(f"UPDATE {ENTRIES} SET canonical = replace(canonical, 'person:1', 'person:2') WHERE index = 3")


def alter_and_hash_anew(world: World) -> None:
    forge(REWRITE)


def reorder(world: World) -> None:
    """Two neighbours change places; their texts still say the old ones."""
    forge(
        f"UPDATE {ENTRIES} SET index = 99 WHERE index = 3; UPDATE {ENTRIES} SET index = 3 WHERE index = 4;"
        f"UPDATE {ENTRIES} SET index = 4 WHERE index = 99"
    )


def reorder_and_hash_anew(world: World) -> None:
    """Their texts are changed to fit as well, and every hash after them."""
    reorder(world)
    forge(
        f"UPDATE {ENTRIES} SET canonical = regexp_replace(canonical, '\"index\":\\d+', '\"index\":' || index)"
        " WHERE index IN (3, 4)"
    )
    forge(REWRITE)


def cut_off_the_end(world: World) -> None:
    forge(f"DELETE FROM {ENTRIES} WHERE index > 3")


def restore_an_older_backup(world: World) -> None:
    """Entries and checkpoints together, and the signer's memory with them; then life goes on."""
    forge(f"DELETE FROM {ENTRIES} WHERE index > 3; DELETE FROM {CHECKPOINTS} WHERE size > 4")
    world.by.memory.unlink()
    write(4, later=1)
    notary.sign(world.by)


def recompute_everything_with_the_logs_key(world: World) -> None:
    """Entry 3 is another one, every hash fits, and the log's own key signs the new tree."""
    forge(f"{REWRITE} DELETE FROM {CHECKPOINTS}; DELETE FROM {NODES}")
    world.by.memory.unlink()
    write(2)
    notary.sign(world.by)


def recompute_to_the_same_size_with_the_logs_key(world: World) -> None:
    forge(f"{REWRITE} DELETE FROM {CHECKPOINTS}; DELETE FROM {NODES}")
    world.by.memory.unlink()
    notary.sign(world.by)


ATTACKS: list[tuple[Callable[[World], None], set[str]]] = [
    (alter, {"chain", "tree"}),
    (alter_and_hash_anew, {"tree", "signer", "time-stamp"}),
    (reorder, {"chain", "tree", "signer", "time-stamp"}),
    (reorder_and_hash_anew, {"tree", "signer", "time-stamp"}),
    (cut_off_the_end, {"tree", "signer", "time-stamp"}),
    (restore_an_older_backup, {"witness", "time-stamp"}),
    (recompute_everything_with_the_logs_key, {"witness", "time-stamp"}),
    (recompute_to_the_same_size_with_the_logs_key, {"witness", "time-stamp"}),
]


@pytest.mark.parametrize(("attack", "expected"), ATTACKS, ids=[attack.__name__ for attack, _ in ATTACKS])
def test_superuser_without_triggers_is_found_out_by(
    world: World, attack: Callable[[World], None], expected: set[str]
) -> None:
    attack(world)
    assert world.detectors() == expected


def test_witness_keeps_both_checkpoints_of_a_forked_log(world: World) -> None:
    honest = notary.latest()
    assert honest
    recompute_to_the_same_size_with_the_logs_key(world)
    forged = notary.latest()
    assert forged
    assert (forged.size, bytes(forged.root) != bytes(honest.root)) == (honest.size, True)
    assert world.submit() == 409
    (evidence,) = world.guild.conflicts()
    assert forged.note.splitlines()[2] in evidence
    assert honest.note.splitlines()[2] in evidence
    assert LedgerEntry.objects.count() == COSIGNED
