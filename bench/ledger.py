"""How fast the ledger takes entries from 1, 4 and 16 clients, beside plain inserts of the same rows and beside the
naive way, one lock held until commit; how long an entry waits for its checkpoint meanwhile; how long a proof
takes among 1 and 10 million entries; and how fast the whole is verified.

The sequencer and the signer run all the while, on the same cores: what they take is in the figures.
"""

import random
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from bench import crowd, house

if TYPE_CHECKING:
    from provenance.notary import Notary

SECONDS, ROUNDS = 4.0, 2
CLIENTS = (1, 4, 16)
PROOFS = 400
BODY = {"reasons": ["consent-expired", "runs-spent"], "parameters_sha256": "0" * 64, "screen_seconds": 4.96}
COLUMNS = "kind, subject, actor, recorded_at, canonical, leaf, chain"
PLAIN = """
CREATE TABLE bench_plain (LIKE provenance_ledgerentry INCLUDING ALL);
CREATE SEQUENCE bench_plain_index;
ALTER TABLE bench_plain ALTER index SET DEFAULT nextval('bench_plain_index');
GRANT INSERT ON bench_plain TO countersign_app;
GRANT USAGE ON SEQUENCE bench_plain_index TO countersign_app;
"""
NAIVE = f"""
CREATE TABLE bench_naive (LIKE provenance_ledgerentry INCLUDING ALL);
CREATE FUNCTION bench_naive_append(actor text, body text, kind text, subject text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    position bigint; previous bytea; moment timestamptz; entry text; leaf bytea;
BEGIN
    PERFORM pg_advisory_xact_lock(1);
    SELECT index + 1, chain INTO position, previous FROM bench_naive ORDER BY index DESC LIMIT 1;
    moment := clock_timestamp();
    entry := '{{"actor":' || actor || ',"body":' || body || ',"index":' || coalesce(position, 0) || ',"kind":' || kind
        || ',"recorded_at":"' || to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
        || '","subject":' || subject || '}}';
    leaf := sha256('\\x00'::bytea || convert_to(entry, 'UTF8'));
    INSERT INTO bench_naive (index, {COLUMNS}) VALUES (coalesce(position, 0), kind::jsonb #>> '{{}}',
        subject::jsonb #>> '{{}}', actor::jsonb #>> '{{}}', moment, entry, leaf,
        sha256(coalesce(previous, '') || leaf));
END $$;
GRANT EXECUTE ON FUNCTION bench_naive_append(text, text, text, text) TO countersign_app;
"""
INSERT = f"INSERT INTO bench_plain ({COLUMNS}) VALUES (%s, %s, %s, now(), %s, %s, %s)"
# Entries as long as real ones; their chain is left out, for no proof reads it.
FILL = """INSERT INTO provenance_ledgerentry (index, kind, subject, actor, recorded_at, canonical, leaf, chain)
SELECT n, 'run:refused', 'run:' || (n %% 5000), 'person:' || (n %% 300), now(), entry, sha256(entry::bytea), ''
FROM (SELECT n, '{"actor":"person:' || (n %% 300) || '","body":{"reasons":["consent-expired","runs-spent"],'
    '"parameters_sha256":"' || repeat('0', 64) || '","screen_seconds":4.96},"index":' || n || ',"kind":"run:refused",'
    '"recorded_at":"2026-11-24T07:00:00.000000Z","subject":"run:' || (n %% 5000) || '"}' AS entry
    FROM generate_series(%s::bigint, %s::bigint) n) made"""


def main() -> None:
    house.use_own_server()
    import django

    django.setup()
    house.prepare(PLAIN, NAIVE)
    figures = {}
    for clients in CLIENTS:
        figures |= _appends(clients)
    figures |= _verified()
    for entries, label in ((1_000_000, "1m"), (10_000_000, "10m")):
        figures |= _proofs(entries, label)
    from bench import report

    report.write("ledger", figures)


def _appends(clients: int) -> dict[str, float]:
    """Rounds in turn, so that a slow moment of the machine meets all three alike."""
    rates: dict[str, list[float]] = {"plain": [], "append": [], "naive": []}
    with _sequencer() as lags:
        for _ in range(ROUNDS):
            rates["plain"].append(crowd.rate(insert_plainly, clients=clients, seconds=SECONDS))
            rates["append"].append(crowd.rate(append, clients=clients, seconds=SECONDS))
            rates["naive"].append(crowd.rate(append_naively, clients=clients, seconds=SECONDS))
    plain, appends, naive = (statistics.mean(rates[name]) for name in ("plain", "append", "naive"))
    label = "1_client" if clients == 1 else f"{clients}_clients"
    return {
        f"appends_per_s_{label}": round(appends),
        f"plain_inserts_per_s_{label}": round(plain),
        f"naive_appends_per_s_{label}": round(naive),
        f"append_ratio_{label}": round(appends / plain, 3),
        f"naive_ratio_{label}": round(naive / plain, 3),
        f"checkpoint_lag_max_s_{label}": round(max(lags, default=0.0), 2),
    }


