"""Lists of what was received within a range of days read an index that also carries what they filter and sort by."""

from django.db import migrations

_NAME = "payments_by_received_covering"


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("payments", "0020_covering_indexes"),
    ]

    operations = [
        # What is left of a try that gave up waiting would be in the way of the next one.
        migrations.RunSQL(f"DROP INDEX CONCURRENTLY IF EXISTS {_NAME}", migrations.RunSQL.noop),
        migrations.RunSQL(
            f"CREATE INDEX CONCURRENTLY {_NAME} ON payments_payment (received_date, created_at, id) INCLUDE "
            "(status, kind, customer_id, currency, method, total_minor, due_date, deleted_at)",
            migrations.RunSQL.noop,
        ),
        # What the new one replaces.
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS payments_by_received_date", migrations.RunSQL.noop),
    ]
