"""The rule of 0014 is checked against what is there, while others go on writing."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("payments", "0014_exchanged_money")]

    operations = [
        migrations.RunSQL("ALTER TABLE payments_payment VALIDATE CONSTRAINT exchanged_money_has_its_rate"),
    ]
