"""Disputes, and how much of each payment is in dispute.

The new rule of payments is not checked against the rows that are there (none is in dispute): that would hold a lock for
as long as a large table is read. The next migration validates it under a lock that lets writers go on.
"""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

import tallystick.foundation.ids

RULE = """
ALTER TABLE payments_payment ADD CONSTRAINT disputed_money_stays CHECK (
    disputed_minor >= 0 AND disputed_minor <= allocated_minor + unallocated_minor
    AND (disputed_minor = 0 OR (reversed_at IS NULL AND status = 'completed'))
) NOT VALID
"""


class Migration(migrations.Migration):
    dependencies = [
        ("gateways", "0003_messages_by_fact"),
        ("payments", "0005_agreements_of_charges_exist"),
    ]

    operations = [
        migrations.AddField(
            model_name="payment",
            name="disputed_minor",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(RULE)],
            state_operations=[
                migrations.AddConstraint(
                    model_name="payment",
                    constraint=models.CheckConstraint(
                        name="disputed_money_stays",
                        condition=Q(
                            disputed_minor__gte=0, disputed_minor__lte=F("allocated_minor") + F("unallocated_minor")
                        )
                        & (Q(disputed_minor=0) | Q(status="completed", reversed_at=None)),
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Dispute",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tallystick.foundation.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("kind", models.CharField(max_length=11)),
                ("state", models.CharField(max_length=7)),
                ("external_id", models.CharField(blank=True, max_length=120)),
                ("amount_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("fee_minor", models.BigIntegerField(default=0)),
                ("fee_currency", models.CharField(blank=True, max_length=3)),
                ("fee_returned", models.BooleanField(default=False)),
                ("reason_code", models.CharField(blank=True, max_length=60)),
                ("evidence_due_date", models.DateField(null=True)),
                ("sort_date", models.DateField()),
                ("opened_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
                ("taken_minor", models.PositiveBigIntegerField(default=0)),
                ("loss_minor", models.PositiveBigIntegerField(default=0)),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="gateways.gatewayaccount",
                    ),
                ),
                (
                    "payment",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="payments.payment",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["sort_date", "-id"], name="disputes_by_evidence_due"),
                    models.Index(fields=["payment"], name="disputes_of_payment"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=~Q(external_id=""), fields=("account", "external_id"), name="each_dispute_once"
                    ),
                    models.CheckConstraint(name="dispute_amount_is_positive", condition=Q(amount_minor__gt=0)),
                    models.CheckConstraint(
                        name="dispute_fee_has_its_currency",
                        condition=Q(fee_minor=0, fee_currency="")
                        | Q(fee_minor__gt=0, fee_currency__regex="^[A-Z]{3}$"),
                    ),
                    models.CheckConstraint(
                        name="lost_dispute_was_taken",
                        condition=Q(state="lost", amount_minor=F("taken_minor") + F("loss_minor"))
                        | (~Q(state="lost") & Q(taken_minor=0, loss_minor=0)),
                    ),
                    models.CheckConstraint(
                        name="decided_dispute_is_closed",
                        condition=Q(state__in=["won", "lost"]) ^ Q(closed_at=None),
                    ),
                ],
            },
        ),
    ]
