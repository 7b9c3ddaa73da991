"""What one customer paid within a range of moments, and its newest receipts; built without holding up who writes."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models.functions import Coalesce

_NAME = "payments_of_customer_by_moment"


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("payments", "0024_proofs_of_transfers")]

    operations = [
        # What is left of a try that gave up waiting would be in the way of the next one.
        migrations.RunSQL(f"DROP INDEX CONCURRENTLY IF EXISTS {_NAME}", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="payment",
            index=models.Index(
                models.F("customer"),
                Coalesce("completed_at", "created_at"),
                models.F("id"),
                condition=models.Q(deleted_at=None),
                name=_NAME,
            ),
        ),
        # A new index on an expression tells the planner nothing before its moments were counted.
        migrations.RunSQL("ANALYZE payments_payment", migrations.RunSQL.noop),
    ]
