"""Open invoices newest first with their numbers, which say whether one is looked for without a look at its row.

Built without holding up who writes; the index without the numbers is what it replaces.
"""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

_NAME = "payable_invoices_with_number"


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("invoices", "0015_invoices_by_date")]

    operations = [
        # What is left of a try that gave up waiting would be in the way of the next one.
        migrations.RunSQL(f"DROP INDEX CONCURRENTLY IF EXISTS {_NAME}", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="invoice",
            index=models.Index(
                fields=["-created_at", "-id"],
                include=["number"],
                condition=models.Q(state__in=["issued", "sent"], open_minor__gt=0),
                name=_NAME,
            ),
        ),
        RemoveIndexConcurrently(model_name="invoice", name="payable_invoices_newest_first"),
    ]
