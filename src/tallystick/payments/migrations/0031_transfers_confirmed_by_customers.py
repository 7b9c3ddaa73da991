"""Bank transfers that customers completed themselves are marked, until they are seen at the bank.

The column is added without writing any row; the rule about it is looked at afterwards.
"""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("payments", "0030_autopay_switches")]

    operations = [
        migrations.AddField(
            model_name="payment",
            name="confirmed_by_customer",
            field=models.BooleanField(db_default=False, default=False),
        ),
        AddConstraintNotValid(
            model_name="payment",
            constraint=models.CheckConstraint(
                name="only_completed_payments_are_confirmed",
                condition=Q(confirmed_by_customer=False) | Q(status="completed"),
            ),
        ),
    ]
