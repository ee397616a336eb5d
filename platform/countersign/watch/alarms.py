"""Alarms: raised when something must not be, ended when it is so no longer, taken on by people; each is an entry."""

from collections.abc import Callable, Sequence
from datetime import datetime

from django.conf import settings
from django.core.mail import send_mail
from django.db import DatabaseError, transaction
from django.db.models import QuerySet
from django.utils.timezone import now

from countersign.accounts.models import Person
from countersign.watch.conditions import Condition
from countersign.watch.models import Alarm
from provenance import ledger
from provenance.errors import LedgerError
from provenance.types import EntryKind, Json

ACTOR = "system:watch"

Say = Callable[[str], object]


class AlarmError(Exception):
    """The alarm cannot be acknowledged; the message says why."""


def open_alarms() -> QuerySet[Alarm]:
    return Alarm.objects.filter(ended_at=None).select_related("acknowledged_by").order_by("first_seen")


def settle(found: Sequence[Condition], *, observer: str, say: Say) -> None:
    """Bring the alarms of `observer` in line with what it found now. Raises DatabaseError if that cannot be kept."""
    standing = {alarm.kind: alarm for alarm in open_alarms().filter(observer=observer)}
    moment = now()
    for condition in found:
        alarm = standing.pop(condition.kind.value, None)
        if alarm:
            Alarm.objects.filter(pk=alarm.pk).update(last_seen=moment, sentence=condition.sentence)
        else:
            _raise(condition, observer=observer, moment=moment, say=say)
    for alarm in standing.values():
        if alarm.acknowledged_at or not alarm.stays:
            _end(alarm, moment=moment, say=say)


def _raise(condition: Condition, *, observer: str, moment: datetime, say: Say) -> None:
    say(f"alarm: {condition.sentence}")
    alarm = Alarm(
        kind=condition.kind.value,
        observer=observer,
        sentence=condition.sentence,
        first_seen=moment,
        last_seen=moment,
    )
    _kept_with_entry(alarm, EntryKind.ALARM_RAISED, say=say)
    _tell(f"Alarm: {condition.kind}", f"{condition.sentence}\n\n{condition.kind.what_to_do}", say=say)


def _end(alarm: Alarm, *, moment: datetime, say: Say) -> None:
    say(f"alarm ended: {alarm.sentence}")
    alarm.ended_at = moment
    _kept_with_entry(alarm, EntryKind.ALARM_ENDED, say=say)
    _tell(f"Ended: {alarm.kind}", f"It was: {alarm.sentence}", say=say)


def _kept_with_entry(alarm: Alarm, kind: EntryKind, *, say: Say) -> None:
    """Row and entry together; the row alone if the ledger cannot be written, which may be what the alarm is about."""
    try:
        with transaction.atomic():
            alarm.save()
            ledger.append(kind, subject=f"alarm:{alarm.pk}", actor=ACTOR, body=_said(alarm))
    except LedgerError as error:
        say(f"the ledger does not say so: {error}")
        alarm.save()


def _said(alarm: Alarm) -> dict[str, Json]:
    return {"why": alarm.kind, "observer": alarm.observer}


def _tell(subject: str, text: str, *, say: Say) -> None:
    if not settings.ALARM_EMAIL:
        return
    try:
        send_mail(f"[{settings.SITE_URL}] {subject}", text, None, [settings.ALARM_EMAIL])
    except OSError as error:  # SMTPException is one
        say(f"nobody was told by e-mail: {error}")


def acknowledge(alarm: Alarm, *, by: Person) -> None:
    """A person has seen it and takes it on. It ends when its cause is gone.

    Raises AlarmError if it is acknowledged or ended already, LedgerError if the entry cannot be written.
    """
    with transaction.atomic():
        waiting = Alarm.objects.filter(pk=alarm.pk, acknowledged_at=None, ended_at=None)
        if waiting.update(acknowledged_by=by, acknowledged_at=now()) != 1:
            raise AlarmError("Somebody acknowledged this alarm already, or it ended meanwhile.")
        ledger.append(
            EntryKind.ALARM_ACKNOWLEDGED, subject=f"alarm:{alarm.pk}", actor=f"person:{by.pk}", body=_said(alarm)
        )


def told_in_vain(error: DatabaseError | LedgerError | OSError, *, say: Say) -> None:
    """The log could not even be looked at: there is no row to write, but somebody to tell."""
    sentence = f"The ledger cannot be watched: {error}"
    say(sentence)
    _tell("Alarm: ledger cannot be watched", sentence, say=say)
