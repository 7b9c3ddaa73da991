"""Lists of one customer, and of one way of paying, read indexes that also carry what a list filters and sorts by."""

import django.contrib.postgres.operations
import django.db.models
from django.db import migrations

_CARRIED = ["status", "kind", "currency", "method", "total_minor", "due_date", "received_date", "deleted_at"]
_OF_CUSTOMER = "payments_of_customer_covering"
_BY_WAY = "payments_by_way_covering"


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("payments", "0019_open_disputes"),
    ]

    operations = [
        # What is left of a try that gave up waiting would be in the way of the next one.
        migrations.RunSQL(f"DROP INDEX CONCURRENTLY IF EXISTS {_OF_CUSTOMER}", migrations.RunSQL.noop),
        django.contrib.postgres.operations.AddIndexConcurrently(
            model_name="payment",
            index=django.db.models.Index(
                fields=["customer", "-created_at", "-id"], include=_CARRIED, name=_OF_CUSTOMER
            ),
        ),
        migrations.RunSQL(f"DROP INDEX CONCURRENTLY IF EXISTS {_BY_WAY}", migrations.RunSQL.noop),
        migrations.RunSQL(
            f"CREATE INDEX CONCURRENTLY {_BY_WAY} ON payments_payment (currency, method, created_at, id) INCLUDE "
            "(status, kind, customer_id, total_minor, due_date, received_date, deleted_at)",
            migrations.RunSQL.noop,
        ),
        # What the new ones replace.
        django.contrib.postgres.operations.RemoveIndexConcurrently(model_name="payment", name="payments_of_customer"),
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS payments_by_way_of_paying", migrations.RunSQL.noop),
    ]
