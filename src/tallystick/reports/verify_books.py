"""Whether all books agree: everything is recomputed from the postings and compared with what the rooms say.

The list is "Always true" at the end of `docs/chart-of-accounts.md`, with the running balances and counters beside it.
"""

from dataclasses import dataclass
from typing import Final

from django.db import connection

from tallystick.foundation.transactions import transaction


@dataclass(frozen=True)
class Check:
    """One statement about the books, how many things it was checked on, and those for which it does not hold."""

    statement: str
    counted: int
    failures: tuple[str, ...]


@dataclass(frozen=True)
class BooksReport:
    """All checks of one moment."""

    checks: tuple[Check, ...]

    @property
    def failures(self) -> list[str]:
        """Every failure as a sentence."""
        return [f"{check.statement}: {failure}" for check in self.checks for failure in check.failures]


_SIGNED: Final = "CASE side WHEN 'D' THEN amount_minor ELSE -amount_minor END"
_SIGNED_BASE: Final = "CASE side WHEN 'D' THEN base_minor ELSE -base_minor END"

# Each query returns (object, expected, found) for everything it checks; a row whose two values differ is a failure.
_CHECKS: Final[tuple[tuple[str, str], ...]] = (
    (
        "1. Each entry has debits equal to credits in each currency",
        f"SELECT entry_id || ' ' || currency, 0, sum({_SIGNED}) FROM ledger_posting GROUP BY entry_id, currency",
    ),
    (
        "1. Each entry has debits equal to credits in base currency, and is not empty",
        "SELECT entry.id::text, 0, CASE WHEN count(posting.id) = 0 THEN 1 ELSE "
        f"sum({_SIGNED_BASE}) END FROM ledger_journalentry entry "
        "LEFT JOIN ledger_posting posting ON posting.entry_id = entry.id GROUP BY entry.id",
    ),
    (
        "2. Account 1900 is 0 in base currency in every entry",
        f"SELECT entry_id::text, 0, sum({_SIGNED_BASE}) FROM ledger_posting WHERE account = '1900' GROUP BY entry_id",
    ),
    (
        "3. Receivables of each invoice equal what is open of it",
        "SELECT coalesce(invoice.number, invoice.id::text), "
        "CASE invoice.state WHEN 'issued' THEN invoice.open_minor ELSE 0 END, coalesce(held.minor, 0) "
        "FROM invoices_invoice invoice FULL JOIN "
        f"(SELECT object_id, sum({_SIGNED}) AS minor FROM ledger_posting WHERE account = '1200' GROUP BY 1) held "
        "ON held.object_id = invoice.id",
    ),
    (
        "4. Customer credit of each payment equals what is unallocated of it",
        "SELECT coalesce(payment.id, held.object_id)::text, "
        "CASE WHEN payment.status = 'completed' AND payment.customer_id IS NOT NULL AND payment.reversed_at IS NULL "
        "AND payment.kind IN ('scheduled', 'receipt', 'voucher') THEN payment.unallocated_minor ELSE 0 END, "
        "coalesce(held.minor, 0) FROM payments_payment payment LEFT JOIN "
        f"(SELECT object_id, -sum({_SIGNED}) AS minor FROM ledger_posting WHERE account = '2100' GROUP BY 1) held "
        "ON held.object_id = payment.id",
    ),
    (
        "4. Customer credit of each credit note equals what is left on it",
        "SELECT note.number, note.total_minor - note.allocated_minor - note.refunded_minor, coalesce(held.minor, 0) "
        "FROM invoices_creditnote note LEFT JOIN "
        f"(SELECT object_id, -sum({_SIGNED}) AS minor FROM ledger_posting WHERE account = '2100' GROUP BY 1) held "
        "ON held.object_id = note.id",
    ),
    (
        "5. Promotional wallets are never below 0",
        f"SELECT object_id::text, 0, least(0, -sum({_SIGNED})) FROM ledger_posting WHERE account = '2210' "
        "GROUP BY object_id",
    ),
    (
        "6. Suspense of each payment equals its completed money without a customer",
        "SELECT coalesce(payment.id, held.object_id)::text, "
        "CASE WHEN payment.status = 'completed' AND payment.customer_id IS NULL AND payment.reversed_at IS NULL "
        "AND payment.kind = 'receipt' THEN payment.unallocated_minor ELSE 0 END, coalesce(held.minor, 0) "
        "FROM payments_payment payment FULL JOIN "
        f"(SELECT object_id, -sum({_SIGNED}) AS minor FROM ledger_posting WHERE account = '2000' GROUP BY 1) held "
        "ON held.object_id = payment.id",
    ),
    (
        "7. Disputed funds equal the open disputes (there are none yet)",
        f"SELECT object_id::text, 0, sum({_SIGNED}) FROM ledger_posting WHERE account = '1130' GROUP BY object_id",
    ),
    (
        "8. Output tax of each rate and currency equals the tax of issued documents",
        "SELECT coalesce(documents.rate, held.object_id) || ' ' || coalesce(documents.currency, held.currency), "
        "coalesce(documents.minor, 0), coalesce(held.minor, 0) FROM (SELECT rate, currency, sum(minor) AS minor FROM ("
        "SELECT line.tax_rate_id AS rate, invoice.currency, line.tax_minor AS minor FROM invoices_invoiceline line "
        "JOIN invoices_invoice invoice ON invoice.id = line.invoice_id WHERE invoice.state = 'issued' UNION ALL "
        "SELECT line.tax_rate_id, note.currency, -part.tax_minor FROM invoices_creditnoteline part "
        "JOIN invoices_creditnote note ON note.id = part.credit_note_id "
        "JOIN invoices_invoiceline line ON line.id = part.invoice_line_id) each GROUP BY 1, 2) documents FULL JOIN "
        f"(SELECT object_id, currency, -sum({_SIGNED}) AS minor FROM ledger_posting WHERE account = '2300' "
        "GROUP BY 1, 2) held ON held.object_id = documents.rate AND held.currency = documents.currency",
    ),
    (
        "9. Deferred revenue of each line is between 0 and its net amount",
        "SELECT object_id::text, 0, CASE WHEN held.minor * sign(line.net_minor) BETWEEN 0 AND abs(line.net_minor) "
        f"THEN 0 ELSE held.minor END FROM (SELECT object_id, -sum({_SIGNED}) AS minor FROM ledger_posting "
        "WHERE account = '2400' GROUP BY 1) held JOIN invoices_invoiceline line ON line.id = held.object_id",
    ),
    (
        "10. Gateway clearing of each account equals what came through it, less refunds and fees",
        "SELECT coalesce(ours.account_id, held.object_id) || ' ' || coalesce(ours.currency, held.currency), "
        "coalesce(ours.minor, 0), coalesce(held.minor, 0) FROM (SELECT account_id, currency, sum(minor) AS minor FROM ("
        "SELECT account_id, currency, CASE kind WHEN 'refund' THEN -total_minor ELSE total_minor END AS minor "
        "FROM payments_payment WHERE status = 'completed' AND method = 'gateway' AND reversed_at IS NULL UNION ALL "
        "SELECT account_id, currency, -amount_minor FROM payments_gatewayfee) each GROUP BY 1, 2) ours FULL JOIN "
        f"(SELECT object_id, currency, sum({_SIGNED}) AS minor FROM ledger_posting WHERE account = '1120' "
        "GROUP BY 1, 2) held ON held.object_id = ours.account_id AND held.currency = ours.currency",
    ),
    (
        "The running balance of each customer equals its postings",
        "SELECT coalesce(kept.customer_id, held.customer_id) || ' ' || coalesce(kept.account, held.account), "
        "coalesce(held.minor, 0), coalesce(kept.balance_minor, 0) FROM ledger_customerbalance kept FULL JOIN "
        f"(SELECT customer_id, account, currency, sum({_SIGNED}) AS minor FROM ledger_posting "
        "WHERE customer_id IS NOT NULL GROUP BY 1, 2, 3) held ON held.customer_id = kept.customer_id "
        "AND held.account = kept.account AND held.currency = kept.currency",
    ),
    (
        "The running balance of each control account equals its postings, in base currency too",
        "SELECT coalesce(kept.account, held.account) || ' ' || coalesce(kept.currency, held.currency), "
        "coalesce(held.minor, 0) * 1000003 + coalesce(held.base, 0), "
        "coalesce(kept.minor, 0) * 1000003 + coalesce(kept.base, 0) FROM (SELECT account, currency, "
        "sum(balance_minor) AS minor, sum(base_minor) AS base FROM (SELECT account, currency, balance_minor, base_minor "
        "FROM ledger_controlbalance UNION ALL SELECT account, currency, balance_minor, base_minor "
        "FROM ledger_balancedelta) each GROUP BY 1, 2) kept FULL JOIN (SELECT account, currency, "
        f"sum({_SIGNED}) AS minor, sum({_SIGNED_BASE}) AS base FROM ledger_posting WHERE customer_id IS NULL "
        "GROUP BY 1, 2) held ON held.account = kept.account AND held.currency = kept.currency",
    ),
    (
        "What is allocated of each payment equals its allocations",
        "SELECT payment.id::text, coalesce(sum(part.amount_minor), 0), payment.allocated_minor "
        "FROM payments_payment payment LEFT JOIN allocations_allocation part "
        "ON part.payment_id = payment.id AND part.released_at IS NULL GROUP BY payment.id",
    ),
    (
        "What settled each invoice equals its allocations and small differences",
        "SELECT invoice.id::text, coalesce(parts.minor, 0) + coalesce(differences.minor, 0), "
        "invoice.allocated_minor + invoice.credited_minor + invoice.difference_minor FROM invoices_invoice invoice "
        "LEFT JOIN (SELECT invoice_id, sum(amount_minor) AS minor FROM allocations_allocation "
        "WHERE released_at IS NULL GROUP BY 1) parts ON parts.invoice_id = invoice.id "
        "LEFT JOIN (SELECT invoice_id, sum(amount_minor) AS minor FROM allocations_smalldifference GROUP BY 1) "
        "differences ON differences.invoice_id = invoice.id",
    ),
    (
        "What is refunded and reserved of each payment equals its refunds",
        "SELECT payment.id::text, coalesce(sum(refund.total_minor) FILTER (WHERE refund.status IN "
        "('pending', 'processing') OR refund.status = 'completed' AND refund.reversed_at IS NULL), 0), "
        "payment.refunded_minor + payment.refund_reserved_minor FROM payments_payment payment "
        "LEFT JOIN payments_payment refund ON refund.refund_of_id = payment.id GROUP BY payment.id",
    ),
    (
        "Each open invoice has exactly one live expected payment, for what is open; no other invoice has one",
        "SELECT coalesce(invoice.number, invoice.id::text), "
        "CASE invoice.state WHEN 'issued' THEN invoice.open_minor ELSE 0 END, coalesce(live.total_minor, 0) "
        "FROM invoices_invoice invoice LEFT JOIN payments_payment live ON live.invoice_id = invoice.id "
        "AND live.kind = 'scheduled' AND live.status IN ('pending', 'processing', 'failed') "
        # A payment that is being processed keeps its total until the gateway has spoken.
        "WHERE live.status IS DISTINCT FROM 'processing'",
    ),
    (
        "Numbers have no gap in any series",
        "SELECT series.name, series.last, count(document.number) FROM foundation_numberseries series LEFT JOIN ("
        "SELECT 'invoice:' || split_part(number, '-', 2) AS series, number FROM invoices_invoice "
        "WHERE number IS NOT NULL UNION ALL SELECT 'credit_note:' || split_part(number, '-', 2), number "
        "FROM invoices_creditnote UNION ALL SELECT 'receipt:' || split_part(receipt_number, '-', 2), receipt_number "
        "FROM payments_payment WHERE receipt_number IS NOT NULL UNION ALL SELECT 'customer', number "
        "FROM customers_customer) document ON document.series = series.name GROUP BY series.name, series.last",
    ),
)

_SHOWN: Final = 20


def verify_books() -> BooksReport:
    """This function will recompute everything from the postings, in one snapshot, and say what it checked."""
    owns_transaction = not connection.in_atomic_block
    with transaction(), connection.cursor() as cursor:
        if owns_transaction:
            # All checks must see the same moment, while payments go on.
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        checks = []
        for statement, query in _CHECKS:
            cursor.execute(
                f"WITH checked (name, expected, found) AS ({query}) SELECT name, expected, found, "  # noqa: S608
                "(SELECT count(*) FROM checked) FROM (SELECT NULL) AS always LEFT JOIN checked "
                f"ON expected IS DISTINCT FROM found LIMIT {_SHOWN}"
            )
            rows = cursor.fetchall()
            failures = tuple(f"{name}: expected {expected}, found {found}" for name, expected, found, _ in rows if name)
            checks.append(Check(statement, rows[0][3], failures))
    return BooksReport(tuple(checks))
