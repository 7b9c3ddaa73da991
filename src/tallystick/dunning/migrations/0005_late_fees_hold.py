"""The rule about the fees of reminders is looked at, while everybody goes on."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("dunning", "0004_late_fees")]

    operations = [ValidateConstraint(model_name="reminder", name="reminder_fee_is_not_negative")]
