"""The reference of 0004 is checked against what is there, while others go on writing."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("payments", "0004_charges_name_their_agreement")]

    operations = [
        migrations.RunSQL("ALTER TABLE payments_attempt VALIDATE CONSTRAINT attempt_agreement_exists"),
    ]
