"""What people need to judge a face that the recogniser is not sure of, and what they said."""

import uuid

from django.conf import settings
from django.db import models


class FaceMoment(models.Model):
    """What a face looked like at one moment of its track, for people who compare it."""

    id = models.BigAutoField(primary_key=True)
    track = models.ForeignKey("runs.FaceTrack", on_delete=models.CASCADE, related_name="moments")
    frame = models.PositiveIntegerField()
    picture = models.BinaryField()  # JPEG

    class Meta:
        ordering = ("frame",)

    def __str__(self) -> str:
        return f"{self.track} · frame {self.frame}"


class FaceVerdict(models.TextChoices):
    SAME = "same-person", "The same person"
    OTHER = "somebody-else", "Somebody else"
    CANNOT = "cannot-tell", "I cannot tell"


class FaceReview(models.Model):
    """What one person said of a face that the recogniser was not sure of.

    `sight` is the digest of what they compared: clip, track, performer, template and pictures. Another examination that
    finds the same keeps the review, one that finds anything else voids it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    footage = models.ForeignKey("runs.Footage", on_delete=models.CASCADE, related_name="face_reviews")
    track = models.PositiveIntegerField()
    performer = models.ForeignKey("consent.Performer", on_delete=models.PROTECT, related_name="+")
    sight = models.CharField(max_length=64)
    verdict = models.CharField(max_length=16, choices=FaceVerdict.choices)
    reason = models.CharField(max_length=500)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("at",)
        constraints = (
            models.UniqueConstraint(fields=("footage", "track", "sight", "by"), name="one_review_per_person_and_sight"),
        )

    def __str__(self) -> str:
        return f"{self.footage} · face {self.track} · {self.verdict}"
