"""The rules a house decides by, version by version, and the strikes it keeps. The ledger says which of them count."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class PolicyVersion(models.Model):
    """Rules as files, under their digest. Without a house it is what the operator deployed first, for every house.

    `proposed_by` is the first of the two people it takes, or nobody yet where the operator deployed the files.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, null=True, related_name="+")
    files = models.JSONField()  # name: text
    sha256 = models.CharField(max_length=64)
    words = models.CharField(max_length=500, blank=True)  # why, as the proposer says it
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    proposed_at = models.DateTimeField()
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    in_force_since = models.DateTimeField(null=True, blank=True)
    rejected_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    rejected_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-proposed_at",)
        constraints = (
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True)
                | (Q(proposed_by__isnull=False) & ~Q(approved_by=F("proposed_by"))),
                name="rules_take_two_people",
            ),
            models.CheckConstraint(
                condition=Q(rejected_at__isnull=True) | Q(in_force_since__isnull=True), name="rejected_is_not_in_force"
            ),
        )

    def __str__(self) -> str:
        return self.sha256[:12]


class Strike(models.Model):
    """A strike of a union, in one production or in all of the house. Called by one person, lifted by another."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    production = models.ForeignKey(
        "accounts.Production", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    union = models.CharField(max_length=32)
    called_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    called_at = models.DateTimeField()
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-called_at",)
        constraints = (
            models.CheckConstraint(
                condition=Q(lifted_by__isnull=True) | ~Q(lifted_by=F("called_by")), name="strike_lifted_by_another"
            ),
            models.CheckConstraint(
                condition=Q(lifted_by__isnull=True, lifted_at__isnull=True)
                | Q(lifted_by__isnull=False, lifted_at__isnull=False),
                name="strike_lifted_with_a_time",
            ),
        )

    def __str__(self) -> str:
        return self.union
