"""How quickly prepaid money is used up."""

from datetime import datetime
from typing import Final
from uuid import UUID

from tallystick.foundation.rows import fetch

# By the index of the customer's payments in the order of their moments.
_SPENT: Final = """
SELECT payment.currency, sum(payment.total_minor - charge.credited_minor)::bigint AS minor
FROM payments_payment payment JOIN wallets_charge charge ON charge.payment_id = payment.id
WHERE payment.customer_id = %(customer)s AND payment.deleted_at IS NULL
  AND coalesce(payment.completed_at, payment.created_at) > %(after)s
  AND coalesce(payment.completed_at, payment.created_at) <= %(until)s
  AND payment.kind = 'charge' AND payment.status = 'completed' AND payment.reversed_at IS NULL
GROUP BY payment.currency
"""


def spent(customer_id: UUID, *, after: datetime, until: datetime) -> dict[str, int]:
    """This function will return what a customer bought from prepaid money between two moments, by currency.

    In minor units with tax; what was credited back since is not counted.
    """
    rows = fetch(_SPENT, {"customer": customer_id, "after": after, "until": until})
    return {row["currency"]: row["minor"] for row in rows if row["minor"] > 0}
