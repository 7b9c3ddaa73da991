"""What did not work with new cards, for limits against card testing."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0003_customers_by_words"),
        ("payments", "0032_confirmed_transfers_are_found"),
    ]

    operations = [
        migrations.CreateModel(
            name="CardTry",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("address", models.CharField(blank=True, max_length=64)),
                ("about", models.UUIDField(unique=True)),
                ("begun_at", models.DateTimeField()),
                ("failed_at", models.DateTimeField(null=True)),
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
            options={
                "indexes": [
                    models.Index(fields=["customer", "begun_at"], name="card_tries_of_customer"),
                    models.Index(fields=["address", "begun_at"], name="card_tries_from_address"),
                ],
            },
        ),
    ]
