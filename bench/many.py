"""Loading very many payments for the lists: expected ones with their invoices, receipts, refunds, vouchers, purchases.

There are no books: nothing here is posted, and what is measured reads none. Dates spread over ten years; amounts, kinds
and states are drawn so that each list has both its common and its rare things. The triggers are off meanwhile, and the
rows come in slices, so that no statement holds all of them.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

import click
from django.db import connection, transaction

from bench.ground import query
from bench.load import settle_down
from tallystick.foundation.clock import now
from tallystick.usecases.frame import SYSTEM
from tallystick.usecases.set_up import set_exchange_rate

SLICE: Final = 250_000
# One customer with a hundredth of all payments, and one with ten.
LARGE, SMALL = "C-LARGE", "C-SMALL"

_CUSTOMERS = """
INSERT INTO customers_customer (id, kind, name, number, currency, time_zone, language, tax_id, terms_days,
    address_lines, postal_code, city, region, country, applies_credit, completes_own_transfers, note, created_at)
SELECT gen_random_uuid(), 'business',
    (ARRAY['Nord', 'Süd', 'Ost', 'West', 'Alpha', 'Beta', 'Gamma', 'Delta'])[1 + n %% 8] || ' ' || md5(n::text) || ' '
        || (ARRAY['Ltd', 'GmbH', 'SA', 'KK'])[1 + n %% 4],
    CASE n WHEN 1 THEN %(large)s WHEN 2 THEN %(small)s ELSE 'C-' || lpad(n::text, 7, '0') END, 'EUR', '', 'en', '', 30,
    '', '', '', '', 'DE', true, false, '', timestamptz '2016-01-01' + n * interval '1 second'
