"""What customers accept when they pay: the words once, and who accepted them with which payment."""

import django.db.models.deletion
from django.db import migrations, models

import tallystick.foundation.ids

FROZEN = (
    "CREATE TRIGGER {name} BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION foundation_refuse_change()"
)


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0021_received_dates_covering"),
        ("foundation", "0002_append_only"),
    ]

    operations = [
        migrations.CreateModel(
            name="PaymentTerms",
            fields=[
                ("sha256", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("text", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="TermsAcceptance",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tallystick.foundation.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("accepted_by", models.CharField(max_length=200)),
                ("accepted_at", models.DateTimeField()),
                (
                    "payment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="payments.payment"
                    ),
                ),
                (
                    "terms",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="payments.paymentterms",
                    ),
                ),
            ],
        ),
        migrations.RunSQL(FROZEN.format(name="terms_are_frozen", table="payments_paymentterms")),
        migrations.RunSQL(FROZEN.format(name="acceptance_is_frozen", table="payments_termsacceptance")),
    ]
