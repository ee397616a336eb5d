"""A performer's word on one shot, where their consent asks for it."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q


class ShotWord(models.TextChoices):
    WAITING = "waiting", "Waiting for your word"
    APPROVED = "approved", "Approved"
    DECLINED = "declined", "Declined"


class Shot(models.Model):
    """A signed output that nobody sees before the performer whose consent it stands on has approved it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    output = models.ForeignKey("runs.Output", on_delete=models.PROTECT, related_name="shots")
    consent = models.ForeignKey("consent.ConsentRecord", on_delete=models.PROTECT, related_name="shots")
    word = models.CharField(max_length=16, choices=ShotWord.choices, default=ShotWord.WAITING)
    reason = models.CharField(max_length=500, blank=True)  # the performer's own words
    asked_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("-asked_at",)
        constraints = (
            models.UniqueConstraint(fields=("output", "consent"), name="one_word_per_shot_and_consent"),
            models.CheckConstraint(condition=Q(word__in=ShotWord.values), name="shot_word_is_known"),
            models.CheckConstraint(
                condition=Q(word=ShotWord.WAITING, decided_at__isnull=True)
                | (~Q(word=ShotWord.WAITING) & Q(decided_at__isnull=False, decided_by__isnull=False)),
                name="decided_has_a_time_and_a_person",
            ),
        )

    def __str__(self) -> str:
        return f"{self.output} · {self.word}"
