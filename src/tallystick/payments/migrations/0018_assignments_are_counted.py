"""The database counts how often a payment is assigned and un-assigned, and holds the limit (D10; model, 8).

To another customer at once counts two. The limit is the setting's, or its default of five; a limit that is lowered
later refuses further edits and leaves those that were made. Updates of anything else do not reach the function.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION payments_count_assignment_edits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    made integer := CASE
        WHEN OLD.customer_id IS NOT DISTINCT FROM NEW.customer_id THEN 0
        WHEN OLD.customer_id IS NULL OR NEW.customer_id IS NULL THEN 1
        ELSE 2
    END;
    allowed numeric;
BEGIN
    IF NEW.assignment_edits <> OLD.assignment_edits + made THEN
        RAISE EXCEPTION 'payment %: % edits of its assignment are not counted as such', NEW.id, made
            USING ERRCODE = 'check_violation', CONSTRAINT = 'assignment_edits_are_counted', TABLE = 'payments_payment';
    END IF;
    SELECT (value #>> '{}')::numeric INTO allowed FROM foundation_setting WHERE name = 'assignment_edits';
    IF NEW.assignment_edits > coalesce(allowed, 5) THEN
        RAISE EXCEPTION 'payment %: its assignment would be edited % times', NEW.id, NEW.assignment_edits
            USING ERRCODE = 'check_violation', CONSTRAINT = 'assignment_edits_are_limited', TABLE = 'payments_payment';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER assignment_edits_are_counted BEFORE UPDATE ON payments_payment
    FOR EACH ROW WHEN (
        OLD.customer_id IS DISTINCT FROM NEW.customer_id OR OLD.assignment_edits <> NEW.assignment_edits
    ) EXECUTE FUNCTION payments_count_assignment_edits();
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0017_approvals"), ("foundation", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD)]
