"""The rule of 0010 is checked against what is there, while others go on writing."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("payments", "0010_expected_payments_are_due")]

    operations = [
        migrations.RunSQL("ALTER TABLE payments_payment VALIDATE CONSTRAINT expected_payment_is_due"),
    ]
