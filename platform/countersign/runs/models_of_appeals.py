"""What people write against a refusal, and what legal answers."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class Appeal(models.Model):
    """An appeal against a refused run. It changes nothing by itself."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    run = models.ForeignKey("runs.Run", on_delete=models.PROTECT, related_name="appeals")
    words = models.CharField(max_length=2000)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    answer = models.CharField(max_length=2000, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-made_at",)
        constraints = (
            models.CheckConstraint(
                condition=Q(answered_by__isnull=True) | ~Q(answered_by=F("made_by")), name="appeal_answered_by_another"
            ),
        )

    def __str__(self) -> str:
        return f"{self.run_id} · {self.made_at:%Y-%m-%d}"
