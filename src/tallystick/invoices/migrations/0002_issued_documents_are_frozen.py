"""An issued invoice and a credit note never change, but for what settles them; their lines never change at all."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION invoices_refuse_change_of_issued() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'draft' AND TG_OP = 'UPDATE' THEN
        RETURN NEW;
    ELSIF OLD.state = 'draft' THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'DELETE' OR NEW.state = 'draft' OR OLD.state = 'void' OR ROW(
        NEW.id, NEW.number, NEW.customer_id, NEW.currency, NEW.prices_include_tax, NEW.title, NEW.invoice_date,
        NEW.due_date, NEW.issued_at, NEW.created_at, NEW.seller, NEW.buyer, NEW.net_minor, NEW.tax_minor,
        NEW.total_minor
    ) IS DISTINCT FROM ROW(
        OLD.id, OLD.number, OLD.customer_id, OLD.currency, OLD.prices_include_tax, OLD.title, OLD.invoice_date,
        OLD.due_date, OLD.issued_at, OLD.created_at, OLD.seller, OLD.buyer, OLD.net_minor, OLD.tax_minor,
        OLD.total_minor
    ) THEN
        RAISE EXCEPTION 'invoice % is issued: % is refused', OLD.number, TG_OP
            USING ERRCODE = 'check_violation', CONSTRAINT = 'issued_invoice_is_frozen', TABLE = 'invoices_invoice';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION invoices_refuse_line_of_issued() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched uuid := CASE TG_OP WHEN 'DELETE' THEN OLD.invoice_id ELSE NEW.invoice_id END;
BEGIN
    IF EXISTS (SELECT FROM invoices_invoice WHERE id = touched AND state <> 'draft')
        OR (TG_OP = 'UPDATE' AND OLD.invoice_id <> NEW.invoice_id)
    THEN
        RAISE EXCEPTION 'invoice % is issued: % of a line is refused', touched, TG_OP
            USING ERRCODE = 'check_violation', CONSTRAINT = 'issued_invoice_is_frozen', TABLE = 'invoices_invoiceline';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$$;

CREATE FUNCTION invoices_refuse_change_of_credit_note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR ROW(
        NEW.id, NEW.number, NEW.invoice_id, NEW.customer_id, NEW.currency, NEW.reason, NEW.credit_note_date,
        NEW.issued_at, NEW.seller, NEW.buyer, NEW.net_minor, NEW.tax_minor, NEW.total_minor
    ) IS DISTINCT FROM ROW(
        OLD.id, OLD.number, OLD.invoice_id, OLD.customer_id, OLD.currency, OLD.reason, OLD.credit_note_date,
        OLD.issued_at, OLD.seller, OLD.buyer, OLD.net_minor, OLD.tax_minor, OLD.total_minor
    ) THEN
        RAISE EXCEPTION 'credit note % is issued: % is refused', OLD.number, TG_OP
            USING ERRCODE = 'check_violation', CONSTRAINT = 'credit_note_is_frozen', TABLE = 'invoices_creditnote';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER issued_invoice_is_frozen BEFORE UPDATE OR DELETE ON invoices_invoice
    FOR EACH ROW EXECUTE FUNCTION invoices_refuse_change_of_issued();
CREATE TRIGGER issued_invoice_line_is_frozen BEFORE INSERT OR UPDATE OR DELETE ON invoices_invoiceline
    FOR EACH ROW EXECUTE FUNCTION invoices_refuse_line_of_issued();
CREATE TRIGGER credit_note_is_frozen BEFORE UPDATE OR DELETE ON invoices_creditnote
    FOR EACH ROW EXECUTE FUNCTION invoices_refuse_change_of_credit_note();
CREATE TRIGGER credit_note_line_is_frozen BEFORE UPDATE OR DELETE ON invoices_creditnoteline
    FOR EACH ROW EXECUTE FUNCTION foundation_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("invoices", "0001_initial"), ("foundation", "0002_append_only")]

    operations = [migrations.RunSQL(FORWARD)]
