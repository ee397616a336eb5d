"""The bytes of clips on disk: brought in sealed, opened for who may, unlinked once their row says they are gone."""

import io
import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from consent import services as consents
from consent.errors import KeyDestroyedError, VaultError
from consent.models import ClipKey
from countersign import inmemory
from countersign.runs import keyring, sharing, storage
from countersign.runs.models import Footage, Output
from synthesis.errors import InputsChangedError

T = TypeVar("T")
PIECE = 2**20

log = logging.getLogger(__name__)


def bring(footage: Footage, chunks: Iterable[bytes], *, key: bytes) -> None:
    """Seal the bytes of a new clip under a key of its own, which stays with intake. In the caller's transaction; a file
    that a rollback leaves behind is one that nothing opens. Raises VaultError."""
    came = storage.Came(footage.sha256, footage.size)
    storage.keep_footage(footage.pk, chunks, came=came, key=key)


def seal_plain() -> int:
    """Seal clips that an earlier version kept in the clear under their digests, and unlink those files; how many."""
    sealed = ClipKey.objects.filter(clip=OuterRef("pk"))
    found = [row for row in Footage.objects.filter(~Exists(sealed), destroyed_at=None) if storage.plain(row).exists()]
    for footage in found:
        with transaction.atomic(), storage.plain(footage).open("rb") as film:
            bring(footage, iter(lambda film=film: film.read(PIECE), b""), key=_kept(footage))  # type: ignore[misc]
    for footage in found:
        storage.plain(footage).unlink(missing_ok=True)
    return len(found)


def _kept(footage: Footage) -> bytes:
    """For `manage.py prepare`, which an operator runs where the store is."""
    return consents.keep_clip(
        footage.pk, production_id=footage.production_id, sha256=footage.sha256, store=sharing.store()
    )


def opened(footage: Footage, *, ring: keyring.Ring) -> io.BufferedReader:
    """The clip in the clear, to be read and sought in. Raises KeyDestroyedError, VaultError, OSError."""
    return storage.opened(footage.pk, sha256=footage.sha256, key=ring.clip(footage.pk))


@contextmanager
def in_memory(footage: Footage, *, name: str) -> Iterator[Path]:
    """The clip in the clear, in memory, where nobody changes it. Raises KeyDestroyedError, and InputsChangedError for a
    file that is not the one that was kept."""
    with inmemory.place(name) as path:
        try:
            with opened(footage, ring=keyring.at_hand()) as clip, path.open("wb") as plain:
                while piece := clip.read(PIECE):
                    plain.write(piece)
        except KeyDestroyedError:
            raise
        except (VaultError, OSError) as e:
            raise InputsChangedError(f"the clip “{footage.title}” is not the one that was kept: {e}") from e
        inmemory.freeze(path)
        yield path


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


def _unlink_clip(footage: Footage) -> int:
    storage.footage(footage.pk).unlink(missing_ok=True)
    return Footage.objects.filter(pk=footage.pk).update(unlinked_at=timezone.now())


def _unlink_output(output: Output) -> int:
    storage.output(output.sha256).unlink(missing_ok=True)
    return Output.objects.filter(pk=output.pk).update(unlinked_at=timezone.now())
