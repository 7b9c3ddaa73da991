"""A customer's invoices with what their lists search and filter by, and the open ones with what is open of them.

So lists and sums read of a customer's rows only the index. Built without holding up who writes; the indexes without
these columns are what they replace.
"""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

_LISTED = "invoices_of_customer_covering"
_OPEN = "open_invoices_with_amounts"


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("invoices", "0016_payable_by_number")]

    operations = [
        # What is left of a try that gave up waiting would be in the way of the next one.
        migrations.RunSQL(f"DROP INDEX CONCURRENTLY IF EXISTS {_LISTED}", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="invoice",
            index=models.Index(
                fields=["customer", "-created_at", "-id"],
                include=["kind", "state", "number", "title", "invoice_date", "due_date"],
                name=_LISTED,
            ),
        ),
        RemoveIndexConcurrently(model_name="invoice", name="invoices_of_customer"),
        migrations.RunSQL(f"DROP INDEX CONCURRENTLY IF EXISTS {_OPEN}", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="invoice",
            index=models.Index(
                fields=["customer", "due_date", "id"],
                include=["currency", "open_minor"],
                condition=models.Q(state="issued", open_minor__gt=0),
                name=_OPEN,
            ),
        ),
        RemoveIndexConcurrently(model_name="invoice", name="open_invoices_of_customer"),
    ]
