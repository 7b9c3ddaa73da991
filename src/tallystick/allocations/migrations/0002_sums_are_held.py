"""What is allocated equals the counters of the payment, the credit note and the invoice, which their checks limit.

So an allocation above the payment or the invoice is refused, whoever writes it: with the counters raised a check fails,
without them this trigger does.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION allocations_match_counters() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    row record := NEW;
    wrong text;
BEGIN
    IF row.payment_id IS NOT NULL AND (
        SELECT allocated_minor FROM payments_payment WHERE id = row.payment_id
    ) <> (
        SELECT coalesce(sum(amount_minor), 0) FROM allocations_allocation
        WHERE payment_id = row.payment_id AND released_at IS NULL
    ) THEN
        wrong := 'payment';
    ELSIF row.credit_note_id IS NOT NULL AND (
        SELECT allocated_minor FROM invoices_creditnote WHERE id = row.credit_note_id
    ) <> (
        SELECT coalesce(sum(amount_minor), 0) FROM allocations_allocation
        WHERE credit_note_id = row.credit_note_id AND released_at IS NULL
    ) THEN
        wrong := 'credit note';
    ELSIF (
        SELECT ROW(allocated_minor, credited_minor) FROM invoices_invoice WHERE id = row.invoice_id
    ) IS DISTINCT FROM (
        SELECT ROW(
            coalesce(sum(amount_minor) FILTER (WHERE payment_id IS NOT NULL), 0)::bigint,
            coalesce(sum(amount_minor) FILTER (WHERE credit_note_id IS NOT NULL), 0)::bigint
        ) FROM allocations_allocation WHERE invoice_id = row.invoice_id AND released_at IS NULL
    ) THEN
        wrong := 'invoice';
    END IF;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'allocation %: the sum differs from the counter of its %', row.id, wrong
            USING ERRCODE = 'check_violation', CONSTRAINT = 'allocations_match_counters',
                  TABLE = 'allocations_allocation';
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION allocations_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.released_at IS NOT NULL OR ROW(
        NEW.id, NEW.payment_id, NEW.credit_note_id, NEW.invoice_id, NEW.customer_id, NEW.amount_minor, NEW.currency,
        NEW.entry_id, NEW.allocated_at
    ) IS DISTINCT FROM ROW(
        OLD.id, OLD.payment_id, OLD.credit_note_id, OLD.invoice_id, OLD.customer_id, OLD.amount_minor, OLD.currency,
        OLD.entry_id, OLD.allocated_at
    ) THEN
        RAISE EXCEPTION 'allocation % may only be released, once', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'allocation_is_only_released',
                  TABLE = 'allocations_allocation';
    END IF;
    RETURN NEW;
END
$$;

-- An allocation joins one payer in one currency.
CREATE FUNCTION allocations_join_one_payer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM invoices_invoice
        WHERE id = NEW.invoice_id AND customer_id = NEW.customer_id AND currency = NEW.currency AND state = 'issued'
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

CREATE CONSTRAINT TRIGGER allocations_match_counters AFTER INSERT OR UPDATE ON allocations_allocation
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION allocations_match_counters();
CREATE TRIGGER allocation_is_only_released BEFORE UPDATE OR DELETE ON allocations_allocation
    FOR EACH ROW EXECUTE FUNCTION allocations_refuse_change();
CREATE TRIGGER allocation_joins_one_payer BEFORE INSERT ON allocations_allocation
    FOR EACH ROW EXECUTE FUNCTION allocations_join_one_payer();
"""


class Migration(migrations.Migration):
    dependencies = [("allocations", "0001_initial"), ("foundation", "0002_append_only")]

    operations = [migrations.RunSQL(FORWARD)]
