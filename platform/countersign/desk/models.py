"""What legal's desk keeps of its own: an index over the ledger, saved searches, and messages that are on their way.

The index is derived: `manage.py desk rebuild` makes it anew from the ledger. It only proposes; whether somebody may see
an entry is always asked of `accounts.access`, about the entry's own subject.
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class Thing(models.Model):
    """A name that entries use, such as "run:<id>" or "reason:no-consent", and how many entries mention it."""

    id = models.AutoField(primary_key=True)
    name = models.CharField(max_length=200, unique=True)
    mentions = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return self.name


class Mention(models.Model):
    """That an entry mentions a thing. Plain numbers instead of foreign keys: millions of rows are copied in at once.

    `room` is what the entry's subject belongs to, a production or else an organisation or a person; whose crew somebody
    is in sees the room. `own` is true where the subject is the thing, or belongs to it.
    """

    pk = models.CompositePrimaryKey("thing", "entry")
    thing = models.IntegerField()
    entry = models.BigIntegerField()
    kind = models.CharField(max_length=64, db_collation="C")
    room = models.IntegerField()
    subject = models.IntegerField()
    recorded_at = models.DateTimeField()
    own = models.BooleanField()

    class Meta:
        indexes = (
            models.Index(fields=("thing", "room", "entry"), name="mentions_of_thing"),
            models.Index(fields=("thing", "kind", "room", "entry"), name="mentions_of_kind"),
            models.Index(fields=("recorded_at", "entry"), condition=Q(thing=F("subject")), name="mentions_by_time"),
        )

    def __str__(self) -> str:
        return f"{self.entry} · {self.thing}"


class Pattern(models.Model):
    """How often a day something was refused for one reason: whose face, who asked, in which room."""

    id = models.BigAutoField(primary_key=True)
    room = models.CharField(max_length=200)
    performer = models.CharField(max_length=200, blank=True)  # empty where nobody's face was asked for
    asker = models.CharField(max_length=200)
    reason = models.CharField(max_length=64)
    day = models.DateField()
    count = models.PositiveIntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("room", "performer", "asker", "reason", "day"), name="one_pattern_a_day"),
        )
        indexes = (models.Index(fields=("performer",), name="patterns_of_performer"),)

    def __str__(self) -> str:
        return f"{self.reason} · {self.count}"


class Progress(models.Model):
    """How far the index has come: the next entry to read. One row, locked by whoever reads on."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    next = models.BigIntegerField(default=0)

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(id=1), name="one_progress"),)

    def __str__(self) -> str:
        return f"next is {self.next}"


class SavedSearch(models.Model):
    """A search that a person keeps under a name, and how they want to hear of new entries that it finds."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="searches")
    name = models.CharField(max_length=120)
    filters = models.JSONField()  # as in the address of the ledger's page
    by_email = models.BooleanField(default=False)
    webhook = models.CharField(max_length=500, blank=True)
    # Signing needs the secret itself, so that a hash would not do. It signs messages to this one address.
    webhook_secret = models.CharField(max_length=64, blank=True)
    next = models.BigIntegerField(default=0)  # the first entry that was not looked at for a message yet
    told_at = models.DateTimeField(null=True, blank=True)
    saved_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "saved search"
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(fields=("person", "name"), name="one_search_per_name"),
            models.CheckConstraint(condition=Q(webhook="") | ~Q(webhook_secret=""), name="webhook_has_a_secret"),
        )

    def __str__(self) -> str:
        return self.name


class Way(models.TextChoices):
    EMAIL = "email", "by e-mail"
    WEBHOOK = "webhook", "by webhook"


class Message(models.Model):
    """Entries to tell somebody about, until they are told or it was tried too often. Text is made when it is sent."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    search = models.ForeignKey(SavedSearch, on_delete=models.CASCADE, related_name="messages")
    way = models.CharField(max_length=16, choices=Way.choices)
    entries = models.JSONField()  # indexes, newest first
    more = models.BooleanField(default=False)  # there were more than are listed
    due_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    trouble = models.CharField(max_length=300, blank=True)  # of the last try
    made_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    gave_up_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-made_at",)
        constraints = (models.CheckConstraint(condition=Q(way__in=Way.values), name="way_is_known"),)
        indexes = (
            models.Index(
                fields=("due_at",), condition=Q(sent_at__isnull=True, gave_up_at__isnull=True), name="messages_due"
            ),
        )

    def __str__(self) -> str:
        return f"{self.way} · {self.search_id}"
