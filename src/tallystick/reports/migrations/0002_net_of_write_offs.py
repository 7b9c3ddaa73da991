"""What was written off with relief of tax is told as it was: sums that have it otherwise are folded anew by the job."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("reports", "0001_tax_days"), ("invoices", "0020_write_offs")]

    operations = [
        migrations.RunSQL(
            """
            DELETE FROM reports_taxday WHERE EXISTS (SELECT FROM invoices_writeofftax);
            DELETE FROM reports_taxmark WHERE EXISTS (SELECT FROM invoices_writeofftax);
            """,
            reverse_sql=migrations.RunSQL.noop,
        )
    ]
