"""The rule of 0011 is checked against what is there, while others go on writing."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("invoices", "0011_topups_that_expire")]

    operations = [migrations.RunSQL("ALTER TABLE invoices_invoice VALIDATE CONSTRAINT only_topups_expire")]
