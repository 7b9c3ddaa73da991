"""Set-ups: tries of customers to store a payment method without paying."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

import tallystick.foundation.ids

STATES = [
    ("created", "Created"),
    ("sent", "Sent"),
    ("pending", "Pending"),
    ("action_required", "Action Required"),
    ("unknown", "Unknown"),
    ("succeeded", "Succeeded"),
    ("declined", "Declined"),
    ("not_performed", "Not Performed"),
]
LIVE = ["created", "sent", "pending", "action_required", "unknown"]


def _the(model: str, *, null: bool = False) -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(
        db_index=False, null=null, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=model
    )


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0003_customers_by_words"),
        ("gateways", "0005_closed_messages_are_listed"),
        ("payments", "0028_charges_in_another_currency_hold"),
    ]

    operations = [
        migrations.CreateModel(
            name="MethodSetup",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tallystick.foundation.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("state", models.CharField(choices=STATES, default="created", max_length=16)),
                ("return_url", models.CharField(blank=True, max_length=500)),
                ("action_url", models.CharField(blank=True, max_length=500)),
                ("gateway_reference", models.CharField(blank=True, max_length=120)),
                ("decline_code", models.CharField(blank=True, max_length=60)),
                ("message", models.CharField(blank=True, max_length=300)),
                ("created_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(null=True)),
                ("asked_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("makes_default", models.BooleanField()),
                ("account", _the("gateways.gatewayaccount")),
                ("customer", _the("customers.customer")),
                ("method", _the("payments.paymentmethod", null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["customer", "created_at"], name="setups_of_customer"),
                    models.Index(condition=models.Q(("state__in", LIVE)), fields=["created_at"], name="live_setups"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("gateway_reference", ""), _negated=True),
                        fields=("account", "gateway_reference"),
                        name="each_setup_reference_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("method__isnull", False), ("state", "succeeded")),
                            models.Q(models.Q(("state", "succeeded"), _negated=True), ("method", None)),
                            _connector="OR",
                        ),
                        name="setup_stored_what_succeeded",
                    ),
                ],
            },
        ),
    ]
