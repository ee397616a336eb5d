"""Many processes that do one thing at once, for some seconds, against one database."""

import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier

_barrier: Barrier


def rate(act: Callable[[], None], *, clients: int, seconds: float) -> float:
    """How often a second `act` is done, each time in a transaction of its own, by as many processes at once."""
    context = get_context("spawn")
    barrier = context.Barrier(clients)
    with ProcessPoolExecutor(clients, mp_context=context, initializer=_join, initargs=(barrier,)) as pool:
        spells = [spell.result() for spell in [pool.submit(_client, act, seconds) for _ in range(clients)]]
    started, ended = min(spell[1] for spell in spells), max(spell[2] for spell in spells)
    return sum(spell[0] for spell in spells) / (ended - started)


def _join(barrier: Barrier) -> None:
    global _barrier  # noqa: PLW0603 - a barrier reaches a pool's process only by its initializer
    _barrier = barrier
    import django

    django.setup()


def _client(act: Callable[[], None], seconds: float) -> tuple[int, float, float]:
    from django.db import connection, transaction

    def once() -> None:
        with transaction.atomic():
            act()

    once()  # connect
    _barrier.wait()
    done, started = 0, time.monotonic()
    while time.monotonic() < started + seconds:
        once()
        done += 1
    ended = time.monotonic()
    connection.close()
    return done, started, ended
