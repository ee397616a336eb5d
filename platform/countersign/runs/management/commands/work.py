"""`manage.py work`: a worker for each queue and the keeper of the keys, restarted when they die, the sweep that sends
lost messages again, the log's checkpoints with their time-stamps, the watch over the log, and what people are told of
new entries."""

import signal
import subprocess
import sys
import threading
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import OperationalError, close_old_connections

from countersign import cosigning, log, timestamps
from countersign.desk import telling
from countersign.keeping import sweep
from countersign.keys import QUEUES
from countersign.runs import clock, outbox
from countersign.watch import watcher

SWEEP_EVERY_S = 3.0
KEEPER = "keeper"  # where the key store is: at one place, or at none that these workers are
ALL = (*QUEUES, KEEPER)
RESTART_AFTER_S = 1.0


class Command(BaseCommand):
    help = "Run the workers (all queues, or those named) and re-send what got lost. Stops on SIGTERM or Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("queues", nargs="*", metavar="queue", help=f"of {', '.join(ALL)}; all when none is named")

    def handle(self, *_: Any, **options: Any) -> None:
        unknown = set(options["queues"]) - set(ALL)
        if unknown:
            self.stderr.write(f"no such queue: {', '.join(sorted(unknown))}; there are {', '.join(ALL)}")
            raise SystemExit(2)
        signal.signal(signal.SIGTERM, _stop)
        workers = {queue: _start(queue) for queue in options["queues"] or ALL}
        for kept in (log.keep_signed, cosigning.keep_cosigned, timestamps.keep_stamped, telling.keep):
            threading.Thread(target=kept, args=(self.stderr.write,), daemon=True).start()
        if "default" in workers:  # one observer is enough for the site, and one who destroys what its days are over of
            for kept in (watcher.keep_site_watched, sweep.keep_destroying, clock.keep_ended):
                threading.Thread(target=kept, args=(self.stderr.write,), daemon=True).start()
        try:
            self._watch(workers)
        except KeyboardInterrupt:
            pass
        finally:
            _end(workers)

    def _watch(self, workers: dict[str, "subprocess.Popen[bytes]"]) -> None:
        swept = 0.0
        while True:
            for queue, worker in workers.items():
                if worker.poll() is not None:
                    self.stderr.write(f"the {queue} process ended ({worker.returncode}); starting another")
                    time.sleep(RESTART_AFTER_S)
                    workers[queue] = _start(queue)
            if time.monotonic() - swept > SWEEP_EVERY_S:
                swept = time.monotonic()
                self._sweep()
            time.sleep(0.5)

    def _sweep(self) -> None:
        try:
            close_old_connections()
            outbox.sweep()
        except OperationalError as error:
            self.stderr.write(f"the database is away, trying again: {error}")


def _start(queue: str) -> "subprocess.Popen[bytes]":
    program = ["countersign.keeper"] if queue == KEEPER else ["countersign.worker", queue]
    return subprocess.Popen([sys.executable, "-m", *program])


def _end(workers: dict[str, "subprocess.Popen[bytes]"]) -> None:
    for worker in workers.values():
        worker.terminate()
    for worker in workers.values():
        try:
            worker.wait(10)
        except subprocess.TimeoutExpired:
            worker.kill()


def _stop(*_: object) -> None:
    raise KeyboardInterrupt
