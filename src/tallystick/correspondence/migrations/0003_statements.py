import django.db.models.deletion
from django.db import migrations, models

import tallystick.foundation.ids


class Migration(migrations.Migration):
    dependencies = [
        ("correspondence", "0002_attachments"),
        ("customers", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="SentStatement",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tallystick.foundation.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("from_date", models.DateField(null=True)),
                ("until_date", models.DateField()),
                ("known_before", models.DateTimeField()),
                ("seller", models.JSONField()),
                ("buyer", models.JSONField()),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.customer"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("from_date", None), ("from_date__lte", models.F("until_date")), _connector="OR"
                        ),
                        name="statement_days_are_in_order",
                    )
                ],
            },
        ),
    ]
