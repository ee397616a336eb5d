"""What is kept, for how long and in spite of whom: looks at footage, holds and schedules."""

import uuid
from functools import reduce
from operator import or_

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from countersign.keeping.schedule import EVENTS, MOST_DAYS, Since, Terms, What


class Look(models.Model):
    """The last quarter of an hour in which the ledger said that a person looked at a thing."""

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    what = models.CharField(max_length=64)  # digest of what the entry says
    quarter = models.BigIntegerField(default=-1)  # quarters of an hour since 1970

    class Meta:
        constraints = (models.UniqueConstraint(fields=("person", "what"), name="one_look_per_person_and_thing"),)
        indexes = (models.Index(fields=("quarter",), name="looks_by_quarter"),)

    def __str__(self) -> str:
        return f"{self.person_id} · {self.what[:12]}"


class Hold(models.Model):
    """Legal's word that nothing under `subject` may be destroyed. Rows stay when a hold is lifted.

    `subject` is named as in the ledger: "run:<id>". What lies under it is said in `keeping.cover`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    production = models.ForeignKey("accounts.Production", on_delete=models.PROTECT, related_name="holds")
    subject = models.CharField(max_length=60)
    reason = models.CharField(max_length=500)
    placed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    placed_at = models.DateTimeField()
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_alone = models.BooleanField(default=False)  # nobody else was legal there who could have

    class Meta:
        ordering = ("-placed_at",)
        constraints = (
            models.CheckConstraint(
                condition=Q(lifted_by__isnull=True, lifted_at__isnull=True)
                | Q(lifted_by__isnull=False, lifted_at__isnull=False),
                name="lifted_with_a_time",
            ),
            models.CheckConstraint(
                condition=Q(lifted_by__isnull=True) | ~Q(lifted_by=F("placed_by")) | Q(lifted_alone=True),
                name="lifted_by_a_second_person",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="hold_has_a_reason"),
            models.CheckConstraint(
                condition=Q(subject__regex=r"^(performer|production|run|output|footage):[0-9a-f-]{36}$"),
                name="hold_subject_is_known",
            ),
        )
        indexes = (models.Index(fields=("subject",), condition=Q(lifted_at=None), name="holds_that_stand"),)

    def __str__(self) -> str:
        return f"hold on {self.subject}"


class Schedule(models.Model):
    """How long a production keeps one kind of thing. Without a row it is kept until somebody decides."""

    id = models.BigAutoField(primary_key=True)
    production = models.ForeignKey("accounts.Production", on_delete=models.PROTECT, related_name="schedules")
    what = models.CharField(max_length=20, choices=What.choices)
    since = models.CharField(max_length=20, choices=Since.choices)
    days = models.PositiveIntegerField()
    law = models.CharField(max_length=200, blank=True)  # what requires keeping until then, even against an erasure
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("production", "what"), name="one_schedule_per_kind"),
            models.CheckConstraint(
                condition=reduce(or_, (Q(what=what, since__in=events) for what, events in EVENTS.items())),
                name="schedule_counts_from_its_event",
            ),
            models.CheckConstraint(condition=Q(days__lte=MOST_DAYS), name="schedule_ends"),
        )

    def __str__(self) -> str:
        return self.terms.in_words()

    @property
    def terms(self) -> Terms:
        return Terms(what=What(self.what), since=Since(self.since), days=self.days, law=self.law)
