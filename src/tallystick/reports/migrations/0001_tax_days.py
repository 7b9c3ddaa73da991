"""Sums of tax by rate, currency and day; what is there already is folded by the job (decision 0042)."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    initial = True

    dependencies = [("catalog", "0003_outside_the_scope_of_tax")]

    operations = [
        migrations.CreateModel(
            name="TaxDay",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "day", "tax_rate_id", "currency", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("day", models.DateField()),
                ("currency", models.CharField(max_length=3)),
                ("net_minor", models.BigIntegerField()),
                ("tax_minor", models.BigIntegerField()),
                (
                    "tax_rate",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.taxrate",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TaxMark",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("posting_id", models.BigIntegerField()),
                ("taxed_use_id", models.BigIntegerField()),
            ],
            options={"constraints": [models.CheckConstraint(condition=Q(id=1), name="there_is_one_tax_mark")]},
        ),
    ]
