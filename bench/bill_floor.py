"""The floor of a bill run: the very same rows, by hand-written SQL in chunks, straight from table to table.

Same server, same tables, same indexes, same triggers. It knows what its crowd is like (whole periods, no credit, no
arithmetic of parts, two places in each currency, nobody who cannot be billed) and looks for nothing else.
"""

import threading
import time

import psycopg

from bench.subscribers import AS_OF

CHUNK = 10_000

_TABLES = """
CREATE TEMP TABLE floor_document (
    place bigserial, invoice_id uuid, entry_id uuid, payment_id uuid, payer_id uuid, group_id uuid, title text,
    currency text, includes_tax boolean, rate numeric, net bigint, tax bigint, base bigint
) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE floor_line (
    place bigserial, invoice_id uuid, entry_id uuid, line_id uuid, subscription_id uuid, position smallint,
    description text, quantity numeric, unit_price bigint, rate_id uuid, percent numeric, priced bigint, share numeric,
    includes_tax boolean, member_id uuid, member_name text, first date, last date, fx numeric, net bigint, tax bigint,
    base bigint
) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE floor_tax (
    invoice_id uuid, entry_id uuid, rate_id uuid, minor bigint, base bigint
) ON COMMIT DELETE ROWS;
"""

_DUE = """
    subscription.state IN ('active', 'suspended')
    AND NOT EXISTS (SELECT FROM subscriptions_billfailure AS failure
                    WHERE failure.run_id = %(run)s AND failure.subscription_id = subscription.id)
    AND NOT EXISTS (SELECT FROM subscriptions_planchange AS change
                    WHERE change.subscription_id = subscription.id AND applied_at IS NULL AND withdrawn_at IS NULL
                    AND effective_date <= next_period_start)
"""
_LINES = """
INSERT INTO floor_line (invoice_id, entry_id, line_id, subscription_id, position, description, quantity, unit_price,
    rate_id, percent, priced, share, includes_tax, member_id, member_name, first, last, fx)
SELECT {document}, {entry}, uuidv7(), due.id, {position}, due.description, due.quantity, due.unit_price_minor, rate.id,
    rate.percent, round(due.quantity * due.unit_price_minor),
    round(due.quantity * due.unit_price_minor) * rate.percent
        / CASE WHEN due.prices_include_tax THEN 100 + rate.percent ELSE 100 END,
    due.prices_include_tax, {member}, {member_name}, due.next_period_start,
    (due.next_period_start + CASE due.frequency WHEN 'monthly' THEN interval '1 month' WHEN 'quarterly'
        THEN interval '3 months' ELSE interval '1 year' END)::date,
    coalesce(fx.rate, 1)
FROM due JOIN catalog_taxrate AS rate ON rate.id = due.tax_rate_id
LEFT JOIN LATERAL (
    SELECT rate FROM ledger_exchangerate AS fx WHERE fx.currency = due.currency AND valid_from <= current_date
    ORDER BY valid_from DESC LIMIT 1
) AS fx ON due.currency <> 'EUR'
"""

_ALONE = f"""
WITH due AS MATERIALIZED (
    SELECT subscription.* FROM subscriptions_subscription AS subscription
    WHERE next_period_start <= %(as_of)s AND {_DUE}
    AND NOT EXISTS (
        SELECT FROM customers_membership AS membership WHERE membership.customer_id = subscription.customer_id
        AND joined_date <= next_period_start AND (left_date IS NULL OR next_period_start < left_date))
    ORDER BY next_period_start, id LIMIT %(limit)s FOR UPDATE OF subscription SKIP LOCKED
)
{_LINES.format(document="uuidv7()", entry="uuidv7()", position="1", member="NULL", member_name="''")};
"""
# One line is one document: tax and its base are rounded with no one to share them with.
_ALONE_AMOUNTS = """
UPDATE floor_line SET tax = round(share), net = priced - CASE WHEN includes_tax THEN round(share) ELSE 0 END;
INSERT INTO floor_document (invoice_id, entry_id, payment_id, payer_id, title, currency, includes_tax, rate, net, tax,
    base)
SELECT invoice_id, entry_id, uuidv7(), subscription.customer_id, '', subscription.currency, includes_tax,
    nullif(fx, 1), net, tax, round((net + tax) * fx)
FROM floor_line JOIN subscriptions_subscription AS subscription ON subscription.id = subscription_id
ORDER BY subscription_id;
UPDATE floor_line SET base = floor(net * fx) + CASE round((net + tax) * fx) - floor(net * fx) - floor(tax * fx)
    WHEN 2 THEN 1
    WHEN 1 THEN CASE WHEN net * fx - floor(net * fx) >= tax * fx - floor(tax * fx) THEN 1 ELSE 0 END
    ELSE 0 END;
INSERT INTO floor_tax SELECT invoice_id, entry_id, rate_id, tax, round((net + tax) * fx) - base
FROM floor_line WHERE tax > 0;
"""

