"""The bytes of clips on disk: productions that upload the same clip share one file, which goes with the last row."""

import logging
from collections.abc import Callable
from typing import TypeVar

from django.db import connection, transaction
from django.utils import timezone

from countersign.runs import storage
from countersign.runs.models import Footage, Output

T = TypeVar("T")
_LOCK = 4851023

log = logging.getLogger(__name__)


def reserve(sha256: str) -> None:
    """Nobody else brings or unlinks a file of this digest until the caller's transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK, sha256])


def unlink_destroyed() -> int:
    """Unlink the files of rows that say they are destroyed, which the ledger knows by then; how many rows there were.

    A process that dies between the row and the file leaves the file to the next call.
    """
    clips = Footage.objects.filter(destroyed_at__isnull=False, unlinked_at=None)
    outputs = Output.objects.filter(destroyed_at__isnull=False, unlinked_at=None)
    return sum(_tried(_unlink_clip, clip) for clip in clips) + sum(_tried(_unlink_output, one) for one in outputs)


def _tried(unlink: Callable[[T], int], row: T) -> int:
    """One file that does not go must not keep the others; it is tried again next time."""
    try:
        return unlink(row)
    except OSError as error:
        log.warning("the file of %s could not be unlinked: %s", row, error)
        return 0


@transaction.atomic
def _unlink_clip(footage: Footage) -> int:
    reserve(footage.sha256)
    shared = Footage.objects.filter(sha256=footage.sha256, destroyed_at=None).exists()
    if not shared and storage.is_digest(footage.sha256):  # an upload over the limit was never kept
        storage.footage(footage.sha256).unlink(missing_ok=True)
    return Footage.objects.filter(pk=footage.pk).update(unlinked_at=timezone.now())


def _unlink_output(output: Output) -> int:
    storage.output(output.sha256).unlink(missing_ok=True)
    return Output.objects.filter(pk=output.pk).update(unlinked_at=timezone.now())
