"""Tries to sign in, in a table of their own. Django's database cache unpickles what it finds: whoever may write a row,
such as any worker, could have had its own code run in the web process, beside the gate's key."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_shared_cache")]

    operations = [
        migrations.RunSQL("DROP TABLE shared_cache"),
        migrations.CreateModel(
            name="Tries",
            fields=[
                ("tally", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("count", models.PositiveIntegerField(default=0)),
                ("until", models.DateTimeField(db_index=True)),
            ],
        ),
    ]
