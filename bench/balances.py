"""The balance of one customer, as their postings grow from ten to a million: it should cost the same."""

import json
import statistics
import time
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from bench.ground import query
from bench.load import settle_down

SIZES = (10, 1_000, 100_000, 1_000_000)
REPETITIONS = 300

# Every entry moves one unit of the customer's credit against their receivables: two postings that name the customer.
_GROW = """
WITH entry AS (
    INSERT INTO ledger_journalentry (id, rule, effective_date, recorded_at, subject_kind, subject_id, rate_source)
    SELECT uuidv7(), 'J08', current_date, now(), 'allocation', uuidv7(), '' FROM generate_series(1, %(entries)s)
    RETURNING id, subject_id
), posting AS (
    INSERT INTO ledger_posting (entry_id, account, side, amount_minor, currency, base_minor, customer_id, object_id)
    SELECT id, account, side, 1, 'EUR', 1, %(customer)s, subject_id
    FROM entry CROSS JOIN (VALUES ('2100', 'D'), ('1200', 'C')) AS line (account, side)
)
INSERT INTO ledger_customerbalance AS balance (customer_id, account, currency, balance_minor, base_minor)
VALUES (%(customer)s, '2100', 'EUR', %(entries)s, %(entries)s),
       (%(customer)s, '1200', 'EUR', -%(entries)s, -%(entries)s)
ON CONFLICT (customer_id, account, currency) DO UPDATE
SET balance_minor = balance.balance_minor + excluded.balance_minor,
    base_minor = balance.base_minor + excluded.base_minor
"""
_READ = "SELECT currency, account, balance_minor FROM ledger_customerbalance WHERE customer_id = %s"


@dataclass(frozen=True)
class Balance:
    """What one read of the balance costs with so many postings."""

    postings: int
    median_ms: float
    buffers: int


def measure() -> list[Balance]:
    """This function will let one customer's postings grow and return what a read of the balance costs at each size."""
    from tallystick.ledger.queries import standings

    ((customer,),) = query("SELECT id FROM customers_customer ORDER BY number DESC LIMIT 1")
    query("DELETE FROM ledger_customerbalance WHERE customer_id = %s", [customer])
    found: list[Balance] = []
    for size in SIZES:
        _grow(customer, size - (found[-1].postings if found else 0))
        waits: list[float] = []
        for _ in range(REPETITIONS):
            began = time.perf_counter()
            (standing,) = standings(customer)
            waits.append(time.perf_counter() - began)
        assert standing.owes_minor == -size // 2
        found.append(Balance(size, statistics.median(waits) * 1000, _buffers(customer)))
    return found


def _grow(customer: UUID, postings: int) -> None:
    with transaction.atomic():
        query("SET LOCAL session_replication_role = replica")
        query(_GROW, {"customer": customer, "entries": postings // 2})
    settle_down()


def _buffers(customer: UUID) -> int:
    ((plan,),) = query(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {_READ}", [customer])
    top = (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]
    read: int = top["Shared Hit Blocks"] + top["Shared Read Blocks"]
    return read
