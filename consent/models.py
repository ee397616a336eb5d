"""Performers, their consent records and what was done under them; the rules a row must keep stand in the database."""

import uuid

from django.conf import settings
from django.db import models

from consent import constraints, enrolment  # noqa: F401 - rows of enrolment belong to this app
from consent.destruction import Why
from consent.signatories import Proof as Proof, Signatory as Signatory  # noqa: PLC0414 - found here, as models are
from consent.types import Assurance, ConsentState, Matter, Suspension, Way


class Performer(models.Model):
    """Someone whose face may be used.

    `certificate_sha256` binds the person to one signing certificate: whoever signs with another is not this performer.
    `template` is the enrolled face, encrypted under the key of the consent that released it; empty without one.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="performers")
    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="performer"
    )
    name = models.CharField(max_length=200)
    born = models.DateField(null=True, blank=True)  # None: not stated; then they say that they are of age
    deceased_at = models.DateTimeField(null=True, blank=True)  # when it was recorded
    certificate_sha256 = models.CharField(max_length=64, blank=True)
    certificate_bound_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    key_thumbprint = models.CharField(max_length=64, blank=True)  # RFC 7638, of the key in their wallet
    key_bound_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    portrait = models.BinaryField(blank=True, default=b"")  # JPEG, shown to the production
    template = models.BinaryField(blank=True, default=b"")  # encrypted
    template_key = models.ForeignKey("VaultKey", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    template_recogniser = models.CharField(max_length=120, blank=True)
    template_stills = models.PositiveSmallIntegerField(default=0)
    enrolled_at = models.DateTimeField(null=True, blank=True)
    added_at = models.DateTimeField(auto_now_add=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = constraints.OF_A_PERFORMER

    def __str__(self) -> str:
        return self.name


class ConsentRecord(models.Model):
    """One consent: the terms offered, the document as signed, who approved it, and whether it stands."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    production = models.ForeignKey("accounts.Production", on_delete=models.PROTECT, related_name="consents")
    performer = models.ForeignKey(Performer, on_delete=models.PROTECT, related_name="consents")
    matter = models.CharField(max_length=20, choices=[(m.value, m.value) for m in Matter], default=Matter.REPLICA.value)
    amends = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="amended_by", editable=False
    )
    state = models.CharField(max_length=16, choices=[(s.value, s.value) for s in ConsentState])
    way = models.CharField(max_length=16, choices=[(w.value, w.value) for w in Way], blank=True)  # of signing
    level = models.PositiveSmallIntegerField(default=Assurance.UNSIGNED.value)
    terms = models.JSONField()  # consent.record.to_json(Terms)
    terms_sha256 = models.CharField(max_length=64)
    offered_pdf = models.BinaryField()
    signed_pdf = models.BinaryField(blank=True, default=b"")
    document_type = models.CharField(max_length=32, default="application/pdf")  # of what came signed
    document_sha256 = models.CharField(max_length=64, blank=True)
    completion_pdf = models.BinaryField(blank=True, default=b"")  # a signing platform's record of who did what
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True, blank=True)  # held against what was offered, by a second person
    signer = models.CharField(max_length=300, blank=True)
    signed_at = models.DateTimeField(null=True, blank=True)  # claimed by the signature, unless it is proven
    proven_at = models.DateTimeField(null=True, blank=True)  # by a time-stamp authority
    verdict = models.JSONField(default=dict, blank=True)  # consent.pades.records: what was found, and the evidence
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawal_reason = models.CharField(max_length=500, blank=True)
    suspended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    suspended_at = models.DateTimeField(null=True, blank=True)
    suspended_for = models.CharField(max_length=16, choices=[(s.value, s.value) for s in Suspension], blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)  # declined, taken back, amended or expired
    ended_for = models.CharField(max_length=16, blank=True)  # a code, where there is more to say than the state says
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField()
    added_at = models.DateTimeField(auto_now_add=True)
    destroyed_at = models.DateTimeField(null=True, blank=True)  # both documents, and what in the row named a person

    class Meta:
        ordering = ("-added_at",)
        constraints = constraints.OF_A_CONSENT

    def __str__(self) -> str:
        return f"{self.performer} · {self.state}"


