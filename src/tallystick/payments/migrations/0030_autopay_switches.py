"""Payers who pay with another card and let automatic payment go on with it."""

import django.db.models.deletion
from django.db import migrations, models

import tallystick.foundation.ids


class Migration(migrations.Migration):
    dependencies = [("payments", "0029_method_setups")]

    operations = [
        migrations.CreateModel(
            name="AutopaySwitch",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tallystick.foundation.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("accepted_by", models.CharField(max_length=200)),
                ("accepted_through", models.CharField(max_length=10)),
                ("accepted_at", models.DateTimeField()),
                (
                    "agreement",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="payments.autopayagreement",
                    ),
                ),
                (
                    "attempt",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="payments.attempt"
                    ),
                ),
                (
                    "terms",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="payments.paymentterms",
                    ),
                ),
            ],
        ),
    ]
