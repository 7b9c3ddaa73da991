"""The rule of 0006 is checked against what is there, while others go on writing."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("payments", "0006_disputes")]

    operations = [
        migrations.RunSQL("ALTER TABLE payments_payment VALIDATE CONSTRAINT disputed_money_stays"),
    ]
