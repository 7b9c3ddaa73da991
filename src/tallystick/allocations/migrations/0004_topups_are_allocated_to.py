"""An allocation may also be to a top-up request that was sent: a payment provisions it, a credit note does not."""

from django.db import migrations

FORWARD = """
CREATE OR REPLACE FUNCTION allocations_join_one_payer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM invoices_invoice
        WHERE id = NEW.invoice_id AND customer_id = NEW.customer_id AND currency = NEW.currency
            AND (state = 'issued' OR state = 'sent' AND NEW.payment_id IS NOT NULL)
    ) OR NOT EXISTS (
        SELECT FROM payments_payment
        WHERE id = NEW.payment_id AND customer_id = NEW.customer_id AND currency = NEW.currency
            AND status = 'completed' AND reversed_at IS NULL
        UNION ALL
        SELECT FROM invoices_creditnote
        WHERE id = NEW.credit_note_id AND customer_id = NEW.customer_id AND currency = NEW.currency
    ) THEN
        RAISE EXCEPTION 'allocation % joins different payers, currencies, or something not in force', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'allocation_joins_one_payer',
                  TABLE = 'allocations_allocation';
    END IF;
    RETURN NEW;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("allocations", "0003_targets_of_invoice"), ("invoices", "0007_topup_requests")]

    operations = [migrations.RunSQL(FORWARD)]
