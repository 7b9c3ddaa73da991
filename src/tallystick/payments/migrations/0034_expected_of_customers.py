"""What is expected of one payer, in the order in which it is due. Built without holding up who writes."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

_NAME = "payments_expected_of_customer"


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("payments", "0033_card_tries")]

    operations = [
        # What is left of a try that gave up waiting would be in the way of the next one.
        migrations.RunSQL(f"DROP INDEX CONCURRENTLY IF EXISTS {_NAME}", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="payment",
            index=models.Index(
                fields=["customer", "due_date", "id"],
                include=["status", "invoice", "deleted_at"],
                condition=models.Q(kind="scheduled", status__in=["pending", "processing", "failed"]),
                name=_NAME,
            ),
        ),
    ]
