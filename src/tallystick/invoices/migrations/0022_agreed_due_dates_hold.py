"""The rule of 0021 is checked against what is there, while others go on writing."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("invoices", "0021_agreed_due_dates")]

    operations = [migrations.RunSQL("ALTER TABLE invoices_invoice VALIDATE CONSTRAINT agreed_due_date_comes_later")]
