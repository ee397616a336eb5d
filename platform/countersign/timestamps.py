"""Has the log's newest checkpoint time-stamped by an outside authority, now and then, while checkpoints come.

In a thread of its own: an authority that is slow or away holds nothing up. What it says is verified before it is kept.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, connection

from consent.sealing import Stamper
from countersign import keys, log, outgoing
from countersign.outgoing import Limits, OutgoingError
from provenance import notary, stamped, timestamp
from provenance.errors import ProvenanceError, TimeStampError
from provenance.models import SignedCheckpoint, TimeStamp
from provenance.stamped import Covering

QUERY = "application/timestamp-query"
LIMITS = Limits(seconds=15, bytes=timestamp.MAX_BYTES)
LOOK_EVERY_S = 1.0
PATIENCE = 3  # that many times TSA_EVERY_S without a time-stamp is trouble
NAME = 200  # characters, as the column holds


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """Who is asked, and the roots (PEM) its certificate must lead to."""

    url: str
    roots: bytes


def authority() -> Authority | None:
    """The authority that this installation names; None if it names none."""
    return Authority(url=settings.TSA_URL, roots=keys.tsa_roots(settings.KEYS)) if settings.TSA_URL else None


def stamper() -> Stamper | None:
    """The same for documents; None where no authority is named. Asking raises OSError for want of an answer."""
    by = authority()
    return Stamper(ask=lambda request: _answer(by, request), roots=by.roots) if by else None


def _answer(by: Authority, request: bytes) -> bytes:
    try:
        answer = outgoing.post(by.url, request, kind=QUERY, limits=LIMITS)
    except OutgoingError as e:
        raise OSError(str(e)) from e
    if answer.status != 200:
        raise OSError(f"expected a time-stamp from {by.url}, got HTTP status {answer.status}")
    return answer.body


def keep_stamped(say: Callable[[str], object]) -> None:
    """Ask for a time-stamp on the newest checkpoint, every TSA_EVERY_S at most, for as long as the process lives.

    Only where the log's key is: one process is enough.
    """
    by = authority() if keys.log_private(settings.KEYS) else None
    trouble = ""
    while by:
        asked, found = brought_up_to_date(by)
        if found and found != trouble:
            say(found)
        trouble = found
        time.sleep(settings.TSA_EVERY_S if asked else LOOK_EVERY_S)


def brought_up_to_date(by: Authority) -> tuple[bool, str]:
    """Have the newest checkpoint stamped if it is not yet: whether somebody was asked, and what stood in the way."""
    try:
        row = _waiting()
        if row:
            stamp(row, by=by)
    except DatabaseError as error:
        connection.close()
        return False, f"no time-stamp was had: {error}"
    except (ProvenanceError, OutgoingError, OSError) as error:
        return True, f"no time-stamp was had: {error}"
    return row is not None, ""


def _waiting() -> SignedCheckpoint | None:
    newest = log.newest()
    return newest if newest and not of(newest.size) else None


def of(size: int) -> list[TimeStamp]:
    """The time-stamps on the checkpoint of `size` entries that hold."""
    return stamped.of(size, keys.tsa_roots(settings.KEYS))


def stamp(row: SignedCheckpoint, *, by: Authority) -> None:
    """Ask `by` for a time-stamp on the checkpoint `row`, and keep what holds.

    Raises OutgoingError if nothing comes back, TimeStampError if that is no time-stamp of theirs, AnchorError without
    roots, LedgerError if it cannot be kept.
    """
    request = timestamp.request(row.note.encode())
    answer = outgoing.post(by.url, request.der, kind=QUERY, limits=LIMITS)
    if answer.status != 200:
        raise TimeStampError(f"Expected a time-stamp from {by.url}, got HTTP status {answer.status}.")
    granted = timestamp.granted(answer.body, to=request, roots=by.roots)
    notary.keep_time_stamp(row.size, authority=granted.by[:NAME], token=answer.body)


def newest() -> Covering | None:
    """The newest time-stamp, if there is one and it holds."""
    return stamped.newest(keys.tsa_roots(settings.KEYS))


def told() -> list[str]:
    """What is to be said of the time-stamps that are kept, a line each."""
    roots = keys.tsa_roots(settings.KEYS)
    earliest, latest = stamped.first(roots), stamped.newest(roots)
    if not earliest or not latest:
        return [f"time-stamps: none; {'none came yet' if settings.TSA_URL else 'no authority is named'}"]
    return [f"earliest time-stamp: {earliest}", f"latest time-stamp: {latest}"]


def trouble(*, now: datetime) -> str:
    """Why legal should worry about time-stamps, or nothing: checkpoints have waited for one too long."""
    last = newest()
    waiting = SignedCheckpoint.objects.filter(size__gt=last.size if last else -1).order_by("size").first()
    patience = timedelta(seconds=PATIENCE * settings.TSA_EVERY_S)
    if not settings.TSA_URL or not waiting or now - waiting.made_at < patience:
        return ""
    return f"No time-stamp has come from {settings.TSA_URL} for any checkpoint since that of {waiting.size} entries."
