"""Loading ten million payments with all that reports read of an installation, and books that agree.

Of a hundred payments 15 are expected ones that were paid, and two that are not (their invoices of the last five months,
some due and some not); three are receipts that no invoice took. Eighty move no balance: they failed, were cancelled, or
are promised. So the books have more than ten million postings, and not fifty. Invoices have one line or two, at four
rates; some bill a year ahead, and month-end runs earned of it what is over. Some customers pay for a billing group,
some have prepaid money. `verify_books` holds all of it afterwards.
"""

from typing import Final

from bench.many import Size, fill

_RATES: Final = """
INSERT INTO catalog_taxrate (id, name, percent, category, country)
VALUES (gen_random_uuid(), 'Germany 19 %%', 19, 'standard', 'DE'),
       (gen_random_uuid(), 'Germany 7 %%', 7, 'standard', 'DE'),
       (gen_random_uuid(), 'France 20 %%', 20, 'standard', 'FR'),
       (gen_random_uuid(), 'Outside', 0, 'outside_scope', '');
CREATE UNLOGGED TABLE bench_rate AS
SELECT id, percent, row_number() OVER (ORDER BY name) - 1 AS place FROM catalog_taxrate
WHERE name IN ('Germany 19 %%', 'Germany 7 %%', 'France 20 %%', 'Outside')
"""
# As it is where there were payments before there were sums of them.
_UNCOUNTED: Final = "DELETE FROM payments_countingstate"
# Ids of that moment, as `uuidv7` makes them, which asks the system for chance each time.
_IDS: Final = """
CREATE FUNCTION bench_id(at timestamptz, n bigint, purpose integer) RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
RETURN (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(purpose), 3, '0') || '8'
        || lpad(to_hex(n), 15, '0'))::uuid
"""
_GROUPS: Final = """
INSERT INTO customers_billinggroup (id, name, payer_id, billing_day, next_billing_date, created_at)
SELECT gen_random_uuid(), 'Group ' || n, id, 1, current_date + 30, timestamptz '2016-01-01'
FROM bench_customer WHERE n %% 100 = 5
"""
_ROWS: Final = """
CREATE UNLOGGED TABLE bench_slice AS
SELECT drawn.*, drawn.net + drawn.tax AS total, customer.id AS customer_id, billing_group.id AS group_id,
       bench_id(at, n, 1) AS id, bench_id(at, n, 2) AS invoice_id, bench_id(at, n, 3) AS line_id,
       bench_id(at, n, 4) AS second_id, bench_id(at, n, 5) AS issued_id,
       bench_id(at, n, 6) AS received_id, bench_id(at, n, 7) AS settled_id, bench_id(at, n, 8) AS allocation_id,
       CASE WHEN place < 15 AND n %% 21 <> 0 AND bench_draw(n, 20, 100) = 0 THEN bench_id(at, n, 9) END AS note_id,
       bench_id(at, n, 10) AS noted_id, bench_id(at, n, 11) AS note_line_id,
       place < 17 AS is_billed, place < 15 OR place BETWEEN 17 AND 19 AS is_paid,
       CASE WHEN place < 17 AND n %% 21 = 0 THEN at::date END AS period_start,
       CASE WHEN n %% 2 = 0 AND n %% 21 <> 0 THEN net / 2 ELSE net END AS first_net,
       CASE WHEN n %% 2 = 0 AND n %% 21 <> 0 THEN tax / 2 ELSE tax END AS first_tax,
       net / 10 AS note_net, round(net / 10 * percent / 100)::bigint AS note_tax,
       CASE WHEN place < 15 THEN 'completed' WHEN place < 17 THEN (ARRAY['pending', 'pending', 'failed'])[1 + n %% 3]
            WHEN place < 20 THEN 'completed' WHEN place < 60 THEN 'failed'
            WHEN place < 95 OR at < now() - interval '40 days' THEN 'cancelled' ELSE 'pending' END AS status,
       (ARRAY['bank_transfer', 'bank_transfer', 'direct_debit', 'cash'])[1 + bench_draw(n, 3, 4)] AS way,
       (ARRAY['declined', 'insufficient_funds', 'expired_card', 'card_lost', 'do_not_honor', 'limit_exceeded',
              'authentication_failed', ''])[1 + bench_draw(n, 10, 8)] AS reason
FROM (
    SELECT n, n %% 100 AS place, rate.id AS rate_id, rate.percent,
           1000 + bench_draw(n, 4, 900000) AS net,
           round((1000 + bench_draw(n, 4, 900000)) * rate.percent / 100)::bigint AS tax,
           CASE bench_draw(n, 1, 20) WHEN 0 THEN 'USD' WHEN 1 THEN 'JPY' ELSE 'EUR' END AS currency,
           now() - CASE WHEN n %% 100 BETWEEN 15 AND 16 THEN bench_draw(n, 2, 150 * 86400) * interval '1 second'
                        ELSE (%(all)s - n) * (interval '3652 days' / %(all)s) END AS at
    FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n
    JOIN bench_rate rate ON rate.place = bench_draw(n, 11, 4)
) AS drawn
JOIN (SELECT id, n AS own FROM bench_customer) AS customer ON customer.own = CASE
    WHEN drawn.n <= 10 THEN 2 WHEN bench_draw(drawn.n, 5, 100) = 17 THEN 1
    ELSE 3 + bench_draw(drawn.n, 7, %(customers)s - 2) END
LEFT JOIN customers_billinggroup billing_group ON billing_group.payer_id = customer.id AND drawn.n %% 2 = 0
"""
_INVOICES: Final = """
INSERT INTO invoices_invoice (id, state, number, customer_id, group_id, currency, prices_include_tax, title, remark,
    invoice_date, due_date, issued_at, created_at, seller, buyer, net_minor, tax_minor, total_minor, allocated_minor,
    credited_minor, written_off_minor, difference_minor, wallet_minor, credit_noted_minor)
SELECT invoice_id, 'issued', 'INV-' || to_char(at, 'YYYY') || '-' || lpad(n::text, 8, '0'), customer_id, group_id,
    currency, false, '', '', at::date, at::date + 30, at, at, '{}', '{}', net, tax, total,
    CASE WHEN is_paid THEN total ELSE 0 END, 0, 0, 0, 0,
    CASE WHEN note_id IS NULL THEN 0 ELSE note_net + note_tax END
FROM bench_slice WHERE is_billed;
INSERT INTO invoices_invoiceline (id, invoice_id, position, description, quantity, unit_price_minor, is_fee,
    tax_rate_id, tax_percent, net_minor, tax_minor, period_start, period_end)
SELECT line_id, invoice_id, 1, 'Service', 1, first_net, false, rate_id, percent, first_net, first_tax, period_start,
    (period_start + interval '1 year')::date
FROM bench_slice WHERE is_billed
UNION ALL SELECT second_id, invoice_id, 2, 'More of it', 1, net - first_net, false, rate_id, percent, net - first_net,
    tax - first_tax, NULL, NULL
FROM bench_slice WHERE is_billed AND first_net <> net;
INSERT INTO invoices_creditnote (id, number, invoice_id, customer_id, currency, reason, credit_note_date, issued_at,
    seller, buyer, net_minor, tax_minor, total_minor, allocated_minor, refunded_minor)
SELECT note_id, 'CN-' || to_char(at, 'YYYY') || '-' || lpad(n::text, 8, '0'), invoice_id, customer_id, currency,
    'Less', at::date, at, '{}', '{}', note_net, note_tax, note_net + note_tax, 0, 0
FROM bench_slice WHERE note_id IS NOT NULL;
INSERT INTO invoices_creditnoteline (id, credit_note_id, invoice_line_id, position, description, net_minor, tax_minor)
SELECT note_line_id, note_id, line_id, 1, 'Less', note_net, note_tax FROM bench_slice WHERE note_id IS NOT NULL
"""
_PAYMENTS: Final = """
INSERT INTO payments_payment (id, kind, status, customer_id, total_minor, currency, description, private_text, remark,
    customer_note, method, reference, invoice_text, invoice_id, due_date, received_date, created_at, completed_at,
    receipt_number, mails_confirmation, cancel_reason, failure_code, assignment_edits, allocated_minor,
    difference_minor, refunded_minor, refund_reserved_minor, lost_minor)
SELECT id, CASE WHEN is_billed THEN 'scheduled' ELSE 'receipt' END, status, customer_id, total, currency, '', '', '',
    '', CASE WHEN is_paid OR status = 'pending' AND NOT is_billed THEN way
             WHEN status = 'pending' THEN '' ELSE 'gateway' END, '', '',
    CASE WHEN is_billed THEN invoice_id END, CASE WHEN is_billed THEN at::date + 30 END,
    CASE WHEN is_paid THEN at::date END, at, CASE WHEN is_paid THEN at END,
    CASE WHEN is_paid THEN 'R-' || to_char(at, 'YYYY') || '-' || lpad(n::text, 8, '0') END, false,
    CASE WHEN status = 'cancelled' THEN 'cancelled' ELSE '' END, CASE WHEN status = 'failed' THEN reason ELSE '' END, 0,
    CASE WHEN is_billed AND is_paid THEN total ELSE 0 END, 0, 0, 0, 0
FROM bench_slice;
INSERT INTO allocations_allocation (id, payment_id, invoice_id, customer_id, amount_minor, currency, entry_id,
    allocated_at)
SELECT allocation_id, id, invoice_id, customer_id, total, currency, settled_id, at
FROM bench_slice WHERE is_billed AND is_paid
"""
_BOOKS: Final = """
INSERT INTO ledger_journalentry (id, rule, effective_date, recorded_at, subject_kind, subject_id, rate, rate_source)
SELECT entry.id, rule, at::date, at, subject_kind, subject_id, CASE WHEN currency <> 'EUR' THEN 1 END, ''
FROM bench_slice, LATERAL (
    VALUES (issued_id, 'J02', 'invoice', invoice_id, is_billed), (received_id, 'J04', 'payment', id, is_paid),
           (settled_id, 'J08', 'allocation', allocation_id, is_paid AND is_billed),
           (noted_id, 'J26', 'credit_note', note_id, note_id IS NOT NULL)
) AS entry (id, rule, subject_kind, subject_id, is_there) WHERE is_there;
INSERT INTO ledger_posting (entry_id, account, side, amount_minor, currency, base_minor, customer_id, object_id)
SELECT entry_id, account, side, amount, currency, amount, line.customer_id, object_id
FROM bench_slice, LATERAL (
    VALUES (issued_id, '1200', 'D', total, customer_id, invoice_id, is_billed),
           (issued_id, CASE WHEN period_start IS NULL THEN '4000' ELSE '2400' END, 'C', first_net, NULL, line_id,
            is_billed),
           (issued_id, '4000', 'C', net - first_net, NULL, second_id, is_billed),
           (issued_id, '2300', 'C', tax, NULL, rate_id, is_billed),
           (received_id, CASE way WHEN 'cash' THEN '1000' ELSE '1100' END, 'D', total, NULL, id, is_paid),
           (received_id, '2100', 'C', total, customer_id, id, is_paid),
           (settled_id, '2100', 'D', total, customer_id, id, is_paid AND is_billed),
           (settled_id, '1200', 'C', total, customer_id, invoice_id, is_paid AND is_billed),
           (noted_id, '4000', 'D', note_net, NULL, line_id, note_id IS NOT NULL),
           (noted_id, '2300', 'D', note_tax, NULL, rate_id, note_id IS NOT NULL),
           (noted_id, '2100', 'C', note_net + note_tax, customer_id, note_id, note_id IS NOT NULL)
) AS line (entry_id, account, side, amount, customer_id, object_id, is_there) WHERE is_there AND amount > 0
"""
# The same in each month that a line of a year touches, what is left in the last one; of months that are over.
_EARNED: Final = """
INSERT INTO invoices_revenuerun (id, month, begun_at, begun_by, finished_at)
SELECT gen_random_uuid(), month::date, month + interval '1 month', 'Bench', month + interval '1 month'
FROM generate_series(date_trunc('month', now() - interval '3652 days'), date_trunc('month', now()) - interval '1 day',
                     interval '1 month') AS month;
INSERT INTO invoices_earnedpart (run_id, line_id, currency, minor, base_minor, earned_until, is_last)
SELECT run.id, line.id, invoice.currency, part.minor, part.minor,
       least(line.period_end, (run.month + interval '1 month')::date), step = last
FROM invoices_invoiceline line JOIN invoices_invoice invoice ON invoice.id = line.invoice_id,
     LATERAL (SELECT CASE extract(day FROM line.period_start) WHEN 1 THEN 11 ELSE 12 END AS last) touched,
     generate_series(0, last) AS step,
     LATERAL (SELECT CASE WHEN step < last THEN line.net_minor / (last + 1)
        ELSE line.net_minor - line.net_minor / (last + 1) * last END AS minor) part,
     invoices_revenuerun run
WHERE line.period_start IS NOT NULL
  AND run.month = (date_trunc('month', line.period_start) + make_interval(months => step))::date;
CREATE UNLOGGED TABLE bench_slice AS
SELECT uuidv7() AS entry_id, run_id, currency, month, sum(minor) AS minor
FROM invoices_earnedpart part JOIN invoices_revenuerun run ON run.id = run_id GROUP BY 2, 3, 4;
INSERT INTO ledger_journalentry (id, rule, effective_date, recorded_at, subject_kind, subject_id, rate, rate_source)
SELECT entry_id, 'J03', (month + interval '1 month' - interval '1 day')::date, month + interval '1 month',
       'revenue_run', run_id, CASE WHEN currency <> 'EUR' THEN 1 END, '' FROM bench_slice;
INSERT INTO ledger_posting (entry_id, account, side, amount_minor, currency, base_minor)
SELECT entry_id, account, side, minor, currency, minor
FROM bench_slice, (VALUES ('2400', 'D'), ('4000', 'C')) AS line (account, side);
DROP TABLE bench_slice
"""
_WALLETS: Final = """
CREATE UNLOGGED TABLE bench_slice AS
SELECT gen_random_uuid() AS wallet_id, gen_random_uuid() AS lot_id, uuidv7() AS entry_id, id AS customer_id,
       5000 + n AS minor
FROM bench_customer WHERE n %% 5 = 0;
INSERT INTO wallets_wallet (id, customer_id, currency, debit_limit_minor, beyond_minor)
SELECT wallet_id, customer_id, 'EUR', 0, 0 FROM bench_slice;
INSERT INTO wallets_lot (id, wallet_id, kind, amount_minor, left_minor, source, opened_at)
SELECT lot_id, wallet_id, 'promotional', minor, minor, 'Welcome', now() FROM bench_slice;
INSERT INTO ledger_journalentry (id, rule, effective_date, recorded_at, subject_kind, subject_id, rate_source)
SELECT entry_id, 'J23', current_date, now(), 'lot', lot_id, '' FROM bench_slice;
INSERT INTO ledger_posting (entry_id, account, side, amount_minor, currency, base_minor, customer_id, object_id)
SELECT entry_id, account, side, minor, 'EUR', minor, line.customer_id, lot_id
FROM bench_slice, LATERAL (VALUES ('4900', 'D', NULL), ('2210', 'C', customer_id)) AS line (account, side, customer_id);
DROP TABLE bench_slice
"""
_BALANCES: Final = """
INSERT INTO ledger_customerbalance (customer_id, account, currency, balance_minor, base_minor)
SELECT customer_id, account, currency, sum(signed), sum(signed) FROM (
    SELECT *, CASE side WHEN 'D' THEN amount_minor ELSE -amount_minor END AS signed FROM ledger_posting
) AS posting WHERE customer_id IS NOT NULL GROUP BY 1, 2, 3;
INSERT INTO ledger_controlbalance (account, currency, balance_minor, base_minor)
SELECT account, currency, sum(signed), sum(signed) FROM (
    SELECT *, CASE side WHEN 'D' THEN amount_minor ELSE -amount_minor END AS signed FROM ledger_posting
) AS posting WHERE customer_id IS NULL GROUP BY 1, 2;
"""
_NUMBERS: Final = """
INSERT INTO foundation_numberseries (name, last)
SELECT series, count(*) FROM (
    SELECT 'invoice:' || split_part(number, '-', 2) AS series FROM invoices_invoice
    UNION ALL SELECT 'credit_note:' || split_part(number, '-', 2) FROM invoices_creditnote
    UNION ALL SELECT 'receipt:' || split_part(receipt_number, '-', 2) FROM payments_payment
    WHERE receipt_number IS NOT NULL
    UNION ALL SELECT 'customer' FROM customers_customer
) AS numbered GROUP BY 1 ON CONFLICT (name) DO UPDATE SET last = excluded.last
"""
_UNIDENTIFIED: Final = "DROP FUNCTION bench_id(timestamptz, bigint, integer)"


def load(size: Size) -> None:
    """This function will fill an empty installation, and leave it vacuumed and analysed; nothing of it is folded."""
    fill(
        size,
        slices=[_ROWS, _INVOICES, _PAYMENTS, _BOOKS],
        tables=[
            "payments_payment",
            "invoices_invoice",
            "invoices_creditnote",
            "invoices_creditnoteline",
            "allocations_allocation",
            "ledger_journalentry",
            "ledger_posting",
        ],
        before=[_UNCOUNTED, _RATES, _GROUPS, _IDS],
        after=[_EARNED, _WALLETS, _BALANCES, _NUMBERS, _UNIDENTIFIED],
    )
