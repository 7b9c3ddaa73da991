"""Balances of an account are found without those of the others, for reports of all customers.

An amount that changes is not in it, so that posting writes no index. Built while others post; one that was broken off
is built anew.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("ledger", "0004_sums_are_folded")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AddIndex(
                    model_name="customerbalance",
                    index=models.Index(fields=["account", "currency"], name="balances_by_account"),
                )
            ],
            database_operations=[
                migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS balances_by_account", migrations.RunSQL.noop),
                migrations.RunSQL(
                    "CREATE INDEX CONCURRENTLY balances_by_account ON ledger_customerbalance (account, currency)",
                    migrations.RunSQL.noop,
                ),
            ],
        )
    ]
