"""Invoices for what charges took beyond prepaid money; what they are is frozen with the rest once they are issued."""

from django.db import migrations, models

FROZEN = """
CREATE OR REPLACE FUNCTION invoices_refuse_change_of_issued() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.state = 'draft' AND NEW.kind = OLD.kind THEN
        RETURN NEW;
    ELSIF TG_OP = 'DELETE' AND OLD.state = 'draft' THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'DELETE' OR NEW.state = 'draft' OR OLD.state = 'void' OR ROW(
        NEW.id, NEW.kind, NEW.is_usage, NEW.number, NEW.customer_id, NEW.currency, NEW.prices_include_tax,
        NEW.title, NEW.invoice_date, NEW.due_date, NEW.issued_at, NEW.created_at, NEW.group_id, NEW.seller, NEW.buyer,
        NEW.net_minor, NEW.tax_minor, NEW.total_minor
    ) IS DISTINCT FROM ROW(
        OLD.id, OLD.kind, OLD.is_usage, OLD.number, OLD.customer_id, OLD.currency, OLD.prices_include_tax,
        OLD.title, OLD.invoice_date, OLD.due_date, OLD.issued_at, OLD.created_at, OLD.group_id, OLD.seller, OLD.buyer,
        OLD.net_minor, OLD.tax_minor, OLD.total_minor
    ) THEN
        RAISE EXCEPTION 'invoice % is issued: % is refused', OLD.number, TG_OP
            USING ERRCODE = 'check_violation', CONSTRAINT = 'issued_invoice_is_frozen', TABLE = 'invoices_invoice';
    END IF;
    RETURN NEW;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("invoices", "0009_topups_newest_first")]

    operations = [
        migrations.AddField("invoice", "is_usage", models.BooleanField(db_default=False, default=False)),
        migrations.RunSQL(FROZEN),
    ]
