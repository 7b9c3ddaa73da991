"""A top-up request is a row of another kind: it is sent, where an invoice is issued, and claims nothing.

The new rules are not checked against the rows that are there (all are invoices, and keep them): that would hold a lock
for as long as a large table is read. The next migration validates them under a lock that lets writers go on.
"""

from django.db import migrations, models
from django.db.models import Q

RULES = """
ALTER TABLE invoices_invoice DROP CONSTRAINT issued_invoice_is_complete;
ALTER TABLE invoices_invoice ADD CONSTRAINT issued_invoice_is_complete CHECK (
    (state = 'draft' AND number IS NULL AND issued_at IS NULL)
    OR ((kind = 'invoice' AND state IN ('issued', 'void') AND due_date IS NOT NULL
            OR kind = 'topup' AND state IN ('sent', 'void') AND due_date IS NULL)
        AND number IS NOT NULL AND issued_at IS NOT NULL AND invoice_date IS NOT NULL
        AND seller IS NOT NULL AND buyer IS NOT NULL)
) NOT VALID;
ALTER TABLE invoices_invoice ADD CONSTRAINT topup_is_settled_by_payments_alone CHECK (
    kind <> 'topup'
    OR (credited_minor = 0 AND written_off_minor = 0 AND difference_minor = 0 AND wallet_minor = 0
        AND credit_noted_minor = 0)
) NOT VALID;
"""

FROZEN = """
CREATE OR REPLACE FUNCTION invoices_refuse_change_of_issued() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.state = 'draft' AND NEW.kind = OLD.kind THEN
        RETURN NEW;
    ELSIF TG_OP = 'DELETE' AND OLD.state = 'draft' THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'DELETE' OR NEW.state = 'draft' OR OLD.state = 'void' OR ROW(
        NEW.id, NEW.kind, NEW.number, NEW.customer_id, NEW.currency, NEW.prices_include_tax, NEW.title,
        NEW.invoice_date, NEW.due_date, NEW.issued_at, NEW.created_at, NEW.group_id, NEW.seller, NEW.buyer,
        NEW.net_minor, NEW.tax_minor, NEW.total_minor
    ) IS DISTINCT FROM ROW(
        OLD.id, OLD.kind, OLD.number, OLD.customer_id, OLD.currency, OLD.prices_include_tax, OLD.title,
        OLD.invoice_date, OLD.due_date, OLD.issued_at, OLD.created_at, OLD.group_id, OLD.seller, OLD.buyer,
        OLD.net_minor, OLD.tax_minor, OLD.total_minor
    ) THEN
        RAISE EXCEPTION 'invoice % is issued: % is refused', OLD.number, TG_OP
            USING ERRCODE = 'check_violation', CONSTRAINT = 'issued_invoice_is_frozen', TABLE = 'invoices_invoice';
    END IF;
    RETURN NEW;
END
$$;
"""

COMPLETE = Q(state="draft", number=None, issued_at=None) | Q(
    Q(kind="invoice", state__in=["issued", "void"], due_date__isnull=False)
    | Q(kind="topup", state__in=["sent", "void"], due_date=None),
    number__isnull=False,
    issued_at__isnull=False,
    invoice_date__isnull=False,
    seller__isnull=False,
    buyer__isnull=False,
)
ALONE = ~Q(kind="topup") | Q(
    credited_minor=0, written_off_minor=0, difference_minor=0, wallet_minor=0, credit_noted_minor=0
)


class Migration(migrations.Migration):
    dependencies = [("invoices", "0006_invoices_of_groups")]

    operations = [
        migrations.AddField(
            model_name="invoice",
            name="kind",
            field=models.CharField(
                choices=[("invoice", "Invoice"), ("topup", "Topup")], db_default="invoice", max_length=8
            ),
        ),
        migrations.AlterField(
            model_name="invoice",
            name="state",
            field=models.CharField(
                choices=[("draft", "Draft"), ("issued", "Issued"), ("sent", "Sent"), ("void", "Void")],
                default="draft",
                max_length=8,
            ),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(RULES)],
            state_operations=[
                migrations.RemoveConstraint(model_name="invoice", name="issued_invoice_is_complete"),
                migrations.AddConstraint(
                    model_name="invoice",
                    constraint=models.CheckConstraint(name="issued_invoice_is_complete", condition=COMPLETE),
                ),
                migrations.AddConstraint(
                    model_name="invoice",
                    constraint=models.CheckConstraint(name="topup_is_settled_by_payments_alone", condition=ALONE),
                ),
            ],
        ),
        migrations.RunSQL(FROZEN),
    ]