_GROUPS = """
CREATE TEMP TABLE floor_group ON COMMIT DROP AS
SELECT id, name, payer_id, next_billing_date FROM customers_billinggroup
WHERE archived_at IS NULL AND next_billing_date <= %(as_of)s ORDER BY id LIMIT %(limit)s / 8 FOR UPDATE SKIP LOCKED
"""
_TOGETHER = f"""
CREATE TEMP TABLE floor_due ON COMMIT DROP AS
WITH due AS MATERIALIZED (
    SELECT subscription.*, floor_group.id AS group_id, name AS group_name, payer_id
    FROM subscriptions_subscription AS subscription
    JOIN customers_membership AS membership ON membership.customer_id = subscription.customer_id
        AND joined_date <= next_period_start AND (left_date IS NULL OR next_period_start < left_date)
    JOIN floor_group ON floor_group.id = membership.group_id AND next_period_start < next_billing_date
    WHERE {_DUE} ORDER BY subscription.id FOR UPDATE OF subscription
)
SELECT due.*, member_name, document.invoice_id, document.entry_id,
    row_number() OVER (PARTITION BY document.invoice_id ORDER BY member_name, due.id) AS position
FROM due JOIN (SELECT id AS customer_id, name AS member_name FROM customers_customer) AS customer USING (customer_id)
JOIN (SELECT group_id, currency, prices_include_tax, uuidv7() AS invoice_id, uuidv7() AS entry_id
      FROM due GROUP BY 1, 2, 3) AS document USING (group_id, currency, prices_include_tax);
ANALYZE floor_due;
WITH due AS (SELECT * FROM floor_due)
{
    _LINES.format(
        document="invoice_id",
        entry="entry_id",
        position="position",
        member="due.customer_id",
        member_name="due.member_name",
    )
};
"""
# Tax once for each rate of a document, then split: the largest fractions take what is left over.
_TOGETHER_AMOUNTS = """
WITH split AS (
    SELECT place, floor(share) + CASE WHEN row_number() OVER (
            PARTITION BY invoice_id, rate_id ORDER BY share - floor(share) DESC, position
        ) <= round(sum(share) OVER whole) - sum(floor(share)) OVER whole THEN 1 ELSE 0 END AS tax
    FROM floor_line WINDOW whole AS (PARTITION BY invoice_id, rate_id)
)
UPDATE floor_line SET tax = split.tax, net = priced - CASE WHEN includes_tax THEN split.tax ELSE 0 END
FROM split WHERE split.place = floor_line.place;
INSERT INTO floor_tax SELECT invoice_id, entry_id, rate_id, sum(tax), 0 FROM floor_line GROUP BY 1, 2, 3
    HAVING sum(tax) > 0;
WITH part AS (
    SELECT invoice_id, line_id, NULL::uuid AS rate_id, net * fx AS share, (0, position, line_id) AS place
    FROM floor_line WHERE net > 0
    UNION ALL SELECT floor_tax.invoice_id, NULL, floor_tax.rate_id, minor * fx, (1, position, line_id) FROM floor_tax
    JOIN (SELECT DISTINCT ON (invoice_id, rate_id) * FROM floor_line ORDER BY invoice_id, rate_id, position) AS line
        ON line.invoice_id = floor_tax.invoice_id AND line.rate_id = floor_tax.rate_id
), split AS MATERIALIZED (
    SELECT *, floor(share) + CASE WHEN row_number() OVER (
            PARTITION BY invoice_id ORDER BY share - floor(share) DESC, place
        ) <= round(sum(share) OVER whole) - sum(floor(share)) OVER whole THEN 1 ELSE 0 END AS base
    FROM part WINDOW whole AS (PARTITION BY invoice_id)
), taxes AS (
    UPDATE floor_tax SET base = split.base FROM split
    WHERE split.invoice_id = floor_tax.invoice_id AND split.rate_id = floor_tax.rate_id
)
UPDATE floor_line SET base = split.base FROM split WHERE split.line_id = floor_line.line_id;
INSERT INTO floor_document (invoice_id, entry_id, payment_id, payer_id, group_id, title, currency, includes_tax, rate,
    net, tax, base)
SELECT invoice_id, entry_id, uuidv7(), payer_id, group_id, group_name, currency, prices_include_tax, nullif(fx, 1),
    sum(net), sum(tax),
    sum(base) + coalesce((SELECT sum(base) FROM floor_tax WHERE floor_tax.entry_id = line.entry_id), 0)
FROM floor_line AS line JOIN floor_due USING (invoice_id, entry_id)
WHERE floor_due.id = line.subscription_id GROUP BY 1, 2, 4, 5, 6, 7, 8, 9
ORDER BY group_id, currency, prices_include_tax;
UPDATE customers_billinggroup AS billed SET next_billing_date = (billed.next_billing_date + interval '1 month')::date
FROM floor_group WHERE floor_group.id = billed.id;
"""

