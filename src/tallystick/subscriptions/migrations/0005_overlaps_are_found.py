"""The trigger of 0002 could not tell its own alias from the record of the trigger; and days that were taken back are free."""

from django.db import migrations

FORWARD = """
CREATE OR REPLACE FUNCTION subscriptions_refuse_overlap() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    twice record;
BEGIN
    -- Two transactions that bill one subscription wait for one another here, and the later one sees the other's period.
    PERFORM FROM subscriptions_subscription
        WHERE id IN (SELECT subscription_id FROM written) ORDER BY id FOR NO KEY UPDATE;
    SELECT fresh.subscription_id, fresh.period_start INTO twice
        FROM written AS fresh
        JOIN subscriptions_billedperiod AS other ON other.subscription_id = fresh.subscription_id
            AND other.id <> fresh.id
            AND other.period_start < fresh.period_end
            AND fresh.period_start < other.period_end
            AND other.period_start < other.period_end
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'subscription % is billed already for days from %', twice.subscription_id, twice.period_start
            USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'no_day_is_billed_twice',
                TABLE = 'subscriptions_billedperiod';
    END IF;
    RETURN NULL;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0004_periods_that_share_a_line")]

    operations = [migrations.RunSQL(FORWARD)]
