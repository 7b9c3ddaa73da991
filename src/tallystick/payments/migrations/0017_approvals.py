"""Acts above a limit wait for a second person. What was decided stays as it was decided."""

import django.db.models.deletion
from django.db import migrations, models

import tallystick.foundation.ids

FORWARD = """
CREATE TRIGGER decided_approval_is_frozen BEFORE UPDATE ON payments_approvalrequest
    FOR EACH ROW WHEN (OLD.state <> 'waiting') EXECUTE FUNCTION foundation_refuse_change();
CREATE TRIGGER approval_is_kept BEFORE DELETE ON payments_approvalrequest
    FOR EACH ROW EXECUTE FUNCTION foundation_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0002_billing_groups"),
        ("foundation", "0002_append_only"),
        ("payments", "0016_acts_on_many"),
    ]

    operations = [
        migrations.CreateModel(
            name="ApprovalRequest",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tallystick.foundation.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("act", models.CharField(max_length=10)),
                ("arguments", models.JSONField()),
                ("seen", models.JSONField(null=True)),
                ("amount_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("state", models.CharField(default="waiting", max_length=10)),
                ("asked_by", models.CharField(max_length=60)),
                ("asked_label", models.CharField(max_length=200)),
                ("asked_at", models.DateTimeField()),
                ("decided_by", models.CharField(blank=True, max_length=60)),
                ("decided_label", models.CharField(blank=True, max_length=200)),
                ("decided_at", models.DateTimeField(null=True)),
                ("reason", models.CharField(blank=True, max_length=500)),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
                (
                    "payment",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="payments.payment",
                    ),
                ),
                (
                    "result",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="payments.payment",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["-asked_at", "-id"], name="approvals_newest_first"),
                    models.Index(
                        condition=models.Q(("state", "waiting")), fields=["asked_at", "id"], name="approvals_waiting"
                    ),
                    models.Index(fields=["payment", "-asked_at"], name="approvals_of_payment"),
                    models.Index(fields=["customer", "-asked_at", "-id"], name="approvals_of_customer"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "waiting")),
                        fields=("payment",),
                        name="one_waiting_approval_per_payment",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount_minor__gt", 0)), name="approval_amount_is_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "approved"), _negated=True),
                            models.Q(("decided_by", models.F("asked_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="approved_by_another_person",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at", None), ("decided_by", ""), ("result", None), ("state", "waiting")),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("result__isnull", False),
                                ("state", "approved"),
                                models.Q(("decided_by", ""), _negated=True),
                            ),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("result", None),
                                ("state", "declined"),
                                models.Q(("decided_by", ""), _negated=True),
                                models.Q(("reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="approval_is_decided_whole",
                    ),
                ],
            },
        ),
        migrations.RunSQL(FORWARD),
    ]
