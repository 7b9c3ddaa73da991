"""New lines are looked at once for each statement, not one by one: a bill run writes thousands of them in one.

The plan is kept for as long as a connection lives. One that was made while there were hardly any invoices would read
all of them for ever after, hence the setting.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION invoices_refuse_lines_of_issued() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    touched uuid;
BEGIN
    SELECT id INTO touched FROM invoices_invoice
        WHERE id = ANY (ARRAY(SELECT invoice_id FROM written)) AND state <> 'draft' LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'invoice % is issued: % of a line is refused', touched, TG_OP
            USING ERRCODE = 'check_violation', CONSTRAINT = 'issued_invoice_is_frozen', TABLE = 'invoices_invoiceline';
    END IF;
    RETURN NULL;
END
$$;

DROP TRIGGER issued_invoice_line_is_frozen ON invoices_invoiceline;
CREATE TRIGGER issued_invoice_line_is_frozen BEFORE UPDATE OR DELETE ON invoices_invoiceline
    FOR EACH ROW EXECUTE FUNCTION invoices_refuse_line_of_issued();
CREATE TRIGGER issued_invoice_takes_no_line AFTER INSERT ON invoices_invoiceline
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION invoices_refuse_lines_of_issued();
"""


class Migration(migrations.Migration):
    dependencies = [("invoices", "0004_references_hold")]

    operations = [migrations.RunSQL(FORWARD)]
