"""Closed months refuse entries, by every door and by raw SQL (J63; decision 0032 on how posting and closing meet).

What the setting that stood in their place locked stays locked, up to the last month that it covered whole.
"""

from django.db import migrations, models
from django.db.models import Q

RULES = """
-- The first day from a given one on that is open. Whoever asks holds the right to post until its transaction ends: the
-- weak lock stops nobody else who posts, and waits for whoever closes or reopens a month. Volatile, so that the newest
-- row is read after the wait, even inside one statement.
CREATE FUNCTION ledger_first_open_day(day date) RETURNS date LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    last date;
BEGIN
    LOCK TABLE ledger_periodact IN ROW SHARE MODE;
    SELECT closed_until INTO last FROM ledger_periodact ORDER BY id DESC LIMIT 1;
    RETURN greatest(day, last + 1);
END
$$;

-- Once for each statement, however many entries it writes. An entry's postings can be written in its own transaction
-- alone (`posting_belongs`), so what holds for entries holds for postings.
CREATE FUNCTION ledger_period_is_open() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    earliest date;
BEGIN
    SELECT min(effective_date) INTO earliest FROM written;
    IF earliest IS NULL THEN
        RETURN NULL;
    END IF;
    -- An older snapshot would not see the month that was closed while this transaction waited.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'entries are written in transactions of the isolation level READ COMMITTED'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_sees_closed_months', TABLE = 'ledger_journalentry';
    END IF;
    IF earliest < ledger_first_open_day(earliest) THEN
        RAISE EXCEPTION 'an entry of % lies in a closed month', earliest
            USING ERRCODE = 'check_violation', CONSTRAINT = 'period_is_open', TABLE = 'ledger_journalentry';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER period_is_open AFTER INSERT ON ledger_journalentry
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION ledger_period_is_open();

-- Closing waits for everybody who posts, and keeps them waiting until it is committed.
CREATE FUNCTION ledger_wait_for_posting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    LOCK TABLE ledger_periodact IN EXCLUSIVE MODE;
    RETURN NULL;
END
$$;
CREATE TRIGGER period_act_waits BEFORE INSERT ON ledger_periodact
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_wait_for_posting();

CREATE FUNCTION ledger_period_acts_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    newest ledger_periodact;
    month_end date := (NEW.month + interval '1 month')::date - 1;
BEGIN
    SELECT * INTO newest FROM ledger_periodact ORDER BY id DESC LIMIT 1;
    IF NEW.id <= newest.id THEN
        RAISE EXCEPTION 'periods are closed and reopened one after the other'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'period_acts_in_order', TABLE = 'ledger_periodact';
    END IF;
    IF NEW.act = 'close' THEN
        IF NEW.month <> newest.closed_until + 1 OR NEW.closed_until <> month_end THEN
            RAISE EXCEPTION 'months are closed in order, without a gap'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'months_close_in_order', TABLE = 'ledger_periodact';
        END IF;
        -- Nowhere is it a later day than fourteen hours ahead of UTC.
        IF month_end >= ((NEW.acted_at AT TIME ZONE 'UTC') + interval '14 hours')::date THEN
            RAISE EXCEPTION 'a month is closed when it is over'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'only_past_months_close', TABLE = 'ledger_periodact';
        END IF;
    ELSIF newest.closed_until IS DISTINCT FROM month_end OR NEW.closed_until <> NEW.month - 1 THEN
        RAISE EXCEPTION 'only the newest closed month can be reopened'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'newest_month_reopens', TABLE = 'ledger_periodact';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER period_acts_in_order BEFORE INSERT ON ledger_periodact
    FOR EACH ROW EXECUTE FUNCTION ledger_period_acts_in_order();

CREATE TRIGGER period_act_is_append_only BEFORE UPDATE OR DELETE ON ledger_periodact
    FOR EACH ROW EXECUTE FUNCTION foundation_refuse_change();
CREATE TRIGGER period_act_is_not_truncated BEFORE TRUNCATE ON ledger_periodact
    FOR EACH STATEMENT EXECUTE FUNCTION foundation_refuse_change();
"""

CARRIED_OVER = r"""
INSERT INTO ledger_periodact (month, act, closed_until, acted_at, acted_by, reason)
SELECT date_trunc('month', last)::date, 'close', last, now(), 'Tallystick', ''
FROM (
    SELECT least(date_trunc('month', (value #>> '{}')::date + 1), date_trunc('month', now() AT TIME ZONE 'UTC'))::date
           - 1 AS last
    FROM foundation_setting
    WHERE name = 'books_closed_until' AND value #>> '{}' ~ '^\d{4}-\d{2}-\d{2}$'
) AS locked;
DELETE FROM foundation_setting WHERE name = 'books_closed_until';
"""


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0002_books_are_append_only"),
        ("foundation", "0012_contacts_have_a_permission"),
    ]

    operations = [
        migrations.CreateModel(
            name="PeriodAct",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("month", models.DateField()),
                ("act", models.CharField(choices=[("close", "Close"), ("reopen", "Reopen")], max_length=6)),
                ("closed_until", models.DateField()),
                ("acted_at", models.DateTimeField()),
                ("acted_by", models.CharField(max_length=200)),
                ("reason", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=Q(month__day=1), name="period_is_a_month"),
                    models.CheckConstraint(
                        condition=Q(act="close", reason="") | (Q(act="reopen") & ~Q(reason="")),
                        name="reopening_has_a_reason",
                    ),
                ],
            },
        ),
        migrations.RunSQL(RULES),
        migrations.RunSQL(CARRIED_OVER),
    ]
