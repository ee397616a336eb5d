"""How fast legal's pages are at a million entries, and how fast the desk's index is made. On a server of its own."""

import atexit
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from bench.desk_made import BEGAN, CODES, ENTRIES, World

REQUESTS = 240  # of each page, half of them for the search's first pages


def main() -> None:
    _use_own_server()
    import django

    django.setup()
    entries = int(sys.argv[1]) if len(sys.argv) > 1 else ENTRIES
    dice = random.Random(7)  # the same ledger each time
    world = _filled(dice, entries)
    figures: dict[str, float] = {"entries": entries, "index_entries_per_s": round(_index(entries))}
    for name, addresses in {"search": _searches, "timeline": _stories, "refusals": _patterns}.items():
        figures |= _measured(name, list(addresses(world, dice, entries)), world)
    from bench import report

    report.write("desk", figures)


def _use_own_server() -> None:
    folder = tempfile.mkdtemp(prefix="countersign-bench-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)  # registered first, so run last: after the server's stop
    os.environ.pop("DATABASE_URL", None)
    os.environ |= {"COUNTERSIGN_DATA": folder, "DJANGO_SETTINGS_MODULE": "countersign.settings"}


def _filled(dice: random.Random, entries: int) -> World:
    """Tables and rows made as their owner; then step down, as the web process does."""
    from django.core.management import call_command
    from django.db import connection

    from bench import desk_made

    application = connection.settings_dict["OPTIONS"]["assume_role"]
    connection.settings_dict["OPTIONS"]["assume_role"] = None
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    world = desk_made.make(dice)
    desk_made.write(world, dice, entries=entries)
    connection.close()
    connection.settings_dict["OPTIONS"]["assume_role"] = application
    return world


def _index(entries: int) -> float:
    """Entries a second that are read into the index, from an empty one."""
    from countersign.desk import projector

    started = time.monotonic()
    projector.catch_up(most=None)
    taken = time.monotonic() - started
    if projector.standing().read != entries:
        raise RuntimeError(f"Expected {entries} entries read, got {projector.standing()}")
    _analyse()
    return entries / taken


def _analyse() -> None:
    """What autovacuum does on a site that runs for longer than this."""
    from django.db import connection

    connection.close()
    application = connection.settings_dict["OPTIONS"]["assume_role"]
    connection.settings_dict["OPTIONS"]["assume_role"] = None
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    connection.close()
    connection.settings_dict["OPTIONS"]["assume_role"] = application


def _searches(world: World, dice: random.Random, entries: int) -> Iterator[tuple[str, str]]:
    """Addresses of the ledger's page, each under the name of its mix of filters; every other one deep in the past."""
    mixes = _mixes(world, dice)
    for n in range(REQUESTS * 2):
        name = list(mixes)[n % len(mixes)]
        deep = f"&before={dice.randrange(entries // 20, entries)}" if (n // len(mixes)) % 2 else ""
        yield name, f"/ledger?{mixes[name]()}{deep}"


def _mixes(world: World, dice: random.Random) -> dict[str, Callable[[], str]]:
    big, small = world.productions[0].pk, world.productions[1].pk

    def period() -> str:
        since = BEGAN + timedelta(days=dice.randrange(700))
        return f"since={since:%Y-%m-%dT%H:%M}&until={since + timedelta(days=20):%Y-%m-%dT%H:%M}"

    def somebody() -> str:
        return f"person=performer:{dice.choice(world.performers).pk}"

    def colleague() -> str:
        return f"person=person:{dice.choice(world.crews[0]).pk}"

    return {
        "everything": lambda: "",
        "refused": lambda: "outcome=refused",
        "group": lambda: "kind=decisions",
        "rare_kind": lambda: "kind=consent:withdrawn",
        "production": lambda: f"production={dice.choice((big, small))}",
        "performer": somebody,
        "colleague": colleague,
        "title": lambda: f"title=take+{dice.randrange(2000)}",
        "text": lambda: f"text=Performer+{dice.randrange(300)}",
        "short_text": lambda: "text=take",
        "period": period,
        "period_refused": lambda: f"{period()}&outcome=refused&production={big}",
        "reason": lambda: f"outcome=refused&reason={dice.choice(CODES)}&{somebody()}",
        "colleague_and_performer": lambda: f"{colleague()}&by=person:{dice.choice(world.crews[0]).pk}&outcome=done",
        "title_of_colleague": lambda: f"title=Scene+{dice.randrange(90)}&{colleague()}",
    }


def _stories(world: World, dice: random.Random, entries: int) -> Iterator[tuple[str, str]]:
    seen = [run for run in world.runs if run.production_id in {one.pk for one in world.productions[:4]}]
    for _ in range(REQUESTS):
        yield "story", f"/runs/{dice.choice(seen).pk}/story"


def _patterns(world: World, dice: random.Random, entries: int) -> Iterator[tuple[str, str]]:
    for n in range(REQUESTS):
        since = BEGAN + timedelta(days=dice.randrange(700))
        yield ("all", "/legal/refusals") if n % 2 else ("since", f"/legal/refusals?since={since:%Y-%m-%d}")


def _measured(page: str, addresses: list[tuple[str, str]], world: World) -> dict[str, float]:
    from django.test import Client

    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(world.legal)
    taken: dict[str, list[float]] = {}
    for _, address in addresses[:20]:
        _asked(client, address)  # a site that runs has its pages in memory
    for name, address in addresses:
        taken.setdefault(name, []).append(_asked(client, address))
    for name, times in taken.items():
        print(
            f"{page:<9} {name:<24} n {len(times):>4}  p50 {_at(times, 50):>7.1f} ms  p95 {_at(times, 95):>7.1f} ms",
            flush=True,
        )
    every = [time for times in taken.values() for time in times]
    slowest = max(_at(times, 95) for times in taken.values())
    return {
        f"{page}_requests": len(every),
        f"{page}_p50_ms": round(_at(every, 50), 1),
        f"{page}_p95_ms": round(_at(every, 95), 1),
        f"{page}_slowest_mix_p95_ms": round(slowest, 1),
    }


def _asked(client: Any, address: str) -> float:
    started = time.monotonic()
    answer = client.get(address)
    taken = time.monotonic() - started
    if answer.status_code != 200:
        raise RuntimeError(f"{address} answered {answer.status_code}")
    return taken * 1000


def _at(times: list[float], percent: int) -> float:
    return statistics.quantiles(times, n=100, method="inclusive")[percent - 1] if len(times) > 1 else times[0]


if __name__ == "__main__":
    main()
