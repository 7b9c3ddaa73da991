"""The invoices of a billing group are found by the group. The index is built while invoices are issued."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("invoices", "0005_lines_are_looked_at_together"),
    ]

    operations = [
        # What is left of a try that gave up waiting would be in the way of the next one.
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS invoices_of_group", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="invoice",
            index=models.Index(
                fields=["group", "-created_at", "-id"], condition=Q(group__isnull=False), name="invoices_of_group"
            ),
        ),
    ]
