"""Lines of more than a month are found, in the order in which a run goes through them (as `invoices.earning` asks).

Built while invoices are issued; one that was broken off is built anew.
"""

from django.db import migrations


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("invoices", "0018_revenue_is_earned")]

    operations = [
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS deferred_lines", migrations.RunSQL.noop),
        migrations.RunSQL(
            "CREATE INDEX CONCURRENTLY deferred_lines ON invoices_invoiceline (id) "
            "WHERE NOT is_fee AND period_end > period_start + interval '1 month'",
            migrations.RunSQL.noop,
        ),
    ]
