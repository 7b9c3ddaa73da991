"""What is open is added up by due date without a look at the invoices, for the report of aged receivables.

Built while others issue; one that was broken off is built anew.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("invoices", "0023_early_ends")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AddIndex(
                    model_name="invoice",
                    index=models.Index(
                        fields=["currency", "due_date"],
                        include=["open_minor"],
                        condition=models.Q(state="issued", open_minor__gt=0),
                        name="open_invoices_by_due_date",
                    ),
                )
            ],
            database_operations=[
                migrations.RunSQL(
                    "DROP INDEX CONCURRENTLY IF EXISTS open_invoices_by_due_date", migrations.RunSQL.noop
                ),
                migrations.RunSQL(
                    "CREATE INDEX CONCURRENTLY open_invoices_by_due_date ON invoices_invoice (currency, due_date) "
                    "INCLUDE (open_minor) WHERE state = 'issued' AND open_minor > 0",
                    migrations.RunSQL.noop,
                ),
            ],
        )
    ]
