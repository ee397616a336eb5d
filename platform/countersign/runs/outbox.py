"""The outbox: a message to a worker is a row, written with the state change that calls for it, and sent after commit.

A row stays until the work it asks for is done. If the message is lost, or the worker dies, the row falls due again and
`sweep` sends it once more; the compare-and-set at the head of each task makes a second message harmless.
"""

import logging
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from kombu.exceptions import OperationalError

from countersign.celery import app
from countersign.runs.models import Dispatch

QUEUE_OF = {
    "examine": "gpu",
    "enrol": "gpu",
    "train": "gpu",
    "convert": "gpu",
    "appraise": "gpu",
    "sign": "sign",
    "seal": "sign",
    "publish": "default",
}
LEASE = timedelta(seconds=20)  # a worker that has not been heard of for this long has lost its work
RESEND_FIRST, RESEND_MOST = timedelta(seconds=15), timedelta(minutes=5)

log = logging.getLogger(__name__)


def put(task: str, subject: UUID) -> None:
    """Ask for `task` on `subject`, once the caller's transaction commits."""
    dispatch, _ = Dispatch.objects.get_or_create(
        task=task, subject=subject, done_at=None, defaults={"due_at": timezone.now()}
    )
    transaction.on_commit(lambda: send(dispatch))


def send(dispatch: Dispatch) -> None:
    wait = min(RESEND_FIRST * 2**dispatch.sent, RESEND_MOST)
    Dispatch.objects.filter(pk=dispatch.pk).update(sent=F("sent") + 1, due_at=timezone.now() + wait)
    try:
        app.send_task(f"countersign.{dispatch.task}", args=[str(dispatch.subject)], queue=QUEUE_OF[dispatch.task])
    except OperationalError as error:  # the row stays, and falls due again
        log.warning("the queue did not take %s for %s: %s", dispatch.task, dispatch.subject, error)


def sweep() -> int:
    """Send again whatever is due; how many were."""
    due = list(Dispatch.objects.filter(done_at=None, due_at__lte=timezone.now()).order_by("due_at")[:100])
    for dispatch in due:
        send(dispatch)
    return len(due)


def hold(task: str, subject: UUID) -> None:
    """Work goes on: do not send again before its lease has run out."""
    open_rows = Dispatch.objects.filter(task=task, subject=subject, done_at=None)
    open_rows.update(due_at=timezone.now() + LEASE + timedelta(seconds=1), sent=0)


def again(task: str, subject: UUID, *, after: timedelta) -> None:
    """Nothing was wrong, and it is too early: send once more in a while."""
    open_rows = Dispatch.objects.filter(task=task, subject=subject, done_at=None)
    open_rows.update(due_at=timezone.now() + after, sent=0)


def done(task: str, subject: UUID) -> None:
    Dispatch.objects.filter(task=task, subject=subject, done_at=None).update(done_at=timezone.now())


def drop(subject: UUID) -> None:
    """Nothing more is to be done for `subject`."""
    Dispatch.objects.filter(subject=subject, done_at=None).update(done_at=timezone.now())
