"""Alarms: raised when something must not be, ended when it is so no longer, taken on by people; each is an entry."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporter:
    """Who saw it, when, and where else it is said."""

    observer: str
    say: Say
    at: datetime


def open_alarms() -> QuerySet[Alarm]:
    return Alarm.objects.filter(ended_at=None).select_related("acknowledged_by").order_by("first_seen")


def settle(found: Sequence[Condition], *, by: Reporter) -> None:
    """Bring the alarms of an observer in line with what it found. Raises DatabaseError if that cannot be kept."""
    standing = {alarm.kind: alarm for alarm in open_alarms().filter(observer=by.observer)}
    for condition in found:
        alarm = standing.pop(condition.kind.value, None)
        if alarm:
            Alarm.objects.filter(pk=alarm.pk).update(last_seen=by.at, sentence=condition.sentence)
        else:
            _raise(condition, by=by)
    for alarm in standing.values():
        if alarm.acknowledged_at or not alarm.stays:
            _end(alarm, by=by)


def _raise(condition: Condition, *, by: Reporter) -> None:
    by.say(f"alarm: {condition.sentence}")
    alarm = Alarm(
        kind=condition.kind.value,
        observer=by.observer,
        sentence=condition.sentence,
        first_seen=by.at,
        last_seen=by.at,
    )
    _kept_with_entry(alarm, EntryKind.ALARM_RAISED, say=by.say)
    tell(f"Alarm: {condition.kind}", f"{condition.sentence}\n\n{condition.kind.what_to_do}", say=by.say)


def _end(alarm: Alarm, *, by: Reporter) -> None:
    by.say(f"alarm ended: {alarm.sentence}")
    alarm.ended_at = by.at
    _kept_with_entry(alarm, EntryKind.ALARM_ENDED, say=by.say)
    tell(f"Ended: {alarm.kind}", f"It was: {alarm.sentence}", say=by.say)


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


def tell(subject: str, text: str, *, say: Say) -> None:
    """By e-mail, to whom the operator named; nobody is held up by a mail server that is away."""
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
