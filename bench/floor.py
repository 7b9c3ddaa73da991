"""The floor: everything that one `POST /api/v1/payments` writes, as one hand-written statement that pgbench repeats.

Same server, same tables, same indexes, same triggers; no HTTP, no key to check, no input to parse, nothing refused
with a sentence, and every id is known beforehand.
"""

import os
import re
import statistics
import subprocess
import tempfile
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from bench.wrk import Figures

_STATEMENT = """
WITH turn AS MATERIALIZED (
    SELECT nextval('bench_turn') + {first} AS n
), meant AS MATERIALIZED (
    SELECT invoice_id, customer_id, payment_id, gen_random_uuid()::text AS key, uuidv7() AS allocation_id,
           uuidv7() AS received_id, uuidv7() AS settled_id, now() AS at, current_date AS day
    FROM bench_row JOIN turn USING (n)
), number AS (
    INSERT INTO foundation_numberseries AS series (name, last)
    SELECT 'receipt:' || to_char(day, 'YYYY'), 1 FROM meant
    ON CONFLICT (name) DO UPDATE SET last = series.last + excluded.last RETURNING last
), paid AS (
    UPDATE payments_payment AS payment
    SET status = 'completed', method = 'bank_transfer', reference = 'Bench', received_date = day, completed_at = at,
        receipt_number = 'R-' || to_char(day, 'YYYY') || '-' || lpad(last::text, 5, '0'), allocated_minor = {total}
    FROM meant, number WHERE payment.id = meant.payment_id AND payment.status = 'pending'
    RETURNING meant.*, payment.receipt_number, payment.description, payment.due_date, payment.created_at
), settled AS (
    UPDATE invoices_invoice AS invoice SET allocated_minor = allocated_minor + {total}
    FROM paid WHERE invoice.id = paid.invoice_id AND state = 'issued' RETURNING invoice.id
), entry AS (
    INSERT INTO ledger_journalentry (id, rule, effective_date, recorded_at, subject_kind, subject_id, rate_source)
    SELECT received_id, 'J04', day, at, 'payment', payment_id, '' FROM paid
    UNION ALL SELECT settled_id, 'J08', day, at, 'allocation', allocation_id, '' FROM paid
), line AS MATERIALIZED (
    SELECT draft.* FROM paid, LATERAL (
        VALUES (received_id, '1100', 'D', NULL, payment_id), (received_id, '2100', 'C', customer_id, payment_id),
               (settled_id, '2100', 'D', customer_id, payment_id), (settled_id, '1200', 'C', customer_id, invoice_id)
    ) AS draft (entry_id, account, side, customer_id, object_id)
), posting AS (
    INSERT INTO ledger_posting (entry_id, account, side, amount_minor, currency, base_minor, customer_id, object_id)
    SELECT entry_id, account, side, {total}, 'EUR', {total}, customer_id, object_id FROM line
), balance AS (
    INSERT INTO ledger_customerbalance AS balance (customer_id, account, currency, balance_minor, base_minor)
    SELECT customer_id, account, 'EUR', sum(signed), sum(signed)
    FROM (SELECT *, CASE side WHEN 'D' THEN {total} ELSE -{total} END AS signed FROM line) AS line
    WHERE customer_id IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (customer_id, account, currency) DO UPDATE
    SET balance_minor = balance.balance_minor + excluded.balance_minor,
        base_minor = balance.base_minor + excluded.base_minor
), delta AS (
    INSERT INTO ledger_balancedelta (account, currency, balance_minor, base_minor)
    SELECT account, 'EUR', {total}, {total} FROM line WHERE customer_id IS NULL
), allocated AS (
    INSERT INTO allocations_allocation (id, payment_id, invoice_id, customer_id, amount_minor, currency, entry_id,
        allocated_at)
    SELECT allocation_id, payment_id, invoice_id, customer_id, {total}, 'EUR', settled_id, at
    FROM paid JOIN settled ON settled.id = paid.invoice_id RETURNING id
), event AS (
    INSERT INTO payments_paymentevent (payment_id, at, event, from_status, to_status, actor_label, detail)
    SELECT payment_id, at, 'complete', 'pending', 'completed', 'Bench',
           jsonb_build_object('receipt_number', receipt_number, 'received_date', day)
    FROM paid
), told AS MATERIALIZED (
    SELECT *, jsonb_build_object(
        'id', 'pay_' || replace(payment_id::text, '-', ''), 'kind', 'scheduled', 'status', 'completed',
        'customer', 'cus_' || replace(customer_id::text, '-', ''), 'total_minor', {total}, 'currency', 'EUR',
        'description', description, 'note', '', 'method', 'bank_transfer', 'reference', 'Bench',
        'invoice', 'inv_' || replace(invoice_id::text, '-', ''), 'refund_of', null, 'replaces', null,
        'receipt_number', receipt_number, 'due_date', due_date, 'received_date', day, 'created_at', created_at,
        'completed_at', at, 'reversed', false, 'failure_code', '', 'cancel_reason', '', 'allocated_minor', {total},
        'refunded_minor', 0, 'unallocated_minor', 0, 'attempts', '[]'::jsonb, 'allocations', jsonb_build_array(
            jsonb_build_object(
                'id', 'alc_' || replace(allocation_id::text, '-', ''), 'credit_note', null,
                'payment', 'pay_' || replace(payment_id::text, '-', ''), 'currency', 'EUR', 'amount_minor', {total},
                'invoice', 'inv_' || replace(invoice_id::text, '-', ''), 'allocated_at', at, 'released_at', null
            ))) AS answer
    FROM paid
), audited AS (
    INSERT INTO foundation_auditentry (at, actor_kind, actor_id, actor_label, action, object_kind, object_id, after)
    SELECT at, 'api_key', 'bench', 'Bench', 'record_payment', 'payment', payment_id, answer FROM told
), remembered AS (
    INSERT INTO foundation_idempotencyrecord (principal, key, request_sha256, answer, created_at)
    SELECT 'bench', key, sha256(key::bytea), answer, at FROM told
    ON CONFLICT (principal, key) DO NOTHING
)
-- What cannot be paid fails, as it does behind the API.
SELECT 1 / count(*) FROM allocated;
"""


