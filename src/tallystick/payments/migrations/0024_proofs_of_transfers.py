"""What customers hand in to prove a transfer is kept with the payment, and never changes."""

import django.db.models.deletion
from django.db import migrations, models

import tallystick.foundation.ids


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0023_lists_of_ways_and_days"),
        ("foundation", "0002_append_only"),
    ]

    operations = [
        migrations.CreateModel(
            name="TransferProof",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tallystick.foundation.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("media_type", models.CharField(max_length=100)),
                ("size", models.PositiveIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("content", models.BinaryField()),
                ("added_at", models.DateTimeField()),
                ("added_by", models.CharField(max_length=200)),
                (
                    "payment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="payments.payment"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("size__gt", 0)), name="transfer_proof_is_not_empty")
                ],
            },
        ),
        migrations.RunSQL(
            "CREATE TRIGGER proof_is_frozen BEFORE UPDATE OR DELETE ON payments_transferproof "
            "FOR EACH ROW EXECUTE FUNCTION foundation_refuse_change()"
        ),
    ]
