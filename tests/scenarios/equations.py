"""What must be true of all rows after any acts: an equation each, told by the rows themselves (model 15)."""

from typing import Any

from django.db import connection

# Each query names what is not as it must be; the sums come from the rows themselves, never from a counter.
_ALLOCATED = "SELECT sum(amount_minor) FROM allocations_allocation WHERE released_at IS NULL AND "
_GIVEN_UP = (
    "SELECT sum(CASE kind WHEN 'write_off' THEN amount_minor ELSE -amount_minor END) FROM invoices_writeoff WHERE "
)
_WRITTEN = "SELECT sum(amount_minor) FROM allocations_smalldifference WHERE "
_MUST_BE_EMPTY = {
    "total = allocated + small differences + refunded + lost + unallocated": f"""
        SELECT * FROM (
            SELECT payment.id, payment.total_minor, payment.unallocated_minor,
                coalesce(({_ALLOCATED} payment_id = payment.id), 0) AS allocated,
                coalesce(({_WRITTEN} payment_id = payment.id), 0) AS differences,
                coalesce((SELECT sum(total_minor) FROM payments_payment refund WHERE refund_of_id = payment.id
                    AND status IN ('pending', 'processing', 'completed') AND reversed_at IS NULL), 0) AS refunded,
                coalesce((SELECT sum(taken_minor) FROM payments_dispute WHERE payment_id = payment.id), 0) AS lost
            FROM payments_payment payment
        ) told
        WHERE total_minor <> allocated + differences + refunded + lost + unallocated_minor
            OR least(allocated, differences, refunded, lost, unallocated_minor) < 0
    """,
    "what is open of an invoice = total - what settled it, and never below 0": f"""
        SELECT * FROM (
            SELECT invoice.id, total_minor, open_minor, coalesce((SELECT sum(amount_minor) FROM wallets_walletdraw
                WHERE invoice_id = invoice.id AND taken_back_at IS NULL), 0) AS drawn,
                coalesce(({_ALLOCATED} invoice_id = invoice.id), 0)
                    + coalesce(({_WRITTEN} invoice_id = invoice.id), 0)
                    + coalesce(({_GIVEN_UP} invoice_id = invoice.id), 0) AS settled
            FROM invoices_invoice invoice
        ) told
        WHERE open_minor <> total_minor - settled - drawn OR open_minor < 0
    """,
    "one live expected payment, for what is open, while an issued invoice is open; none otherwise": """
        SELECT invoice.id, invoice.state, invoice.open_minor, count(live.id), sum(live.total_minor)
        FROM invoices_invoice invoice
        LEFT JOIN payments_payment live ON live.invoice_id = invoice.id AND live.kind = 'scheduled'
            AND live.status IN ('pending', 'processing', 'failed')
        GROUP BY invoice.id
        HAVING count(live.id) <> (invoice.state = 'issued' AND invoice.open_minor > 0)::int
            OR count(live.id) > 0 AND sum(live.total_minor) <> invoice.open_minor
    """,
    "what a credit note settled and paid out is there": f"""
        SELECT note.id, note.total_minor, note.allocated_minor, note.refunded_minor
        FROM invoices_creditnote note
        WHERE note.allocated_minor <> coalesce(({_ALLOCATED} credit_note_id = note.id), 0)
            OR note.total_minor < note.allocated_minor + note.refunded_minor
    """,
    "what has nothing left in its currency has nothing left in base: the last part took the remainder (J51)": """
        SELECT account, object_id, currency FROM ledger_posting
        WHERE account IN ('1120', '1130', '1200', '2000', '2100', '2200', '2210', '6200') AND object_id IS NOT NULL
        GROUP BY 1, 2, 3
        HAVING sum(CASE side WHEN 'D' THEN amount_minor ELSE -amount_minor END) = 0
            AND sum(CASE side WHEN 'D' THEN base_minor ELSE -base_minor END) <> 0
    """,
    "nobody's money settles another's invoice, nor one in another currency": """
        SELECT part.id FROM allocations_allocation part
        JOIN invoices_invoice invoice ON invoice.id = part.invoice_id
        LEFT JOIN payments_payment payment ON payment.id = part.payment_id
        WHERE part.released_at IS NULL AND (invoice.currency <> part.currency OR payment.id IS NOT NULL AND
            (payment.customer_id IS DISTINCT FROM invoice.customer_id OR payment.currency <> invoice.currency
                OR payment.status <> 'completed' OR payment.reversed_at IS NOT NULL))
    """,
}


def rows(query: str, *values: Any) -> list[tuple[Any, ...]]:
    """This function will return the rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall()


def check_equations() -> None:
    """This function will fail the test for every payment, invoice and credit note that does not add up."""
    wrong = {statement: found for statement, query in _MUST_BE_EMPTY.items() if (found := rows(query))}
    assert not wrong, wrong


def everything() -> dict[str, tuple[int, Any]]:
    """This function will return how many rows each table has, and a sum over all that they hold."""
    names = [name for (name,) in rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")]
    told = " UNION ALL ".join(
        f"SELECT '{name}', count(*), sum(hashtextextended(each::text, 0)::numeric) FROM \"{name}\" each"
        for name in names
    )
    return {name: (count, total) for name, count, total in rows(told)}
