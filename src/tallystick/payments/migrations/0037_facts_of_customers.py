"""What reports count of one customer is read from the index that lists of one customer read: it carries all of it."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

_CARRIED = ["status", "kind", "currency", "method", "total_minor", "due_date", "received_date", "deleted_at"]
_NAME = "payments_of_customer_facts"


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("payments", "0036_what_is_left_of_payments")]

    operations = [
        # What is left of a try that gave up waiting would be in the way of the next one.
        migrations.RunSQL(f"DROP INDEX CONCURRENTLY IF EXISTS {_NAME}", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="payment",
            index=models.Index(
                fields=["customer", "-created_at", "-id"],
                include=[*_CARRIED, "reversed_at", "failure_code"],
                name=_NAME,
            ),
        ),
        # What the new one replaces.
        RemoveIndexConcurrently(model_name="payment", name="payments_of_customer_covering"),
    ]
