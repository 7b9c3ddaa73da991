"""Tax documents of purchases: what was used of each, from the books as far as they go back, and a document a month."""

import django.db.models.deletion
from django.db import migrations, models

import tallystick.foundation.ids

# What purchases took of money whose tax is due on use, and credits gave back: by the postings of J18 and J19.
FROM_THE_BOOKS = """
INSERT INTO wallets_taxeduse (charge_id, wallet_id, used_date, gross_minor, tax_minor)
SELECT charge_id, wallet_id, effective_date, gross_minor, tax_minor
FROM (
    SELECT charge.payment_id AS charge_id, charge.wallet_id, entry.id, entry.effective_date,
        coalesce(sum(CASE posting.side WHEN 'D' THEN posting.amount_minor ELSE -posting.amount_minor END)
            FILTER (WHERE posting.account = '2200' AND lot.is_taxed IS NOT TRUE), 0)::bigint AS gross_minor,
        coalesce(sum(CASE posting.side WHEN 'C' THEN posting.amount_minor ELSE -posting.amount_minor END)
            FILTER (WHERE posting.account = '2300'), 0)::bigint AS tax_minor
    FROM wallets_charge charge
    JOIN ledger_journalentry entry ON entry.subject_id = charge.payment_id AND entry.rule IN ('J18', 'J19')
    JOIN ledger_posting posting ON posting.entry_id = entry.id
    LEFT JOIN wallets_lot lot ON lot.id = posting.object_id
    GROUP BY charge.payment_id, entry.id
) AS used
WHERE gross_minor <> 0 OR tax_minor <> 0 ORDER BY id
"""

FROZEN = """
CREATE TRIGGER purchase_tax_document_is_frozen BEFORE UPDATE OR DELETE ON wallets_purchasetaxdocument
    FOR EACH ROW EXECUTE FUNCTION foundation_refuse_change();
CREATE TRIGGER purchase_tax_line_is_frozen BEFORE UPDATE OR DELETE ON wallets_purchasetaxline
    FOR EACH ROW EXECUTE FUNCTION foundation_refuse_change();

CREATE FUNCTION wallets_refuse_change_of_taxed_use() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.document_id IS NOT NULL
        OR ROW(NEW.id, NEW.charge_id, NEW.wallet_id, NEW.used_date, NEW.gross_minor, NEW.tax_minor)
            IS DISTINCT FROM ROW(OLD.id, OLD.charge_id, OLD.wallet_id, OLD.used_date, OLD.gross_minor, OLD.tax_minor)
    THEN
        RAISE EXCEPTION 'taxed use % is frozen: % is refused', OLD.id, TG_OP
            USING ERRCODE = 'check_violation', CONSTRAINT = 'taxed_use_is_frozen', TABLE = 'wallets_taxeduse';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER taxed_use_is_frozen BEFORE UPDATE OR DELETE ON wallets_taxeduse
    FOR EACH ROW EXECUTE FUNCTION wallets_refuse_change_of_taxed_use();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0003_outside_the_scope_of_tax"),
        ("foundation", "0002_append_only"),
        ("ledger", "0002_books_are_append_only"),
        ("wallets", "0007_tax_documents_are_frozen"),
    ]

    operations = [
        migrations.CreateModel(
            name="PurchaseTaxDocument",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tallystick.foundation.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.CharField(max_length=30, unique=True)),
                ("period_start", models.DateField()),
                ("period_end", models.DateField()),
                ("net_minor", models.BigIntegerField()),
                ("tax_minor", models.BigIntegerField()),
                ("document_date", models.DateField()),
                ("seller", models.JSONField()),
                ("buyer", models.JSONField()),
                ("issued_at", models.DateTimeField()),
                (
                    "wallet",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="wallets.wallet",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PurchaseTaxLine",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("tax_percent", models.DecimalField(decimal_places=4, max_digits=7)),
                ("purchases", models.PositiveIntegerField()),
                ("credits", models.PositiveIntegerField()),
                ("net_minor", models.BigIntegerField()),
                ("tax_minor", models.BigIntegerField()),
                (
                    "document",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="wallets.purchasetaxdocument",
                    ),
                ),
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
            name="TaxedUse",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("used_date", models.DateField()),
                ("gross_minor", models.BigIntegerField()),
                ("tax_minor", models.BigIntegerField()),
                (
                    "charge",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="wallets.charge"
                    ),
                ),
                (
                    "document",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="wallets.purchasetaxdocument",
                    ),
                ),
                (
                    "wallet",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="wallets.wallet",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="purchasetaxdocument",
            constraint=models.UniqueConstraint(
                fields=("wallet", "period_start"), name="one_purchase_tax_document_per_month"
            ),
        ),
        migrations.AddConstraint(
            model_name="purchasetaxdocument",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("period_end__day", 1), ("period_end__gt", models.F("period_start")), ("period_start__day", 1)
                ),
                name="purchase_tax_document_is_of_a_month",
            ),
        ),
        migrations.AddConstraint(
            model_name="purchasetaxline",
            constraint=models.UniqueConstraint(
                fields=("document", "tax_rate", "tax_percent"), name="one_line_per_rate"
            ),
        ),
        migrations.AddIndex(
            model_name="taxeduse",
            index=models.Index(
                condition=models.Q(("document", None)), fields=["wallet", "used_date"], name="uses_without_document"
            ),
        ),
        migrations.AddIndex(
            model_name="taxeduse",
            index=models.Index(
                condition=models.Q(("document__isnull", False)), fields=["document"], name="uses_of_document"
            ),
        ),
        migrations.AddConstraint(
            model_name="taxeduse",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("gross_minor__gt", 0), ("tax_minor__gte", 0)),
                    models.Q(("gross_minor__lte", 0), ("tax_minor__lte", 0)),
                    _connector="OR",
                ),
                name="taxed_use_has_one_sign",
            ),
        ),
        # The trigger comes last: what the books tell is new.
        migrations.RunSQL(FROM_THE_BOOKS),
        migrations.RunSQL(FROZEN),
    ]