_WRITE = """
ANALYZE floor_document; ANALYZE floor_line; ANALYZE floor_tax;
INSERT INTO ledger_journalentry (id, rule, effective_date, recorded_at, subject_kind, subject_id, rate, rate_source)
SELECT entry_id, 'J02', current_date, now(), 'invoice', invoice_id, rate,
    CASE WHEN rate IS NULL THEN '' ELSE 'Bench' END FROM floor_document ORDER BY place;
INSERT INTO ledger_posting (entry_id, account, side, amount_minor, currency, base_minor, customer_id, object_id)
SELECT entry_id, account, side, minor, currency, part.base, customer_id, object_id
FROM floor_document AS document JOIN (
    SELECT entry_id, '1200' AS account, 'D' AS side, net + tax AS minor, base, payer_id AS customer_id,
        invoice_id AS object_id, 0 AS kind FROM floor_document
    UNION ALL SELECT entry_id, CASE WHEN last > first + interval '1 month' THEN '2400' ELSE '4000' END, 'C', net, base,
        NULL, line_id, 1 FROM floor_line WHERE net > 0
    UNION ALL SELECT entry_id, '2300', 'C', minor, base, NULL, rate_id, 2 FROM floor_tax
) AS part USING (entry_id) ORDER BY place, kind;
INSERT INTO ledger_customerbalance AS balance (customer_id, account, currency, balance_minor, base_minor)
SELECT payer_id, '1200', currency, sum(net + tax), sum(base) FROM floor_document GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
ON CONFLICT (customer_id, account, currency) DO UPDATE
SET balance_minor = balance.balance_minor + excluded.balance_minor,
    base_minor = balance.base_minor + excluded.base_minor;
INSERT INTO ledger_balancedelta (account, currency, balance_minor, base_minor)
SELECT account, currency, -sum(minor), -sum(part.base) FROM floor_document AS document JOIN (
    SELECT entry_id, CASE WHEN last > first + interval '1 month' THEN '2400' ELSE '4000' END AS account, net AS minor,
        base FROM floor_line WHERE net > 0
    UNION ALL SELECT entry_id, '2300', minor, base FROM floor_tax
) AS part USING (entry_id) GROUP BY 1, 2 ORDER BY 1, 2;
-- Checked here, where nobody waits for a number.
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
INSERT INTO invoices_invoiceline (id, invoice_id, position, description, quantity, unit_price_minor, is_fee,
    tax_rate_id, tax_percent, net_minor, tax_minor, period_start, period_end, member_id, member_name)
SELECT line_id, invoice_id, position, description, quantity, unit_price, false, rate_id, percent, net, tax, first, last,
    member_id, member_name FROM floor_line ORDER BY place;
INSERT INTO subscriptions_billedperiod (id, subscription_id, period_start, period_end, invoice_id, line_id, billed_at)
SELECT uuidv7(), subscription_id, first, last, invoice_id, line_id, now() FROM floor_line ORDER BY place;
UPDATE subscriptions_subscription AS subscription SET next_period_start = last
FROM floor_line WHERE floor_line.subscription_id = subscription.id;
"""
_NUMBERED = """
CREATE TEMP TABLE floor_issued ON COMMIT DROP AS
WITH series AS (
    INSERT INTO foundation_numberseries AS series (name, last)
    SELECT 'invoice:' || extract(year FROM current_date), count(*) FROM floor_document
    ON CONFLICT (name) DO UPDATE SET last = series.last + excluded.last RETURNING last
)
SELECT document.*, 'INV-' || extract(year FROM current_date) || '-' || lpad(
        place_in_series::text, greatest(5, length(place_in_series::text)), '0') AS number
FROM (SELECT document.*, last - count(*) OVER () + row_number() OVER (ORDER BY place) AS place_in_series
      FROM floor_document AS document, series) AS document;
INSERT INTO invoices_invoice (id, state, number, customer_id, currency, prices_include_tax, title, remark, invoice_date,
    due_date, issued_at, created_at, group_id, seller, buyer, net_minor, tax_minor, total_minor, allocated_minor,
    credited_minor, written_off_minor, difference_minor, wallet_minor, credit_noted_minor)
SELECT invoice_id, 'issued', issued.number, payer_id, issued.currency, includes_tax, title, '', current_date,
    current_date + terms_days, now(), now(), group_id,
    '{"name": "Your business", "address_lines": "", "country": "", "tax_id": "", "email": ""}'::jsonb,
    jsonb_build_object('name', payer.name, 'number', payer.number, 'tax_id', tax_id, 'address_lines', address_lines,
        'postal_code', postal_code, 'city', city, 'region', region, 'country', country, 'language', language),
    net, tax, net + tax, 0, 0, 0, 0, 0, 0
FROM floor_issued AS issued JOIN customers_customer AS payer ON payer.id = payer_id ORDER BY place;
INSERT INTO payments_payment (id, kind, status, customer_id, total_minor, currency, description, invoice_id, due_date,
    created_at, private_text, remark, customer_note, method, reference, invoice_text, cancel_reason, failure_code,
    mails_confirmation, assignment_edits, allocated_minor, difference_minor, refunded_minor, refund_reserved_minor,
    lost_minor)
SELECT payment_id, 'scheduled', 'pending', payer_id, net + tax, issued.currency, issued.number, invoice_id,
    current_date + terms_days, now(), '', '', '', '', '', '', '', '', false, 0, 0, 0, 0, 0, 0
FROM floor_issued AS issued JOIN customers_customer AS payer ON payer.id = payer_id WHERE net + tax > 0 ORDER BY place;
INSERT INTO payments_paymentevent (payment_id, at, event, from_status, to_status, actor_label, detail)
SELECT payment_id, now(), 'create', '', 'pending', 'Bench', '{"a": 0}'::jsonb - 'a' FROM floor_issued
WHERE net + tax > 0 ORDER BY place;
INSERT INTO foundation_auditentry (at, actor_kind, actor_id, actor_label, action, object_kind, object_id, after)
SELECT now(), 'system', 'Bench', 'Bench', 'issue_invoice', 'invoice', invoice_id,
    jsonb_build_object('state', 'open', 'number', number, 'bill_run', %(run)s::text) FROM floor_issued ORDER BY place;
INSERT INTO subscriptions_billchunk (run_id, at, currency, invoices, periods, total_minor)
SELECT %(run)s, now(), currency, count(*), sum(lines), sum(net + tax) FROM floor_issued AS issued
JOIN (SELECT invoice_id, count(*) AS lines FROM floor_line GROUP BY 1) AS line USING (invoice_id) GROUP BY currency;
INSERT INTO procrastinate_jobs (queue_name, task_name, args)
SELECT 'default', 'mail.invoices', jsonb_build_object('invoice_ids', jsonb_agg(invoice_id))
FROM (SELECT invoice_id, place / 500 AS part FROM floor_issued) AS issued GROUP BY part;
"""


def bill(conninfo: str, run: str, *, workers: int) -> float:
    """This function will bill everything with so many connections, and return how many seconds it took."""
    threads = [threading.Thread(target=_work, args=(conninfo, run)) for _ in range(workers)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.monotonic() - began


def _work(conninfo: str, run: str) -> None:
    values = {"as_of": AS_OF, "limit": CHUNK, "run": run}
    # Values are written into the text: several statements go in one round trip.
    with psycopg.connect(conninfo, cursor_factory=psycopg.ClientCursor, autocommit=True) as connection:
        connection.execute(_TABLES)
        for steps in (_ALONE + _ALONE_AMOUNTS, _GROUPS + ";" + _TOGETHER + _TOGETHER_AMOUNTS):
            while _chunk(connection, steps, values):
                pass


def _chunk(connection: psycopg.Connection[tuple[int]], steps: str, values: dict[str, object]) -> int:
    with connection.transaction():
        connection.execute(steps, values)
        ((count,),) = connection.execute("SELECT count(*) FROM floor_line").fetchall()
        if count:
            connection.execute(_WRITE, values)
            connection.execute(_NUMBERED, values)
    return count
