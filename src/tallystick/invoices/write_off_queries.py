"""Reading what was given up, and whether its tax goes with it."""

from typing import Any, Final
from uuid import UUID

from tallystick.foundation import settings_store
from tallystick.foundation.rows import fetch

TAX_RELIEF = settings_store.switch(
    "write_off_tax_relief",
    default=False,
    describes="Whether the output tax of what is given up is not owed any more (J12): 6200 net, and 2300 tax.",
)

_WRITTEN_OFF: Final = """
SELECT id, number, currency, written_off_minor FROM invoices_invoice
WHERE written_off_minor > 0 AND id IN (
    SELECT invoice_id FROM invoices_writeoff WHERE customer_id = %s AND currency = %s
)
ORDER BY due_date, id LIMIT %s
"""


def written_off_invoices(customer_id: UUID, currency: str, *, limit: int) -> list[dict[str, Any]]:
    """This function will return a customer's invoices of which something is written off, oldest due date first."""
    return fetch(_WRITTEN_OFF, [customer_id, currency, limit])
