import django.db.models.deletion
from django.db import migrations, models

import tallystick.foundation.ids


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0002_billing_groups"),
        ("gateways", "0003_messages_by_fact"),
        ("invoices", "0004_references_hold"),
        ("payments", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="AutopayAgreement",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tallystick.foundation.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("charge_day", models.PositiveSmallIntegerField(null=True)),
                ("cap_minor", models.BigIntegerField(null=True)),
                ("cap_currency", models.CharField(blank=True, max_length=3)),
                ("terms_text", models.TextField()),
                ("terms_sha256", models.CharField(max_length=64)),
                ("accepted_at", models.DateTimeField()),
                ("accepted_by", models.CharField(max_length=200)),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_by", models.CharField(blank=True, max_length=200)),
            ],
        ),
        migrations.AddField(
            model_name="payment",
            name="next_try_date",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="autopayagreement",
            name="customer",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.customer"
            ),
        ),
        migrations.AddField(
            model_name="autopayagreement",
            name="method",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="payments.paymentmethod",
            ),
        ),
        migrations.AddIndex(
            model_name="autopayagreement",
            index=models.Index(fields=["customer", "accepted_at"], name="agreements_of_customer"),
        ),
        migrations.AddConstraint(
            model_name="autopayagreement",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)), fields=("customer",), name="one_agreement_per_customer"
            ),
        ),
        migrations.AddConstraint(
            model_name="autopayagreement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("charge_day", None), models.Q(("charge_day__gte", 1), ("charge_day__lte", 31)), _connector="OR"
                ),
                name="charge_day_is_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="autopayagreement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("cap_currency", ""), ("cap_minor", None)),
                    models.Q(("cap_currency__regex", "^[A-Z]{3}$"), ("cap_minor__gt", 0)),
                    _connector="OR",
                ),
                name="cap_has_its_currency",
            ),
        ),
    ]
