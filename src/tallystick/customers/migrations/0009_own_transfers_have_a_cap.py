"""How much a customer's own contacts may complete of a bank transfer at most, where the business trusts them to.

The columns are added without writing any row; the rule about them is looked at afterwards.
"""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("customers", "0008_contacts_with_a_language")]

    operations = [
        migrations.AddField(
            model_name="customer", name="own_transfer_cap_minor", field=models.BigIntegerField(null=True)
        ),
        migrations.AddField(
            model_name="customer",
            name="own_transfer_cap_currency",
            field=models.CharField(blank=True, db_default="", max_length=3),
        ),
        AddConstraintNotValid(
            model_name="customer",
            constraint=models.CheckConstraint(
                name="own_transfers_are_capped",
                condition=Q(own_transfer_cap_minor=None, own_transfer_cap_currency="", completes_own_transfers=False)
                | Q(own_transfer_cap_minor__gt=0, own_transfer_cap_currency__regex="^[A-Z]{3}$"),
            ),
        ),
    ]
