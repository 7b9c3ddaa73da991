"""The invoices of one customer by the day on which they were issued; built without holding up who writes."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

_NAME = "invoices_of_customer_by_date"


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("invoices", "0014_invoices_are_found")]

    operations = [
        # What is left of a try that gave up waiting would be in the way of the next one.
        migrations.RunSQL(f"DROP INDEX CONCURRENTLY IF EXISTS {_NAME}", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="invoice",
            index=models.Index(
                fields=["customer", "invoice_date", "id"],
                condition=models.Q(state="issued"),
                name=_NAME,
            ),
        ),
    ]
