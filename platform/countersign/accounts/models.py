"""People, the organisations they belong to, the productions they work on and the role each has there."""

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


class Role(models.TextChoices):
    PRODUCER = "producer", "Producer"
    ARTIST = "artist", "Artist"
    LEGAL = "legal", "Legal"


class People(BaseUserManager["Person"]):
    def create_user(self, email: str, name: str, password: str | None = None, **fields: Any) -> "Person":
        person = self.model(email=self.normalize_email(email), name=name, **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person


class Person(AbstractBaseUser):
    """Somebody who can sign in. There is no superuser and no staff: nobody stands above the gate."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(auto_now_add=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    objects = People()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(erased_at__isnull=True) | models.Q(is_active=False), name="erased_stays_out"
            ),
        )

    def __str__(self) -> str:
        return self.name


class Organisation(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200, unique=True)

    def __str__(self) -> str:
        return self.name


class Production(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="productions")
    title = models.CharField(max_length=200)
    started_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("organisation", "title"), name="one_production_per_title"),)

    def __str__(self) -> str:
        return self.title


class Membership(models.Model):
    """One role per person and production, so that nobody can be both who asks and who approves."""

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    production = models.ForeignKey(Production, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role.choices)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("person", "production"), name="one_role_per_production"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="role_is_known"),
        )

    def __str__(self) -> str:
        return f"{self.person} · {self.role} · {self.production}"


class Tries(models.Model):
    """Tries to sign in with one e-mail address from one network address: a digest of both, for all web processes."""

    tally = models.CharField(primary_key=True, max_length=64)
    count = models.PositiveIntegerField(default=0)
    until = models.DateTimeField(db_index=True)  # then it is forgotten

    def __str__(self) -> str:
        return f"{self.tally[:12]} · {self.count}"


class Passkey(models.Model):
    """A passkey of a person: a key that never leaves their device. A removed one stays known, so that it is refused."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="passkeys")
    credential_id = models.BinaryField(unique=True)
    public_key = models.BinaryField()  # COSE_Key
    sha256 = models.CharField(max_length=64, unique=True)  # by which the ledger names it
    sign_count = models.PositiveBigIntegerField(default=0)
    aaguid = models.CharField(max_length=36)  # the authenticator's make
    transports = models.JSONField(default=list)
    backed_up = models.BooleanField(default=False)
    label = models.CharField(max_length=60)
    added_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("added_at",)

    def __str__(self) -> str:
        return self.label


class Ceremony(models.Model):
    """One question to a passkey: answered once, within minutes. Its challenge is made of what stands here."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, null=True, related_name="+")  # who is asked, if known
    holder = models.UUIDField(null=True)  # whose a passkey becomes that is added
    purpose = models.CharField(max_length=16)
    digest = models.CharField(max_length=64)
    production_id = models.UUIDField(null=True)
    nonce = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField(db_index=True)
    spent_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.purpose} · {self.digest[:12]}"


class Invitation(models.Model):
    """Somebody is asked to come in as a performer. Whoever opens the link first becomes them, and nobody after."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    performer = models.ForeignKey("consent.Performer", on_delete=models.CASCADE, related_name="invitations")
    production = models.ForeignKey(Production, on_delete=models.CASCADE, related_name="+")
    invited_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    email = models.EmailField(blank=True)
    token_sha256 = models.CharField(max_length=64, unique=True)  # the token itself is in the link, and nowhere else
    made_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)  # by whoever became the performer by it
    opened_from = models.CharField(max_length=64, blank=True)  # their network address
    opened_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ("-made_at",)
        constraints = (
            models.UniqueConstraint(
                fields=("performer",),
                condition=models.Q(revoked_at__isnull=True, opened_at__isnull=True),
                name="one_open_invitation_per_performer",
            ),
            models.CheckConstraint(
                condition=models.Q(opened_at__isnull=True, opened_by__isnull=True)
                | models.Q(opened_at__isnull=False, opened_by__isnull=False),
                name="opened_by_somebody",
            ),
        )

    def __str__(self) -> str:
        return f"{self.performer} · {self.production}"
