"""One Celery worker for one queue: `python -m countersign.worker gpu`.

Before anything else it gives up what its queue has no business with: no worker can open the gate's key, the store of
key-encryption keys, what signs the keeper's answers (`countersign.keeper` can) or another queue's folder, so that the
`gpu` worker cannot open the signer's key. It writes only where its own work lies, and knows only its own tasks,
whatever message comes by its queue: no clip is decoded beside the signer's key.
"""

import ctypes
import logging
import os
import secrets
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "countersign.settings")
os.environ.setdefault("COUNTERSIGN_SECRET_KEY", secrets.token_urlsafe(64))  # workers sign no sessions

SHUT_AWAY = {
    "gpu": ("sign", "documents", "default", "gate", "web", "vault", "keeper", "log", "evidence", "certificates"),
    "sign": ("gpu", "default", "gate", "web", "vault", "keeper", "log", "evidence", "certificates"),
    "default": ("gpu", "sign", "documents", "gate", "web", "vault", "keeper", "log", "evidence", "certificates"),
    "keeper": ("gpu", "sign", "documents", "default", "gate", "web", "log", "evidence", "certificates"),
}
WRITES = {  # folders of the data folder
    "gpu": ("runs", "models", "queue", "tmp"),
    "sign": ("runs", "outputs", "queue", "tmp"),
    "default": ("runs", "queue", "tmp"),
    "keeper": ("tmp",),
}
SYSTEM = (Path("/dev"), Path("/proc"))
DIE_WITH_PARENT = 1

log = logging.getLogger(__name__)


def main(queue: str) -> None:
    die_with_parent()
    import django

    django.setup()
    from countersign.celery import app

    keep_own_tasks(app, queue)
    shut_away(queue)
    app.worker_main(
        [
            "worker",
            "-Q",
            queue,
            "-n",
            f"{queue}-{os.getpid()}@%h",
            "-P",
            "solo",
            "-c",
            "1",
            "-l",
            "INFO",
            "--without-gossip",
            "--without-mingle",
            "--without-heartbeat",
        ]
    )


def keep_own_tasks(app: "Celery", queue: str) -> None:
    """Forget every task that is not this queue's, Celery's own among them: its message is dropped, not run."""
    from countersign.runs.outbox import QUEUE_OF

    app.loader.import_default_modules()
    own = {f"countersign.{task}" for task, where in QUEUE_OF.items() if where == queue}
    for name in set(app.tasks) - own:
        app.tasks.unregister(name)


def shut_away(name: str) -> None:
    """Confine this process, a queue's worker or the keeper, to what it has business with, for good."""
    from django.conf import settings
    from django.db import connection

    from countersign import confine
    from countersign.runs import storage

    storage.prepare()
    # Files that come into being beside a folder above the keys cannot be opened once confined, and /tmp may be one.
    tempfile.tempdir = os.environ["TMPDIR"] = str(settings.DATA / "tmp")
    folders = [Path(settings.KEYS) / key for key in SHUT_AWAY[name]]
    for folder in folders:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    connection.ensure_connection()  # the embedded server may have to be started, which writes
    connection.close()
    if confine.supported():
        confine.shut_away(*folders, writable=_writable(name, Path(settings.DATA)))
    else:
        log.warning("this system has no Landlock: run the %s under an account of its own", name)


def _writable(name: str, data: Path) -> Iterator[Path]:
    yield from (data / folder for folder in WRITES[name])
    yield from data.glob("postgres*")  # the embedded server's, where there is one
    yield from SYSTEM
    if name == "keeper":
        yield data / "keys" / "vault"  # where it makes and destroys keys


def die_with_parent() -> None:
    """A process whose supervisor was killed must not go on alone (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGTERM)


if __name__ == "__main__":
    main(sys.argv[1])
