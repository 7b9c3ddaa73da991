"""Another day than the document says may be agreed for an open invoice; what the document says stays, and is frozen.

The rule is not checked against the rows that are there, which have no such day: the next migration validates it.
"""

from django.db import migrations, models
from django.db.models import F, Q

RULE = """
ALTER TABLE invoices_invoice ADD CONSTRAINT agreed_due_date_comes_later CHECK (
    stated_due_date IS NULL OR (state IN ('issued', 'void') AND due_date > stated_due_date)
) NOT VALID
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
        NEW.id, NEW.kind, NEW.is_usage, NEW.expires_months, NEW.number, NEW.customer_id, NEW.currency,
        NEW.prices_include_tax, NEW.title, NEW.invoice_date, coalesce(NEW.stated_due_date, NEW.due_date), NEW.issued_at,
        NEW.created_at, NEW.group_id, NEW.seller, NEW.buyer, NEW.net_minor, NEW.tax_minor, NEW.total_minor
    ) IS DISTINCT FROM ROW(
        OLD.id, OLD.kind, OLD.is_usage, OLD.expires_months, OLD.number, OLD.customer_id, OLD.currency,
        OLD.prices_include_tax, OLD.title, OLD.invoice_date, coalesce(OLD.stated_due_date, OLD.due_date), OLD.issued_at,
        OLD.created_at, OLD.group_id, OLD.seller, OLD.buyer, OLD.net_minor, OLD.tax_minor, OLD.total_minor
    ) OR (NEW.due_date IS DISTINCT FROM OLD.due_date AND (OLD.state <> 'issued' OR OLD.open_minor = 0)) THEN
        RAISE EXCEPTION 'invoice % is issued: % is refused', OLD.number, TG_OP
            USING ERRCODE = 'check_violation', CONSTRAINT = 'issued_invoice_is_frozen', TABLE = 'invoices_invoice';
    END IF;
    RETURN NEW;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("invoices", "0020_write_offs")]

    operations = [
        migrations.AddField("invoice", "stated_due_date", models.DateField(null=True)),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(RULE)],
            state_operations=[
                migrations.AddConstraint(
                    model_name="invoice",
                    constraint=models.CheckConstraint(
                        name="agreed_due_date_comes_later",
                        condition=Q(stated_due_date=None)
                        | Q(state__in=["issued", "void"], due_date__gt=F("stated_due_date")),
                    ),
                ),
            ],
        ),
        migrations.RunSQL(FROZEN),
    ]
