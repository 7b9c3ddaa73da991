"""The references of 0003 are checked against what is there, while others go on writing."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("invoices", "0003_lines_of_groups_and_parts")]

    operations = [
        migrations.RunSQL("ALTER TABLE invoices_invoice VALIDATE CONSTRAINT invoice_group_exists"),
        migrations.RunSQL("ALTER TABLE invoices_invoiceline VALIDATE CONSTRAINT line_member_exists"),
    ]
