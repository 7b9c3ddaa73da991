"""What was given up of invoices, and what was owed again later: written once."""

import django.db.models.deletion
from django.db import migrations, models

import tallystick.foundation.ids

FORWARD = """
CREATE TRIGGER write_off_is_append_only BEFORE UPDATE OR DELETE ON invoices_writeoff
    FOR EACH ROW EXECUTE FUNCTION foundation_refuse_change();
CREATE TRIGGER write_off_is_not_truncated BEFORE TRUNCATE ON invoices_writeoff
    FOR EACH STATEMENT EXECUTE FUNCTION foundation_refuse_change();
CREATE TRIGGER write_off_tax_is_append_only BEFORE UPDATE OR DELETE ON invoices_writeofftax
    FOR EACH ROW EXECUTE FUNCTION foundation_refuse_change();
CREATE TRIGGER write_off_tax_is_not_truncated BEFORE TRUNCATE ON invoices_writeofftax
    FOR EACH STATEMENT EXECUTE FUNCTION foundation_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0003_outside_the_scope_of_tax"),
        ("customers", "0010_own_transfers_are_capped"),
        ("foundation", "0002_append_only"),
        ("invoices", "0019_deferred_lines"),
    ]

    operations = [
        migrations.CreateModel(
            name="WriteOff",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tallystick.foundation.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(choices=[("write_off", "Write Off"), ("recovery", "Recovery")], max_length=9),
                ),
                ("amount_minor", models.BigIntegerField()),
                ("tax_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("reason", models.CharField(max_length=200)),
                ("day", models.DateField()),
                ("entry_id", models.UUIDField()),
                ("written_at", models.DateTimeField()),
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
                    "invoice",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="invoices.invoice",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="WriteOffTax",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                (
                    "write_off",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="taxes",
                        to="invoices.writeoff",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="writeoff",
            index=models.Index(fields=["invoice", "written_at", "id"], name="write_offs_of_invoice"),
        ),
        migrations.AddIndex(
            model_name="writeoff",
            index=models.Index(fields=["-written_at", "-id"], name="write_offs_newest_first"),
        ),
        migrations.AddIndex(
            model_name="writeoff",
            index=models.Index(fields=["customer", "-written_at", "-id"], name="write_offs_of_customer"),
        ),
        migrations.AddConstraint(
            model_name="writeoff",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gt", 0)), name="write_off_is_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="writeoff",
            constraint=models.CheckConstraint(
                condition=models.Q(("tax_minor__gte", 0), ("tax_minor__lte", models.F("amount_minor"))),
                name="write_off_has_no_more_tax_than_itself",
            ),
        ),
        migrations.AddConstraint(
            model_name="writeofftax",
            constraint=models.UniqueConstraint(fields=("write_off", "tax_rate"), name="one_tax_per_rate_and_write_off"),
        ),
        migrations.AddConstraint(
            model_name="writeofftax",
            constraint=models.CheckConstraint(
                condition=models.Q(("tax_minor__gt", 0)), name="write_off_tax_is_positive"
            ),
        ),
        migrations.RunSQL(FORWARD),
    ]
