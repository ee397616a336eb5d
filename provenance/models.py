"""The ledger's table. Rows come only from `provenance.ledger.append`; the database refuses everything else."""

from django.db import models


class LedgerEntry(models.Model):
    """One entry. The database function `ledger_append` writes it; triggers refuse update, delete and truncate."""

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