FROM generate_series(1, %(customers)s) AS n
"""

_PLACES = """
CREATE UNLOGGED TABLE bench_customer AS
SELECT id, CASE number WHEN %(large)s THEN 1 WHEN %(small)s THEN 2 ELSE 2 + row_number() OVER (ORDER BY number) END AS n
FROM customers_customer;
CREATE UNIQUE INDEX ON bench_customer (n);
ANALYZE bench_customer
"""

# What is drawn for a payment, below `of`: for each purpose by itself, or rare things would go with rare things.
_DRAW = """
CREATE FUNCTION bench_draw(n bigint, purpose bigint, of bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (hashint8extended(n, purpose) & 4611686018427387903) %% of
"""

_UNDRAWN = "DROP FUNCTION bench_draw(bigint, bigint, bigint)"

# Of a hundred payments: 60 expected ones, 30 receipts, 6 purchases, 3 refunds (of the payment before), 1 voucher.
_ROWS = """
CREATE UNLOGGED TABLE bench_slice AS
SELECT drawn.n, gen_random_uuid() AS id, gen_random_uuid() AS invoice_id, customer.id AS customer_id, kind, total,
    CASE WHEN drawn.currency = 0 THEN 'KWD' WHEN drawn.currency <= 100 THEN 'JPY' WHEN drawn.currency <= 400 THEN 'USD'
         ELSE 'EUR' END AS currency,
    CASE WHEN kind IN ('charge', 'voucher') THEN 'completed'
         WHEN at > now() - interval '40 days' AND kind <> 'refund' THEN
            (ARRAY['pending', 'pending', 'pending', 'completed', 'processing'])[1 + drawn.status %% 5]
         WHEN drawn.status < 5 THEN 'failed' WHEN drawn.status < 30 THEN 'cancelled' ELSE 'completed' END AS status,
    (ARRAY['bank_transfer', 'bank_transfer', 'gateway', 'gateway', 'direct_debit', 'cash'])
        [1 + bench_draw(drawn.n, 3, 6)] AS way, at
FROM (
    SELECT n, now() - (%(all)s - n) * (interval '3652 days' / %(all)s) AS at,
        100 + bench_draw(n, 4, 900000) AS total, bench_draw(n, 1, 1000) AS currency, bench_draw(n, 2, 1000) AS status,
        CASE WHEN n %% 100 < 60 THEN 'scheduled' WHEN n %% 100 < 90 THEN 'receipt' WHEN n %% 100 < 96 THEN 'charge'
             WHEN n %% 100 < 99 THEN 'refund' ELSE 'voucher' END AS kind
    FROM generate_series(%(first)s, %(last)s) AS n
) AS drawn
LEFT JOIN bench_customer AS customer ON customer.n = CASE
    WHEN drawn.n <= 10 THEN 2 WHEN bench_draw(drawn.n, 5, 100) = 17 THEN 1
    WHEN drawn.kind = 'receipt' AND bench_draw(drawn.n, 6, 5000) = 61 THEN NULL
    ELSE 3 + bench_draw(drawn.n, 7, %(customers)s - 2) END
"""

_INVOICES = """
INSERT INTO invoices_invoice (id, state, number, customer_id, currency, prices_include_tax, title, remark, invoice_date,
    due_date, issued_at, created_at, seller, buyer, net_minor, tax_minor, total_minor, allocated_minor, credited_minor,
    written_off_minor, difference_minor, wallet_minor, credit_noted_minor)
SELECT invoice_id, 'issued', 'INV-' || to_char(at, 'YYYY') || '-' || lpad(n::text, 8, '0'), customer_id, currency,
    false, '', '', at::date, at::date + 30, at, at, '{}', '{}', total, 0, total,
    CASE WHEN status = 'completed' THEN total ELSE 0 END, 0, 0, 0, 0, 0
FROM bench_slice WHERE kind = 'scheduled'
"""

_PAYMENTS = """
INSERT INTO payments_payment (id, kind, status, customer_id, total_minor, currency, description, private_text, remark,
    customer_note, method, reference, invoice_text, invoice_id, due_date, received_date, created_at, completed_at,
    receipt_number, mails_confirmation, cancel_reason, failure_code, assignment_edits, allocated_minor,
    difference_minor, refunded_minor, refund_reserved_minor, lost_minor, refund_of_id)
SELECT id, kind, status, customer_id, total, currency,
    CASE kind WHEN 'scheduled' THEN 'INV-' || to_char(at, 'YYYY') || '-' || lpad(n::text, 8, '0')
              WHEN 'charge' THEN 'Calls of ' || to_char(at, 'Month') ELSE 'Transfer of customer ' || n %% 5000 END,
    CASE WHEN bench_draw(n, 9, 50) = 0 THEN 'called about it' ELSE '' END, '', '',
    CASE WHEN kind = 'charge' OR status = 'pending' AND kind = 'scheduled' THEN '' ELSE way END,
    CASE WHEN kind = 'receipt' THEN 'RF' || lpad((n * 31 %% 100000007)::text, 9, '0') ELSE '' END, '',
    CASE WHEN kind = 'scheduled' THEN invoice_id END, CASE WHEN kind = 'scheduled' THEN at::date + 30 END,
    CASE WHEN status = 'completed' THEN at::date - (n %% 4)::int END, at, CASE WHEN status = 'completed' THEN at END,
    CASE WHEN status = 'completed' AND kind IN ('scheduled', 'receipt') THEN 'R-' || lpad(n::text, 8, '0') END, false,
    CASE WHEN status = 'cancelled' THEN 'cancelled' ELSE '' END,
    CASE WHEN status = 'failed' THEN 'declined' ELSE '' END, 0,
    CASE WHEN status = 'completed' AND kind IN ('scheduled', 'receipt') AND bench_draw(n, 8, 60) <> 1
        AND customer_id IS NOT NULL THEN total ELSE 0 END, 0, 0, 0, 0, CASE WHEN kind = 'refund' THEN id END
FROM bench_slice
"""


@dataclass(frozen=True)
class Size:
    """How many payments there are, and of how many customers."""

    payments: int
    customers: int


def load(size: Size) -> None:
    """This function will fill an empty installation, and leave it vacuumed and analysed."""
    fill(size, slices=[_ROWS, _INVOICES, _PAYMENTS], tables=["payments_payment", "invoices_invoice"])


def fill(
    size: Size, *, slices: Sequence[str], tables: Sequence[str], before: Sequence[str] = (), after: Sequence[str] = ()
) -> None:
    """This function will fill an empty installation with customers, and then slice by slice with what `slices` say.

    The first of those makes the rows of a slice as `bench_slice`. Indexes of `tables` are built when the rows are
    there; `before` and `after` are run once.
    """
    numbers = {"customers": size.customers, "all": size.payments, "large": LARGE, "small": SMALL}
    with transaction.atomic():
        query("SET LOCAL session_replication_role = replica")
        for statement in (_CUSTOMERS, _PLACES, _DRAW, *before):
            query(statement, numbers)
    for currency in ("USD", "JPY", "KWD"):
        set_exchange_rate(
            actor=SYSTEM, at=now(), currency=currency, valid_from=date(2016, 1, 1), rate=Decimal(1), source="Bench"
        )
    dropped = _without_indexes(tables)
    for first in range(1, size.payments + 1, SLICE):
        began = time.monotonic()
        last = min(first + SLICE - 1, size.payments)
        with transaction.atomic():
            query("SET LOCAL session_replication_role = replica")
            for statement in slices:
                query(statement, {**numbers, "first": first, "last": last})
            query("DROP TABLE bench_slice")
        click.echo(f"  {last:,} payments ({time.monotonic() - began:.0f} s)")
    for definition in dropped:
        began = time.monotonic()
        query(definition.replace("%", "%%"))
        click.echo(f"  {definition.split(' ON ')[0]} ({time.monotonic() - began:.0f} s)")
    with transaction.atomic():
        query("SET LOCAL session_replication_role = replica")
        for statement in (*after, _UNDRAWN):
            query(statement, numbers)
    settle_down()


def add_to(customer_id: UUID, statuses: Sequence[str]) -> list[tuple[UUID, UUID]]:
    """This function will add invoices of today to a customer, each with its expected payment in a status, and return
    the ids of both.
    """
    with transaction.atomic():
        query("SET LOCAL session_replication_role = replica")
        query(_DRAW)
        query(
            # Numbers that no loaded row has.
            "CREATE UNLOGGED TABLE bench_slice AS SELECT (SELECT count(*) FROM invoices_invoice) * 10 + place AS n, "
            "gen_random_uuid() AS id, gen_random_uuid() AS invoice_id, %s::uuid AS customer_id, 'scheduled' AS kind, "
            "6085::bigint AS total, 'EUR' AS currency, status, 'gateway' AS way, now() AS at "
            "FROM unnest(%s::text[]) WITH ORDINALITY AS added (status, place)",
            [customer_id, list(statuses)],
        )
        query(_INVOICES)
        query(_PAYMENTS)
        added = query("SELECT invoice_id, id FROM bench_slice ORDER BY n")
        query("DROP TABLE bench_slice")
        query(_UNDRAWN)
    return [(invoice_id, payment_id) for invoice_id, payment_id in added]


def sizes() -> list[tuple[str, int]]:
    """This function will return how many bytes the table of payments has, and each of its indexes."""
    return [
        (str(name), int(size))
        for name, size in query(
            "SELECT relname, pg_relation_size(oid) FROM pg_class WHERE oid = 'payments_payment'::regclass UNION ALL "
            "SELECT indexrelid::regclass::text, pg_relation_size(indexrelid) FROM pg_index "
            "WHERE indrelid = 'payments_payment'::regclass ORDER BY 2 DESC"
        )
    ]


def _without_indexes(tables: Sequence[str]) -> list[str]:
    """Drop what is quicker to build when the rows are there, and return how."""
    rows = query(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
        "WHERE indrelid = ANY(%s::regclass[]) AND NOT indisunique",
        [list(tables)],
    )
    for name, _ in rows:
        query(f"DROP INDEX {name}")
    connection.ensure_connection()
    return [str(definition) for _, definition in rows]