def statement(*, first: int, total: int) -> str:
    """This function will return the statement; its first open invoice stands behind row `first` of the plan."""
    return _STATEMENT.format(first=first, total=total)


def drive(conninfo: str, text: str, *, clients: int, seconds: int) -> Figures:
    """This function will repeat the statement with so many clients, each on its own connection, prepared once."""
    from tallystick.foundation.database.account import server_account
    from tallystick.foundation.database.binaries import programs

    home = Path(os.environ["TALLYSTICK_HOME"])
    account = server_account(home, next((home / "postgres").glob("[0-9]*")))
    pgbench = programs(account, home / "postgres") / "pgbench"
    parts = conninfo_to_dict(conninfo)
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "floor.sql")
        script.write_text(" ".join(line for line in text.splitlines() if not line.startswith("--")))
        command = [str(pgbench), "--no-vacuum", "--protocol=prepared", f"--file={script}", f"--client={clients}"]
        command += [f"--jobs={min(clients, 2)}", f"--time={seconds}", "--log", f"--log-prefix={folder}/log"]
        command += [f"--host={parts['host']}", f"--username={parts['user']}", str(parts["dbname"])]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"pgbench: {done.stderr[-2000:]}")
        waits = [int(line.split()[2]) for log in Path(folder).glob("log.*") for line in log.read_text().splitlines()]
    found = re.search(r"tps = ([0-9.]+)", done.stdout)
    assert found is not None, done.stdout
    if failed := re.search(r"number of failed transactions: ([1-9]\d*)", done.stdout):
        raise RuntimeError(failed[0])
    cuts = statistics.quantiles(waits, n=100)
    return Figures(per_second=float(found[1]), median_ms=cuts[49] / 1000, p99_ms=cuts[98] / 1000, requests=len(waits))
