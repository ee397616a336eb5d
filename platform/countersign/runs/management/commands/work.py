"""`manage.py work`: a worker for each queue, restarted when it dies, the sweep that sends lost messages again,
the log's checkpoints with their time-stamps, the watch over the log, and what people are told of new entries."""

import signal
import subprocess
import sys
import threading
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import OperationalError, close_old_connections

from countersign import cosigning, keeper, log, timestamps
from countersign.celery import QUEUES
from countersign.desk import telling
from countersign.keeping import sweep
from countersign.runs import ending, outbox
from countersign.watch import watcher

SWEEP_EVERY_S = 3.0
RESTART_AFTER_S = 1.0


class Command(BaseCommand):
    help = "Run the workers (all queues, or those named) and re-send what got lost. Stops on SIGTERM or Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "queues", nargs="*", metavar="queue", help=f"of {', '.join(QUEUES)}; all when none is named"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        unknown = set(options["queues"]) - set(QUEUES)
        if unknown:
            self.stderr.write(f"no such queue: {', '.join(sorted(unknown))}; there are {', '.join(QUEUES)}")
            raise SystemExit(2)
        signal.signal(signal.SIGTERM, _stop)
        workers = {queue: _start(queue) for queue in options["queues"] or QUEUES}
        for kept in (log.keep_signed, cosigning.keep_cosigned, timestamps.keep_stamped, telling.keep):
            threading.Thread(target=kept, args=(self.stderr.write,), daemon=True).start()
        if "default" in workers:  # one observer is enough for the site, and one who destroys what its days are over of
            for kept in (watcher.keep_site_watched, sweep.keep_destroying, keeper.keep_shredding, ending.keep_ended):
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
                    self.stderr.write(f"the {queue} worker ended ({worker.returncode}); starting another")
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
    return subprocess.Popen([sys.executable, "-m", "countersign.worker", queue])


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
