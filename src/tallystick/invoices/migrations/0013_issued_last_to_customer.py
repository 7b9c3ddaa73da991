"""Which invoice a customer was issued last is found at once. The index is built while invoices are issued."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("invoices", "0012_topup_expiry_holds")]

    operations = [
        # What is left of a try that gave up waiting would be in the way of the next one.
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS issued_last_to_customer", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="invoice",
            index=models.Index(
                fields=["customer", "currency", "-issued_at", "-id"],
                condition=Q(state="issued"),
                name="issued_last_to_customer",
            ),
        ),
    ]
