"""Late fees of reminders. The column is added without writing any row; the rule about it is looked at afterwards."""

import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

import tallystick.foundation.ids


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0003_outside_the_scope_of_tax"),
        ("dunning", "0003_pauses"),
        ("invoices", "0020_write_offs"),
    ]

    operations = [
        migrations.CreateModel(
            name="LateFee",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tallystick.foundation.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("fee_minor", models.BigIntegerField()),
                ("billed_at", models.DateTimeField()),
                ("taken_back_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="LevelFee",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("currency", models.CharField(max_length=3)),
                ("fee_minor", models.BigIntegerField()),
            ],
        ),
        migrations.AddField(
            model_name="dunningplan",
            name="fee_tax_rate",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.taxrate",
            ),
        ),
        migrations.AddField(
            model_name="reminder",
            name="fee_minor",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        AddConstraintNotValid(
            model_name="reminder",
            constraint=models.CheckConstraint(
                condition=models.Q(("fee_minor__gte", 0)), name="reminder_fee_is_not_negative"
            ),
        ),
        migrations.AddField(
            model_name="latefee",
            name="invoice",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="invoices.invoice"
            ),
        ),
        migrations.AddField(
            model_name="latefee",
            name="late_invoice",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="invoices.invoice"
            ),
        ),
        migrations.AddField(
            model_name="latefee",
            name="reminder",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="dunning.reminder"
            ),
        ),
        migrations.AddField(
            model_name="levelfee",
            name="level",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="fees",
                to="dunning.dunninglevel",
            ),
        ),
        migrations.AddConstraint(
            model_name="latefee",
            constraint=models.CheckConstraint(
                condition=models.Q(("currency__regex", "^[A-Z]{3}$"), ("fee_minor__gt", 0)),
                name="late_fee_is_an_amount",
            ),
        ),
        migrations.AddConstraint(
            model_name="latefee",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("reminder__isnull", False), ("taken_back_at", None)),
                    models.Q(("reminder", None), ("taken_back_at__isnull", False)),
                    _connector="OR",
                ),
                name="late_fee_has_a_reminder_or_is_taken_back",
            ),
        ),
        migrations.AddConstraint(
            model_name="latefee",
            constraint=models.CheckConstraint(
                condition=models.Q(("invoice", models.F("late_invoice")), _negated=True),
                name="late_fee_is_of_another_invoice",
            ),
        ),
        migrations.AddConstraint(
            model_name="levelfee",
            constraint=models.UniqueConstraint(fields=("level", "currency"), name="one_fee_per_level_and_currency"),
        ),
        migrations.AddConstraint(
            model_name="levelfee",
            constraint=models.CheckConstraint(
                condition=models.Q(("currency__regex", "^[A-Z]{3}$"), ("fee_minor__gt", 0)),
                name="level_fee_is_an_amount",
            ),
        ),
    ]
