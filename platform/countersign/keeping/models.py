"""What is kept, for how long and in spite of whom: looks at footage, holds and schedules."""

from django.conf import settings
from django.db import models


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
