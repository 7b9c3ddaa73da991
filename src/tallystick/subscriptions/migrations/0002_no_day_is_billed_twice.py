"""The database refuses to bill a day of a subscription twice, whoever asks; and the timeline is append-only."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION subscriptions_refuse_overlap() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    twice record;
BEGIN
    -- Two transactions that bill one subscription wait for one another here, and the later one sees the other's period.
    PERFORM FROM subscriptions_subscription
        WHERE id IN (SELECT subscription_id FROM written) ORDER BY id FOR NO KEY UPDATE;
    SELECT new.subscription_id, new.period_start INTO twice
        FROM written AS new
        JOIN subscriptions_billedperiod AS other ON other.subscription_id = new.subscription_id
            AND other.id <> new.id
            AND other.period_start < new.period_end
            AND new.period_start < other.period_end
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'subscription % is billed already for days from %', twice.subscription_id, twice.period_start
            USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'no_day_is_billed_twice',
                TABLE = 'subscriptions_billedperiod';
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION subscriptions_refuse_change_of_period() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NEW.period_end > OLD.period_end OR ROW(
        NEW.id, NEW.subscription_id, NEW.period_start, NEW.invoice_id, NEW.line_id, NEW.billed_at
    ) IS DISTINCT FROM ROW(
        OLD.id, OLD.subscription_id, OLD.period_start, OLD.invoice_id, OLD.line_id, OLD.billed_at
    ) THEN
        RAISE EXCEPTION 'a billed period is only ever shortened: % is refused', TG_OP
            USING ERRCODE = 'check_violation', CONSTRAINT = 'billed_period_is_kept',
                TABLE = 'subscriptions_billedperiod';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER no_day_is_billed_twice AFTER INSERT ON subscriptions_billedperiod
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION subscriptions_refuse_overlap();
CREATE TRIGGER billed_period_is_kept BEFORE UPDATE OR DELETE ON subscriptions_billedperiod
    FOR EACH ROW EXECUTE FUNCTION subscriptions_refuse_change_of_period();
CREATE TRIGGER subscription_event_is_kept BEFORE UPDATE OR DELETE ON subscriptions_subscriptionevent
    FOR EACH ROW EXECUTE FUNCTION foundation_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0001_initial"), ("foundation", "0002_append_only")]

    operations = [migrations.RunSQL(FORWARD)]
