"""Sums of postings per account and day, and per customer and month; what is posted already is folded by the job."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0010_own_transfers_are_capped"),
        ("ledger", "0003_past_is_locked"),
    ]

    operations = [
        migrations.CreateModel(
            name="AccountDay",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account", "currency", "day", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("account", models.CharField(max_length=4)),
                ("currency", models.CharField(max_length=3)),
                ("day", models.DateField()),
                ("debit_minor", models.BigIntegerField()),
                ("credit_minor", models.BigIntegerField()),
                ("debit_base_minor", models.BigIntegerField()),
                ("credit_base_minor", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="CustomerMonth",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account",
                        "month",
                        "customer_id",
                        "currency",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("account", models.CharField(max_length=4)),
                ("month", models.DateField()),
                ("currency", models.CharField(max_length=3)),
                ("balance_minor", models.BigIntegerField()),
                ("base_minor", models.BigIntegerField()),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="FoldMark",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("posting_id", models.BigIntegerField()),
            ],
            options={"constraints": [models.CheckConstraint(condition=Q(id=1), name="there_is_one_fold_mark")]},
        ),
    ]