@contextmanager
def _sequencer() -> Iterator[list[float]]:
    """Entries get places and checkpoints as on a site; how long each time since the oldest entry then pending."""
    from countersign import log

    by, done = _notary(), threading.Event()
    lags: list[float] = []

    def work() -> None:
        from django.db import connection

        while not done.wait(log.SIGN_EVERY_S):
            oldest = _oldest()
            if problem := log.signed(by):
                raise RuntimeError(problem)
            if oldest is not None:
                lags.append(time.time() - oldest)
        log.signed(by)
        connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        yield lags
    finally:
        done.set()
        worker.join()


@cache
def _notary() -> "Notary":
    """One for all rounds: the log goes on from one to the next."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from provenance.notary import Notary

    memory = Path(tempfile.mkdtemp(prefix="countersign-bench-")) / "last-signed"
    return Notary(origin="bench/log", key=Ed25519PrivateKey.generate(), memory=memory)


def _oldest() -> float | None:
    from provenance.models import Pending

    row = Pending.objects.order_by("id").values_list("recorded_at", flat=True).first()
    return row.timestamp() if row else None


def append() -> None:
    from provenance import ledger
    from provenance.types import EntryKind

    ledger.append(EntryKind.RUN_REFUSED, subject="run:8f3c9a1e", actor="person:8f3c9a1e", body=BODY)


def append_naively() -> None:
    from django.db import connection

    from provenance import canonical

    pieces = [canonical.dumps(p).decode() for p in ("person:8f3c9a1e", BODY, "run:refused", "run:8f3c9a1e")]
    with connection.cursor() as cursor:
        cursor.execute("SELECT bench_naive_append(%s, %s, %s, %s)", pieces)


def insert_plainly() -> None:
    from django.db import connection

    from provenance import canonical

    said = {"actor": "person:8f3c9a1e", "body": BODY, "kind": "run:refused", "subject": "run:8f3c9a1e"}
    row = ["run:refused", "run:8f3c9a1e", "person:8f3c9a1e", canonical.dumps(said).decode(), bytes(32), bytes(32)]
    with connection.cursor() as cursor:
        cursor.execute(INSERT, row)


def _verified() -> dict[str, float]:
    from provenance import ledger

    started = time.monotonic()
    audit = ledger.verify()
    taken = time.monotonic() - started
    if audit.faults:
        raise RuntimeError(audit.faults)
    return {"verify_entries_per_s": round(audit.entries / taken), "entries_verified": audit.entries}


def _proofs(entries: int, label: str) -> dict[str, float]:
    """The tree is filled up to `entries`; each proof is read from the tables by a tree that remembers nothing."""
    from django.db import transaction

    from provenance import ledger, merkle, tree

    _fill(entries)
    with transaction.atomic():
        if tree.grow() != entries:
            raise RuntimeError("the tree did not grow to its size")
    root, chance, times = tree.of(entries).root(), random.Random(7), []
    for _ in range(PROOFS):
        index = chance.randrange(entries)
        started = time.perf_counter()
        proof = tree.of(entries).inclusion(index)
        times.append(1000 * (time.perf_counter() - started))
        leaf = ledger.read(index).leaf
        if not merkle.includes(leaf, index=index, size=entries, proof=proof, tree_root=root):
            raise RuntimeError(f"the proof of entry {index} does not hold")
    return {
        f"proof_{label}_ms": round(statistics.median(times), 2),
        f"proof_{label}_p95_ms": round(sorted(times)[PROOFS * 95 // 100], 2),
    }


def _fill(entries: int, step: int = 500_000) -> None:
    from django.db import connection

    from provenance import ledger

    have = ledger.sequence()
    with house.owner(), connection.cursor() as cursor:
        for first in range(have, entries, step):
            cursor.execute(FILL, [first, min(first + step, entries) - 1])
        cursor.execute("ANALYZE provenance_ledgerentry")


if __name__ == "__main__":
    main()
