"""Top-up requests are listed newest first among all invoices. The index is built while invoices are issued."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("invoices", "0008_topup_rules_hold")]

    operations = [
        # What is left of a try that gave up waiting would be in the way of the next one.
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS topups_newest_first", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="invoice",
            index=models.Index(fields=["-created_at", "-id"], condition=Q(kind="topup"), name="topups_newest_first"),
        ),
    ]
