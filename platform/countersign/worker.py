"""One Celery worker for one queue: `python -m countersign.worker gpu`.

Before anything else it gives up what its queue has no business with: the `gpu` worker cannot open the signer's key or
the gate's, the `sign` worker cannot open the gate's.
"""

import ctypes
import logging
import os
import secrets
import signal
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "countersign.settings")
os.environ.setdefault("COUNTERSIGN_SECRET_KEY", secrets.token_urlsafe(64))  # workers sign no sessions

SHUT_AWAY = {
    "gpu": ("sign", "gate", "web"),
    "sign": ("gate", "web"),
    "default": ("sign", "gate", "web", "vault"),
}
DIE_WITH_PARENT = 1

log = logging.getLogger(__name__)


def main(queue: str) -> None:
    _die_with_parent()
    import django

    django.setup()
    from countersign.celery import app

    _shut_away(queue)
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


def _shut_away(queue: str) -> None:
    from django.conf import settings

    from countersign import confine
    from countersign.runs import storage

    storage.prepare()
    # Files that come into being beside a folder above the keys cannot be opened once confined, and /tmp may be one.
    tempfile.tempdir = os.environ["TMPDIR"] = str(settings.DATA / "tmp")
    folders = [Path(settings.KEYS) / name for name in SHUT_AWAY[queue]]
    for folder in folders:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if confine.supported():
        confine.shut_away(*folders)
    else:
        log.warning("this system has no Landlock: run the %s worker under an account of its own", queue)


def _die_with_parent() -> None:
    """A worker whose supervisor was killed must not go on alone (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGTERM)


if __name__ == "__main__":
    main(sys.argv[1])
