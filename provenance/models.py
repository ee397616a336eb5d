"""The ledger's tables. Rows come only from database functions of their own; the database refuses everything else."""

from django.db import models


class Pending(models.Model):
    """An entry that was written and has no index yet. `ledger_append` writes it, `ledger_sequence` takes it away.

    `head` and `tail` are the canonical text of the entry before and after its index.
    """

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=64)
    subject = models.CharField(max_length=200)
    actor = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()
    head = models.TextField()
    tail = models.TextField()

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.kind} of {self.subject}, pending"


class LedgerEntry(models.Model):
    """One entry. The database function `ledger_sequence` writes it; triggers refuse update, delete and truncate."""

    index = models.BigIntegerField(primary_key=True)
    kind = models.CharField(max_length=64)
    subject = models.CharField(max_length=200)
    actor = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()
    canonical = models.TextField()  # RFC 8785 JSON of the whole entry: the bytes that are hashed
    leaf = models.BinaryField()
    chain = models.BinaryField()

    class Meta:
        ordering = ("index",)
        indexes = (
            models.Index(fields=("kind", "index"), name="ledger_by_kind"),
            models.Index(fields=("subject", "index"), name="ledger_by_subject"),
        )

    def __str__(self) -> str:
        return f"{self.index} {self.kind}"


class TreeNode(models.Model):
    """The root of a full tile: a hash of the level above. The database function `ledger_grow` computes it."""

    pk = models.CompositePrimaryKey("level", "index")
    level = models.SmallIntegerField()
    index = models.BigIntegerField()
    hash = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.level}/{self.index}"


class SignedCheckpoint(models.Model):
    """The tree head that was signed at `size` entries: one for each size. Written by `ledger_checkpoint` alone."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField()
    note = models.TextField()  # the signed note as it is served
    made_at = models.DateTimeField()

    class Meta:
        ordering = ("size",)

    def __str__(self) -> str:
        return f"checkpoint of {self.size}"

    @property
    def short_root(self) -> str:
        return f"{bytes(self.root).hex()[:16]}…"


class Opening(models.Model):
    """What a commitment in an entry stands for. Deleting the row erases the value; the log stays as it is."""

    commitment = models.CharField(primary_key=True, max_length=64)  # SHA-256 in hexadecimal
    of = models.CharField(max_length=200, db_index=True)  # whose value it is, as "performer:<id>"
    field = models.CharField(max_length=64)
    value = models.TextField()  # canonical JSON
    salt = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.field} of {self.of}"


class Cosignature(models.Model):
    """A line under the checkpoint of `size` entries in a witness's name. Written by `ledger_cosign` alone.

    Any process of the application may call that: there may be several, and only one that verifies is the witness's.
    """

    id = models.BigAutoField(primary_key=True)
    size = models.BigIntegerField()
    witness = models.CharField(max_length=200)  # the name of its key
    line = models.TextField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("size", "line"), name="cosignatures_are_kept_once"),)
        indexes = (models.Index(fields=("witness", "size"), name="cosignatures_by_witness"),)

    def __str__(self) -> str:
        return f"{self.witness} on {self.size}"


class TimeStamp(models.Model):
    """A time-stamp (RFC 3161) on the checkpoint of `size` entries, if it verifies. `ledger_time_stamp` alone writes it.

    Any process of the application may call that: there may be several in one authority's name.
    """

    id = models.BigAutoField(primary_key=True)
    size = models.BigIntegerField()
    authority = models.CharField(max_length=200)
    token = models.BinaryField()  # DER
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.authority} on {self.size}"


class Contradiction(models.Model):
    """A witness remembers `remembered` entries of another log than we showed it; `note` is the checkpoint it was shown.

    One for each thing that a witness remembers and way in which it contradicts: rows are added, never changed.
    """

    id = models.BigAutoField(primary_key=True)
    witness = models.CharField(max_length=200)  # the name of its key
    why = models.CharField(max_length=20)  # provenance.witness.Why
    remembered = models.BigIntegerField()
    shown = models.BigIntegerField()
    note = models.TextField()
    seen_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("seen_at",)
        constraints = (
            models.UniqueConstraint(fields=("witness", "why", "remembered"), name="contradictions_are_told_once"),
        )

    def __str__(self) -> str:
        return f"{self.witness} remembers {self.remembered}, not {self.shown}"