class Assertion(models.Model):
    """A passkey's yes about one consent, kept as evidence: with what stands here anybody can verify it, offline.

    `shown` is everything that was asked about in the one question, `summary` the words that stood beside the document.
    """

    id = models.BigAutoField(primary_key=True)
    consent = models.ForeignKey(ConsentRecord, on_delete=models.PROTECT, related_name="assertions")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=16)
    nonce = models.CharField(max_length=64)  # the question's
    sha256 = models.CharField(max_length=64)  # by which the ledger names it
    evidence = models.JSONField()  # consent.assertion.Evidence
    shown = models.JSONField()
    summary = models.JSONField(default=list)
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("consent", "nonce"), name="one_answer_per_question"),)

    def __str__(self) -> str:
        return f"{self.purpose} · {self.consent_id}"


class ConsentUse(models.Model):
    """What one run takes from one consent's budget; written in the transaction that grants the run."""

    id = models.BigAutoField(primary_key=True)
    consent = models.ForeignKey(ConsentRecord, on_delete=models.PROTECT, related_name="uses")
    run_id = models.UUIDField()
    part = models.CharField(max_length=16)
    screen_seconds = models.FloatField()
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("consent", "run_id", "part"), name="one_use_per_consent_run_part"),
        )

    def __str__(self) -> str:
        return f"{self.consent_id} · {self.run_id}"


class GrantRedemption(models.Model):
    """A grant's number, spent: once for each step of the one run it names."""

    id = models.BigAutoField(primary_key=True)
    nonce = models.CharField(max_length=64)
    step = models.CharField(max_length=16)
    run_id = models.UUIDField()
    redeemed_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("nonce", "step"), name="grant_redeemed_once_per_step"),)

    def __str__(self) -> str:
        return f"{self.nonce} · {self.step}"


class KeyRequest(models.Model):
    """A worker asks for the keys of one step, and the keeper answers; both are signed (`consent.release`), and what the
    columns say beside them decides nothing. An answer opens with a key that only ever lay in that worker's memory.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    queue = models.CharField(max_length=16)
    ask = models.TextField()
    asked_at = models.DateTimeField(auto_now_add=True)
    answer = models.TextField(blank=True, default="")
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(answer="", answered_at__isnull=True)
                | (~models.Q(answer="") & models.Q(answered_at__isnull=False)),
                name="answered_has_a_time",
            ),
        )
        indexes = (
            models.Index(fields=("asked_at",), condition=models.Q(answered_at__isnull=True), name="requests_open"),
        )

    def __str__(self) -> str:
        return f"{self.queue} · {self.id}"


class VaultKey(models.Model):
    """A data key, wrapped by its consent's own key-encryption key, which lies in a key store (`consent.keystore`).

    `destroyed_at`: the bytes here went, in the transaction that ended the consent. `shredded_at`: the key that wrapped
    them went from the store too, so that no older copy of this row opens; until then that is owed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    consent = models.OneToOneField(ConsentRecord, on_delete=models.PROTECT, related_name="vault_key")
    made_for = models.UUIDField(null=True, blank=True)  # the consent it was first made for, where an amendment took it
    wrapped = models.BinaryField()
    made_at = models.DateTimeField(auto_now_add=True)
    destroyed_at = models.DateTimeField(null=True, blank=True)
    shredded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(destroyed_at__isnull=True) | models.Q(wrapped=b""),
                name="destroyed_key_is_gone",
            ),
            models.CheckConstraint(
                condition=models.Q(shredded_at__isnull=True) | models.Q(destroyed_at__isnull=False),
                name="shredded_once_destroyed",
            ),
        )

    def __str__(self) -> str:
        return str(self.id)


