"""Files of receipts, and what becomes of each of their lines."""

import django.db.models.deletion
from django.db import migrations, models

import tallystick.foundation.ids


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0011_due_dates_are_there"),
    ]

    operations = [
        migrations.CreateModel(
            name="PaymentImport",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tallystick.foundation.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("headings", models.JSONField()),
                ("headings_sha256", models.CharField(max_length=64)),
                ("mapping", models.JSONField(null=True)),
                ("uploaded_at", models.DateTimeField()),
                ("uploaded_by", models.CharField(max_length=200)),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["-uploaded_at", "-id"], name="payment_imports_newest_first"),
                    models.Index(fields=["headings_sha256", "-uploaded_at"], name="payment_imports_by_headings"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("started_at", None), ("mapping__isnull", False), _connector="OR"),
                        name="payment_import_is_read_before_it_starts",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("finished_at", None), ("started_at__isnull", False), _connector="OR"),
                        name="payment_import_finishes_after_it_started",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PaymentImportRow",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("number", models.PositiveIntegerField()),
                ("cells", models.JSONField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("unread", "Unread"),
                            ("ready", "Ready"),
                            ("duplicate", "Duplicate"),
                            ("refused", "Refused"),
                            ("recorded", "Recorded"),
                        ],
                        default="unread",
                        max_length=10,
                    ),
                ),
                ("facts", models.JSONField(null=True)),
                ("code", models.CharField(blank=True, max_length=60)),
                ("sentence", models.TextField(blank=True)),
                ("warning", models.TextField(blank=True)),
                ("allows_duplicate", models.BooleanField(default=False)),
                ("row_sha256", models.CharField(blank=True, max_length=64)),
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
                    "source",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rows",
                        to="payments.paymentimport",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["source", "state", "number"], name="payment_import_rows_by_state")],
                "constraints": [
                    models.UniqueConstraint(fields=("source", "number"), name="one_row_per_line_of_an_import"),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "recorded")),
                        fields=("row_sha256",),
                        name="each_line_is_recorded_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("payment__isnull", False)),
                        fields=("payment",),
                        name="each_line_has_its_own_payment",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("payment__isnull", False), ("state", "recorded")),
                            models.Q(models.Q(("state", "recorded"), _negated=True), ("payment", None)),
                            _connector="OR",
                        ),
                        name="recorded_line_names_its_payment",
                    ),
                ],
            },
        ),
    ]
