"""Receipts as they were issued: what one says never changes."""

import django.db.models.deletion
from django.db import migrations, models

import tallystick.foundation.ids


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0003_customers_by_words"),
        ("payments", "0012_payment_imports"),
        ("foundation", "0002_append_only"),
    ]

    operations = [
        migrations.CreateModel(
            name="Receipt",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tallystick.foundation.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.CharField(max_length=30)),
                ("facts", models.JSONField()),
                ("issued_at", models.DateTimeField()),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customer",
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
                "constraints": [
                    models.UniqueConstraint(fields=("payment", "customer"), name="one_receipt_per_payment_and_customer")
                ],
            },
        ),
        migrations.RunSQL(
            "CREATE TRIGGER receipt_is_frozen BEFORE UPDATE OR DELETE ON payments_receipt "
            "FOR EACH ROW EXECUTE FUNCTION foundation_refuse_change()"
        ),
    ]