class ClipKey(models.Model):
    """How the key of one clip is kept: whole with intake, or in shares. `clip` is the id of a clip of another room.

    Each row has a key-encryption key of its own in the key store, and all below it is wrapped by that too. A clip has
    one live row; when its key is shared out anew, the next row takes its place and the store forgets the first, so that
    no older copy of these tables opens what a narrower sharing closed. `destroyed_at` and `shredded_at` as in VaultKey;
    `ended_with` is the consent whose end made the clip unreadable.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clip = models.UUIDField()
    production = models.ForeignKey("accounts.Production", on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64)
    wrapped = models.BinaryField()
    kept_since = models.DateTimeField()  # when the clip came, however often its key was shared out
    made_at = models.DateTimeField(auto_now_add=True)
    ended_with = models.ForeignKey(ConsentRecord, on_delete=models.PROTECT, null=True, related_name="clips_ended")
    destroyed_at = models.DateTimeField(null=True, blank=True)
    shredded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("clip",), condition=models.Q(destroyed_at__isnull=True), name="one_live_key_per_clip"
            ),
            models.CheckConstraint(
                condition=models.Q(destroyed_at__isnull=True) | models.Q(wrapped=b""),
                name="destroyed_clip_key_is_gone",
            ),
            models.CheckConstraint(
                condition=models.Q(shredded_at__isnull=True) | models.Q(destroyed_at__isnull=False),
                name="clip_key_shredded_once_destroyed",
            ),
        )

    def __str__(self) -> str:
        return f"{self.clip} · {self.sha256[:12]}"


class ClipShare(models.Model):
    """One share of a clip's key; all of them are needed. `performer` is None for whoever is not recognised.

    `intake` holds the share as long as no consent does; afterwards its envelopes do.
    """

    id = models.BigAutoField(primary_key=True)
    key = models.ForeignKey(ClipKey, on_delete=models.CASCADE, related_name="shares")
    performer = models.ForeignKey(Performer, on_delete=models.PROTECT, null=True, related_name="+")
    intake = models.BinaryField(blank=True, default=b"")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("key", "performer"), nulls_distinct=False, name="one_share_per_performer_of_a_clip"
            ),
        )

    def __str__(self) -> str:
        return f"{self.key_id} · {self.performer_id or 'intake'}"


class ClipEnvelope(models.Model):
    """A share, encrypted under the key of one of its performer's consents: any one of them opens it."""

    id = models.BigAutoField(primary_key=True)
    share = models.ForeignKey(ClipShare, on_delete=models.CASCADE, related_name="envelopes")
    consent = models.ForeignKey(ConsentRecord, on_delete=models.PROTECT, related_name="+")
    sealed = models.BinaryField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("share", "consent"), name="one_envelope_per_share_and_consent"),)

    def __str__(self) -> str:
        return f"{self.share_id} · {self.consent_id}"


class Destruction(models.Model):
    """What went when a consent ended or a performer was erased, and its certificate once all of it is gone.

    `subject` is the ledger's, `subjects` are those whose entries tell of it. `certificate` is a JWS, empty until then.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.CharField(max_length=60)
    why = models.CharField(max_length=16, choices=[(w.value, w.value) for w in Why])
    performer = models.ForeignKey(Performer, on_delete=models.PROTECT, related_name="destructions")
    consent = models.ForeignKey(ConsentRecord, on_delete=models.PROTECT, null=True, related_name="destructions")
    destroyed = models.JSONField()  # consent.destruction.Destroyed
    subjects = models.JSONField()
    ended_at = models.DateTimeField()
    issued_at = models.DateTimeField(null=True, blank=True)
    certificate = models.TextField(blank=True)
    sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ("-ended_at",)
        constraints = (
            models.CheckConstraint(condition=models.Q(why__in=[w.value for w in Why]), name="destruction_has_a_cause"),
            models.CheckConstraint(
                condition=models.Q(issued_at__isnull=True, certificate="", sha256="")
                | (models.Q(issued_at__isnull=False) & ~models.Q(certificate="") & ~models.Q(sha256="")),
                name="issued_with_a_certificate",
            ),
        )

    def __str__(self) -> str:
        return f"{self.subject} · {self.why}"


from consent.models_of_rules import (  # noqa: E402 - one list of tables
    PolicyVersion as PolicyVersion,  # noqa: PLC0414
    Strike as Strike,  # noqa: PLC0414
)
