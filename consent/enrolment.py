"""Faces that wait to be confirmed, and the passcodes of the day; the rules a row must keep stand in the database."""

import uuid

from django.conf import settings
from django.db import models


class ProposedFace(models.Model):
    """A face that was measured and counts for nothing yet: a second person, or the performer, has to confirm it.

    `id` is the enrolment's. `template` is encrypted under the key of the release, as the performer's own is. `own` says
    that the performer sent the pictures from their own session with the passcode of the day. `looks_like` lists other
    performers whose face is so near that legal has to look.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    performer = models.OneToOneField("consent.Performer", on_delete=models.CASCADE, related_name="proposed_face")
    template = models.BinaryField()  # encrypted
    key = models.ForeignKey("consent.VaultKey", on_delete=models.CASCADE, related_name="+")
    recogniser = models.CharField(max_length=120)
    stills = models.PositiveSmallIntegerField()
    portrait = models.BinaryField()  # JPEG
    looks_like = models.JSONField(default=list, blank=True)  # ids of performers
    own = models.BooleanField(default=False)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (models.CheckConstraint(condition=~models.Q(template=b""), name="proposed_face_has_a_template"),)

    def __str__(self) -> str:
        return f"{self.performer} · proposed"


class Passcode(models.Model):
    """The passcode of a performer and a day, hashed; good for one upload from the performer's own session."""

    id = models.BigAutoField(primary_key=True)
    performer = models.OneToOneField("consent.Performer", on_delete=models.CASCADE, related_name="passcode")
    day = models.DateField()
    hashed = models.CharField(max_length=200)
    tries = models.PositiveSmallIntegerField(default=0)
    made_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.performer} · {self.day}"
