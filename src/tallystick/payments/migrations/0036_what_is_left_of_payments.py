"""What is not allocated yet, by the day it was received, with all that its sums need. Built without holding up writers."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

_NAME = "payments_left_by_day"


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("payments", "0035_daily_sums")]

    operations = [
        # What is left of a try that gave up waiting would be in the way of the next one.
        migrations.RunSQL(f"DROP INDEX CONCURRENTLY IF EXISTS {_NAME}", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="payment",
            index=models.Index(
                fields=["received_date"],
                include=["currency", "kind", "customer", "unallocated_minor"],
                condition=models.Q(status="completed", reversed_at=None, deleted_at=None, unallocated_minor__gt=0),
                name=_NAME,
            ),
        ),
    ]
