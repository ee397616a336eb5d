"""Who may sign for a performer, and what shows that they may: models of the consent room."""

import uuid

from django.conf import settings
from django.db import models

from consent.types import Capacity, ProofKind, ProofState


class Signatory(models.Model):
    """Somebody who signs for a performer in one capacity: a guardian, an estate, a union. The performer needs none.

    `certificate_sha256` binds whoever signs, not the performer; `person` is the account whose passkeys are theirs.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    performer = models.ForeignKey("consent.Performer", on_delete=models.PROTECT, related_name="signatories")
    name = models.CharField(max_length=200)
    capacity = models.CharField(max_length=16, choices=[(c.value, c.value) for c in Capacity])
    union = models.CharField(max_length=60, blank=True)
    agreement = models.CharField(max_length=200, blank=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="signs_for"
    )
    certificate_sha256 = models.CharField(max_length=64, blank=True)
    certificate_bound_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("added_at",)
        constraints = (
            models.UniqueConstraint(fields=("performer", "capacity", "name"), name="one_signatory_per_name"),
            models.CheckConstraint(
                condition=models.Q(capacity__in=[c.value for c in Capacity if c is not Capacity.SELF]),
                name="signatory_is_another",
            ),
            models.CheckConstraint(
                condition=~models.Q(capacity=Capacity.UNION.value) | (~models.Q(union="") & ~models.Q(agreement="")),
                name="union_names_its_agreement",
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} · {self.capacity}"


class Proof(models.Model):
    """A document that shows who a performer is, or that a signatory may sign; it counts once a second person approved
    it, and until `valid_until`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    performer = models.ForeignKey("consent.Performer", on_delete=models.PROTECT, related_name="proofs")
    signatory = models.ForeignKey(Signatory, on_delete=models.PROTECT, null=True, blank=True, related_name="proofs")
    kind = models.CharField(max_length=24, choices=[(k.value, k.value) for k in ProofKind])
    document = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    valid_until = models.DateTimeField(null=True, blank=True)
    state = models.CharField(
        max_length=16, choices=[(s.value, s.value) for s in ProofState], default=ProofState.WAITING.value
    )
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(auto_now_add=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-uploaded_at",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(state__in=[s.value for s in ProofState]), name="proof_state_is_known"
            ),
            models.CheckConstraint(condition=models.Q(kind__in=[k.value for k in ProofKind]), name="proof_is_known"),
            models.CheckConstraint(
                condition=models.Q(state=ProofState.WAITING.value, reviewed_by__isnull=True)
                | (
                    ~models.Q(state=ProofState.WAITING.value)
                    & models.Q(reviewed_by__isnull=False, reviewed_at__isnull=False)
                    & ~models.Q(reviewed_by=models.F("uploaded_by"))
                ),
                name="proof_reviewed_by_a_second_person",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} · {self.state}"
