"""What watching found: alarms, and how far the ledger was verified. For people to read: nothing is decided by them."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from countersign.watch.conditions import Kind


class Alarm(models.Model):
    """Something that must not be, from when an observer saw it first until it saw it no longer. Rows stay."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=40, choices=[(kind.value, kind.value) for kind in Kind])
    observer = models.CharField(max_length=100)  # the site's own supervisor, or an operator's machine
    sentence = models.TextField()
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    acknowledged_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-first_seen",)
        constraints = (
            models.UniqueConstraint(
                fields=("kind", "observer"), condition=Q(ended_at=None), name="one_open_alarm_of_a_kind"
            ),
            models.CheckConstraint(
                condition=Q(acknowledged_by=None, acknowledged_at=None)
                | Q(acknowledged_by__isnull=False, acknowledged_at__isnull=False),
                name="acknowledged_by_somebody_with_a_time",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} seen by {self.observer}"

    @property
    def what_to_do(self) -> str:
        return Kind(self.kind).what_to_do

    @property
    def stays(self) -> bool:
        """Whether it stays until a person has acknowledged it."""
        return Kind(self.kind).stays


class Progress(models.Model):
    """How far an observer had verified the ledger when it looked last."""

    observer = models.CharField(primary_key=True, max_length=100)
    looked_at = models.DateTimeField()
    entries = models.BigIntegerField()  # verified, each after the one before
    again = models.BigIntegerField()  # of them, verified once more by the round that is under way
    whole_at = models.DateTimeField(null=True, blank=True)  # when the last round from the first entry on was done
    faults = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.observer}: {self.entries} entries"
