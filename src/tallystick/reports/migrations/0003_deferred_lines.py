"""What is left of lines of deferred revenue, and what months will earn; what is there already is folded by the job."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0010_own_transfers_are_capped"),
        ("invoices", "0020_write_offs"),
        ("reports", "0002_net_of_write_offs"),
    ]

    operations = [
        migrations.CreateModel(
            name="DeferredLine",
            fields=[
                (
                    "line",
                    models.OneToOneField(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="invoices.invoiceline",
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("period_end", models.DateField()),
                ("deferred_minor", models.BigIntegerField()),
                ("left_minor", models.BigIntegerField()),
                ("since", models.DateField()),
                ("begins", models.DateField()),
                ("is_late", models.BooleanField()),
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
            name="DeferredMonth",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "currency", "month", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("month", models.DateField()),
                ("minor", models.BigIntegerField()),
                ("lines", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="DeferredMark",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("posting_id", models.BigIntegerField()),
                ("run_month", models.DateField(null=True)),
            ],
            options={"constraints": [models.CheckConstraint(condition=Q(id=1), name="there_is_one_deferred_mark")]},
        ),
    ]
