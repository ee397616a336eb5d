"""kill -9 of whoever gives entries places and signs checkpoints, 200 times, at random points, while entries arrive."""

import itertools
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.db import connection, transaction

from provenance import checkpoint, ledger, merkle, notary, tree
from provenance.errors import LedgerError
from provenance.models import LedgerEntry, SignedCheckpoint
from provenance.notary import Notary
from provenance.types import EntryKind
from tests import honest
from tests.conftest import ROOT

ROUNDS = 100
# Forks two sequencers and signers each round, kills both, and says what they remembered: nothing else is left of them.
KILLER = """
import os, random, signal, sys, time
from pathlib import Path
import django
django.setup()
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.db import connection
from provenance import notary
connection.settings_dict["NAME"] = sys.argv[1]
folder = Path(sys.argv[2])
key = load_pem_private_key((folder / "key.pem").read_bytes(), None)
by = notary.Notary(origin="countersign.example/log", key=key, memory=folder / "last-signed")
connection.ensure_connection()  # the embedded server knows this process, and its children come in by the same door
connection.close()
for _ in range(int(sys.argv[3])):
    at_work, tell = os.pipe()
    children = []
    for _ in range(2):
        children.append(os.fork())
        if not children[-1]:
            while True:
                notary.sign(by)
                os.write(tell, b".")
    os.read(at_work, 1)
    time.sleep(random.uniform(0, 0.1))
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    os.close(at_work)
    os.close(tell)
    print(by.memory.read_text().encode().hex() if by.memory.exists() else "", flush=True)
"""


def test_two_hundred_kills_lose_no_entry_use_no_index_twice_and_sign_no_two_roots_of_one_size(
    own_database: str, tmp_path: Path
) -> None:
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "key.pem").write_bytes(pem)
    by = Notary(origin="countersign.example/log", key=key, memory=tmp_path / "last-signed")
    done = threading.Event()
    written: list[str] = []
    writers = [threading.Thread(target=_write_until, args=(done, written, number)) for number in range(2)]
    for writer in writers:
        writer.start()
    try:
        environment = {**os.environ, "COUNTERSIGN_DATABASE_ROLE": "app", "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}"}
        environment["DJANGO_SETTINGS_MODULE"] = "countersign.settings"
        command = [sys.executable, "-c", KILLER, own_database, str(tmp_path), str(ROUNDS)]
        remembered = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    finally:
        done.set()
        for writer in writers:
            writer.join()
    last = notary.sign(by)
    leaves = [merkle.leaf_hash(text.encode()) for text in LedgerEntry.objects.values_list("canonical", flat=True)]
    assert sorted(LedgerEntry.objects.values_list("actor", flat=True)) == sorted(written), "each once, and no other"
    assert list(LedgerEntry.objects.values_list("index", flat=True)) == list(range(len(written)))
    assert last
    assert last.size == len(leaves)
    seen = [(row.size, row.note) for row in SignedCheckpoint.objects.all()]
    told = [bytes.fromhex(line).decode() for line in remembered.split()]
    assert len(seen) > ROUNDS, "the signer was never at work"
    for note in [note for _, note in seen] + told:
        said = checkpoint.opened(note.encode(), log=by.verifier).checkpoint
        assert said.root == merkle.root(leaves[: said.size])
    assert list(notary.faults(by.verifier)) == []
    assert ledger.verify().faults == ()


def test_tree_does_not_grow_outside_a_transaction(own_database: str) -> None:
    with pytest.raises(LedgerError, match="there is none"):
        tree.grow()


def _write_until(done: threading.Event, written: list[str], number: int) -> None:
    """Note who wrote once that is committed: a transaction that is rolled back has written nothing."""
    try:
        for turn in itertools.count():
            if done.wait(0.002):
                return
            actor = f"person:{number}-{turn}"
            with transaction.atomic():
                honest.append(EntryKind.RUN_GRANTED, subject="run:1", actor=actor)
                transaction.set_rollback(turn % 5 == 4)
            if turn % 5 != 4:
                written.append(actor)
    finally:
        connection.close()
