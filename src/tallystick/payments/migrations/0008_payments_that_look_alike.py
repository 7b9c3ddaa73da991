"""Payments of a customer by amount, to warn of one that is recorded twice; built without holding up who writes."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("payments", "0007_disputed_money_stays")]

    operations = [
        # What is left of a try that gave up waiting would be in the way of the next one.
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS payments_that_look_alike", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="payment",
            index=models.Index(
                fields=["customer", "total_minor", "received_date"],
                condition=models.Q(deleted_at=None, reversed_at=None),
                name="payments_that_look_alike",
            ),
        ),
    ]
