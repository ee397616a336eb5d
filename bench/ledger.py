"""How fast the ledger takes entries, from one client and from four, beside plain inserts of the same rows; and how fast
it is verified. On a server of its own in a temporary folder: what is written to a ledger stays there.
"""

import atexit
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 4.0
BODY = {"reasons": ["consent-expired", "runs-spent"], "parameters_sha256": "0" * 64, "screen_seconds": 4.96}
PLAIN = """
CREATE TABLE bench_plain (LIKE provenance_ledgerentry INCLUDING ALL);
CREATE SEQUENCE bench_plain_index;
ALTER TABLE bench_plain ALTER index SET DEFAULT nextval('bench_plain_index');
GRANT INSERT ON bench_plain TO countersign_app;
GRANT USAGE ON SEQUENCE bench_plain_index TO countersign_app;
"""
INSERT = """INSERT INTO bench_plain (kind, subject, actor, recorded_at, canonical, leaf, chain)
VALUES (%s, %s, %s, now(), %s, %s, %s)"""

_barrier: Barrier


def main() -> None:
    _use_own_server()
    import django

    django.setup()
    _prepare()
    figures = {}
    for clients in (1, 4):
        label = "1_client" if clients == 1 else f"{clients}_clients"
        plain, appends = (_rate(write, clients=clients) for write in (insert_plainly, append))
        figures |= {
            f"appends_per_s_{label}": round(appends),
            f"plain_inserts_per_s_{label}": round(plain),
            f"append_ratio_{label}": round(appends / plain, 3),
        }
    figures |= _verified()
    from bench import report

    report.write("ledger", figures)


def _use_own_server() -> None:
    folder = tempfile.mkdtemp(prefix="countersign-bench-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)  # registered first, so run last: after the server's stop
    os.environ.pop("DATABASE_URL", None)
    os.environ |= {"COUNTERSIGN_DATA": folder, "DJANGO_SETTINGS_MODULE": "countersign.settings"}


def _prepare() -> None:
    """Make the tables as their owner, then step down, as the web process does."""
    from django.core.management import call_command
    from django.db import connection

    application = connection.settings_dict["OPTIONS"]["assume_role"]
    connection.settings_dict["OPTIONS"]["assume_role"] = None
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute(PLAIN)
    connection.close()
    connection.settings_dict["OPTIONS"]["assume_role"] = application


def append() -> None:
    from provenance import ledger
    from provenance.types import EntryKind

    ledger.append(EntryKind.RUN_REFUSED, subject="run:8f3c9a1e", actor="person:8f3c9a1e", body=BODY)


def insert_plainly() -> None:
    import json

    from django.db import connection

    with connection.cursor() as cursor:
        row = ["run:refused", "run:8f3c9a1e", "person:8f3c9a1e", json.dumps(BODY), bytes(32), bytes(32)]
        cursor.execute(INSERT, row)


def _rate(write: Callable[[], None], *, clients: int) -> float:
    """Writes per second, each in a transaction of its own, by as many processes at once."""
    context = get_context("spawn")
    barrier = context.Barrier(clients)
    with ProcessPoolExecutor(clients, mp_context=context, initializer=_join, initargs=(barrier,)) as pool:
        spells = [spell.result() for spell in [pool.submit(_client, write) for _ in range(clients)]]
    started, ended = min(spell[1] for spell in spells), max(spell[2] for spell in spells)
    return sum(spell[0] for spell in spells) / (ended - started)


def _join(barrier: Barrier) -> None:
    global _barrier  # noqa: PLW0603 - a barrier reaches a pool's process only by its initializer
    _barrier = barrier
    import django

    django.setup()


def _client(write: Callable[[], None]) -> tuple[int, float, float]:
    from django.db import connection, transaction

    def once() -> None:
        with transaction.atomic():
            write()

    once()  # connect
    _barrier.wait()
    done, started = 0, time.monotonic()
    while time.monotonic() < started + SECONDS:
        once()
        done += 1
    ended = time.monotonic()
    connection.close()
    return done, started, ended


def _verified() -> dict[str, float]:
    from provenance import ledger

    started = time.monotonic()
    audit = ledger.verify()
    taken = time.monotonic() - started
    if audit.faults:
        raise RuntimeError(audit.faults)
    return {"verify_entries_per_s": round(audit.entries / taken), "entries_verified": audit.entries}


if __name__ == "__main__":
    main()
