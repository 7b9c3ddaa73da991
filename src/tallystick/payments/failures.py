"""How often it was tried in vain to collect an invoice (E22; `docs/model.md`, 29).

What counts is a try that a payment service declined, of any expected payment of the invoice: one that took the place of
another goes on with its count. A try that was given up, or never performed, is none.
"""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from tallystick.foundation.rows import fetch

_COUNTED: Final = """
SELECT count(*) FROM payments_payment AS tried JOIN payments_attempt AS attempt ON attempt.payment_id = tried.id
WHERE tried.invoice_id = live.invoice_id AND tried.kind = 'scheduled' AND attempt.state = 'declined'"""
_LIVE: Final = f"""
FROM payments_payment AS live CROSS JOIN LATERAL ({_COUNTED}) AS failures(count)
WHERE live.kind = 'scheduled' AND live.status = 'failed' AND live.deleted_at IS NULL"""
_OF_INVOICES: Final = f"SELECT live.invoice_id, failures.count {_LIVE} AND live.invoice_id = ANY(%(invoices)s)"
_OF_CUSTOMER: Final = f"""
SELECT live.invoice_id {_LIVE} AND live.customer_id = %(customer)s AND failures.count >= %(least)s
ORDER BY live.due_date, live.id LIMIT %(limit)s"""


def failures_of(invoice_ids: Iterable[UUID]) -> dict[UUID, int]:
    """This function will return how often each of some invoices was tried in vain; those whose expected payment has not
    failed as it stands are left out.
    """
    return {row["invoice_id"]: row["count"] for row in fetch(_OF_INVOICES, {"invoices": list(set(invoice_ids))})}


def failed_often(customer_id: UUID, *, least: int, limit: int) -> list[UUID]:
    """This function will return the invoices of a payer that were tried in vain at least so often, and whose expected
    payment has failed as it stands; the oldest due date first.
    """
    rows = fetch(_OF_CUSTOMER, {"customer": customer_id, "least": least, "limit": limit})
    return [row["invoice_id"] for row in rows]
