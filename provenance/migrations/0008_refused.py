"""A count of entries that could not be written. A sequence: it keeps counting when the transaction is undone."""

from django.db import migrations

COUNT = "CREATE SEQUENCE public.provenance_refused"


class Migration(migrations.Migration):
    dependencies = [("provenance", "0007_contradictions")]
    operations = [migrations.RunSQL(COUNT, "DROP SEQUENCE public.provenance_refused")]
