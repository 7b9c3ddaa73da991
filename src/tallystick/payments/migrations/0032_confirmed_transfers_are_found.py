"""The rule of 0031 is checked, and the marked transfers get their index, while others go on writing."""

from django.contrib.postgres.operations import AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("payments", "0031_transfers_confirmed_by_customers")]

    operations = [
        ValidateConstraint(model_name="payment", name="only_completed_payments_are_confirmed"),
        # What is left of a try that gave up waiting would be in the way of the next one.
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS payments_confirmed_by_customer", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="payment",
            index=models.Index(
                fields=["created_at", "id"],
                condition=Q(confirmed_by_customer=True, reversed_at=None),
                name="payments_confirmed_by_customer",
            ),
        ),
    ]
