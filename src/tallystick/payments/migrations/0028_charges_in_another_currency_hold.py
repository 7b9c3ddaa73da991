"""The rule of 0027 is checked against what is there, while others go on writing."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("payments", "0027_charged_in_another_currency")]

    operations = [
        migrations.RunSQL("ALTER TABLE payments_attempt VALIDATE CONSTRAINT exchanged_attempt_pays_something"),
    ]
