"""Tells people of new entries: gathers what their searches find, then sends it. The supervisor calls this all the time.

1. A search makes at most one message a minute for each way; what happens meanwhile waits and is told together.
2. What is told is looked at twice: when it is gathered, and again at each try to send it. Only what the person may
   still see then is in the message.
3. A message is claimed before it is sent, and falls due again, ever later, until it is taken or was tried MOST_TRIES
   times.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import DatabaseError, close_old_connections, transaction
from django.db.models import F, Q
from django.utils import timezone

from countersign import log, logbook
from countersign.desk import hooks, letters, projector
from countersign.desk.forms import LedgerSearch
from countersign.desk.hooks import HookError
from countersign.desk.models import Message, SavedSearch, Way
from provenance.errors import ProvenanceError

EVERY = timedelta(minutes=1)  # at most one message for a search
LISTED = 20  # entries in one message
FIRST_WAIT, LONGEST_WAIT, MOST_TRIES = timedelta(seconds=30), timedelta(hours=1), 8
AT_ONCE = 50  # messages in one sweep
PAUSE_S = 1.0


def keep(say: Callable[[str], object]) -> None:
    """Read the ledger into the index and tell people, as long as the process lives."""
    trouble = ""
    while True:
        close_old_connections()
        found = swept()
        if found and found != trouble:
            say(found)
        trouble = found
        time.sleep(PAUSE_S)


def swept() -> str:
    """One round; what stood in the way, in words, or nothing."""
    try:
        log.settle()
        projector.catch_up(most=None)
        gather(now=timezone.now())
        send(now=timezone.now())
    except (ProvenanceError, DatabaseError) as error:
        return f"nobody could be told of new entries: {error}"
    return ""


def gather(*, now: datetime) -> int:
    """Make messages of what is new to each search; how many were made."""
    entries = projector.standing().read
    told = Q(by_email=True) | ~Q(webhook="")
    waiting = SavedSearch.objects.filter(told, person__is_active=True, next__lt=entries)
    ready = waiting.filter(Q(told_at=None) | Q(told_at__lte=now - EVERY)).select_related("person")
    return sum(_gather(search, entries, now=now) for search in ready)


@transaction.atomic
def _gather(search: SavedSearch, entries: int, *, now: datetime) -> int:
    form = LedgerSearch(search.filters, person=search.person)
    asked = logbook.prepared(search.person, form.search()) if form.is_valid() else None
    found = logbook.fresh(asked, after=search.next, size=LISTED + 1) if asked else []
    changes = {"next": entries, **({"told_at": now} if found else {})}
    if not SavedSearch.objects.filter(pk=search.pk, next=search.next).update(**changes) or not found:
        return 0
    ways = [way for way, on in ((Way.EMAIL, search.by_email), (Way.WEBHOOK, bool(search.webhook))) if on]
    common = {"search": search, "entries": found[:LISTED], "more": len(found) > LISTED, "due_at": now}
    return len(Message.objects.bulk_create(Message(way=way, **common) for way in ways))


def send(*, now: datetime) -> int:
    """Send what is due; how many were taken."""
    due = Message.objects.filter(sent_at=None, gave_up_at=None, due_at__lte=now).order_by("due_at")
    return sum(
        _send(message, now=now) for message in due.select_related("search__person")[:AT_ONCE] if _claim(message, now)
    )


def _claim(message: Message, now: datetime) -> bool:
    wait = min(FIRST_WAIT * 2**message.tries, LONGEST_WAIT)
    mine = Message.objects.filter(pk=message.pk, tries=message.tries, sent_at=None, gave_up_at=None)
    return mine.update(tries=F("tries") + 1, due_at=now + wait) == 1


def _send(message: Message, *, now: datetime) -> bool:
    search = message.search
    on = search.by_email if message.way == Way.EMAIL else bool(search.webhook)
    lines = logbook.still_seen(search.person, message.entries) if on and search.person.is_active else []
    if not lines:
        _end(message, gave_up_at=now, trouble="Nothing in it is for you to see any more, or the alert was ended.")
        return False
    try:
        _SENDERS[message.way](message, lines)
    except (HookError, OSError) as error:  # SMTP errors are OSErrors
        ends = {"gave_up_at": now} if message.tries + 1 >= MOST_TRIES else {}
        _end(message, trouble=str(error)[:300], **ends)
        return False
    _end(message, sent_at=now, trouble="")
    return True


def _end(message: Message, **changes: object) -> None:
    Message.objects.filter(pk=message.pk).update(**changes)


def _by_email(message: Message, lines: list[logbook.Line]) -> None:
    to = message.search.person.email
    EmailMessage(letters.subject(message, lines), letters.text(message, lines), to=[to]).send()


def _by_webhook(message: Message, lines: list[logbook.Line]) -> None:
    search, body = message.search, letters.body(message, lines)
    target = hooks.look_at(search.webhook, allowed=settings.WEBHOOK_HOSTS)
    headers = {
        "Countersign-Message": str(message.pk),  # the same for every try
        "Countersign-Signature": hooks.signature(search.webhook_secret, at=int(time.time()), body=body),
    }
    hooks.post(target, body=body, headers=headers)


_SENDERS: dict[str, Callable[[Message, list[logbook.Line]], None]] = {Way.EMAIL: _by_email, Way.WEBHOOK: _by_webhook}
