"""The rules of 0007 are checked against what is there, while others go on writing."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("invoices", "0007_topup_requests")]

    operations = [
        migrations.RunSQL("ALTER TABLE invoices_invoice VALIDATE CONSTRAINT issued_invoice_is_complete"),
        migrations.RunSQL("ALTER TABLE invoices_invoice VALIDATE CONSTRAINT topup_is_settled_by_payments_alone"),
    ]
