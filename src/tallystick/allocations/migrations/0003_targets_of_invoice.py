"""The payments that are meant for an invoice are found by it. The index is built while payments are recorded."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("allocations", "0002_sums_are_held"),
    ]

    operations = [
        # What is left of a try that gave up waiting would be in the way of the next one.
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS targets_of_invoice", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="target",
            index=models.Index(fields=["invoice"], name="targets_of_invoice"),
        ),
    ]
