"""The books refuse what would make them wrong: triggers forbid, they never compute."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION ledger_refuse_unless_whole(checked uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    postings bigint;
    base numeric;
    exchange_base numeric;
BEGIN
    SELECT count(*),
           coalesce(sum(CASE side WHEN 'D' THEN base_minor ELSE -base_minor END), 0),
           coalesce(sum(CASE side WHEN 'D' THEN base_minor ELSE -base_minor END) FILTER (WHERE account = '1900'), 0)
        INTO postings, base, exchange_base
        FROM ledger_posting WHERE entry_id = checked;
    IF postings = 0 THEN
        RAISE EXCEPTION 'entry % is empty', checked
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_is_not_empty', TABLE = 'ledger_journalentry';
    END IF;
    IF base <> 0 OR EXISTS (
        SELECT FROM ledger_posting WHERE entry_id = checked
        GROUP BY currency HAVING sum(CASE side WHEN 'D' THEN amount_minor ELSE -amount_minor END) <> 0
    ) THEN
        RAISE EXCEPTION 'entry % does not balance', checked
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_balances', TABLE = 'ledger_journalentry';
    END IF;
    IF exchange_base <> 0 THEN
        RAISE EXCEPTION 'entry %: account 1900 is not 0 in base currency', checked
            USING ERRCODE = 'check_violation', CONSTRAINT = 'exchange_is_level', TABLE = 'ledger_journalentry';
    END IF;
END
$$;

CREATE FUNCTION ledger_entry_is_whole() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM ledger_refuse_unless_whole(NEW.id);
    RETURN NULL;
END
$$;

CREATE FUNCTION ledger_posting_belongs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM ledger_journalentry
        WHERE id = NEW.entry_id AND written_in = pg_current_xact_id()::text::bigint
    ) THEN
        RAISE EXCEPTION 'entry % was written earlier: nothing may be added', NEW.entry_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_is_written_once', TABLE = 'ledger_posting';
    END IF;
    PERFORM ledger_refuse_unless_whole(NEW.entry_id);
    RETURN NULL;
END
$$;

-- Deferred, so that an entry and its postings may come in any order within one transaction.
CREATE CONSTRAINT TRIGGER entry_is_whole AFTER INSERT ON ledger_journalentry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_entry_is_whole();
CREATE CONSTRAINT TRIGGER posting_belongs AFTER INSERT ON ledger_posting
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_posting_belongs();

CREATE TRIGGER entry_is_append_only BEFORE UPDATE OR DELETE ON ledger_journalentry
    FOR EACH ROW EXECUTE FUNCTION foundation_refuse_change();
CREATE TRIGGER entry_is_not_truncated BEFORE TRUNCATE ON ledger_journalentry
    FOR EACH STATEMENT EXECUTE FUNCTION foundation_refuse_change();
CREATE TRIGGER posting_is_append_only BEFORE UPDATE OR DELETE ON ledger_posting
    FOR EACH ROW EXECUTE FUNCTION foundation_refuse_change();
CREATE TRIGGER posting_is_not_truncated BEFORE TRUNCATE ON ledger_posting
    FOR EACH STATEMENT EXECUTE FUNCTION foundation_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial"), ("foundation", "0002_append_only")]

    operations = [migrations.RunSQL(FORWARD)]
