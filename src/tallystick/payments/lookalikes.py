"""Payments that look like one that is about to be recorded: a warning, not a rule (A7, D5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from tallystick.foundation.rows import fetch

# The index `payments_that_look_alike` finds them: customer and amount narrow to a few rows. Nobody's money is asked for
# apart, because no index finds NULL by a comparison.
_COLUMNS = "id, kind, status, invoice_id, receipt_number, received_date, reference, created_at"
_ALIKE = (
    "total_minor = sought.total_minor AND currency = sought.currency AND deleted_at IS NULL AND reversed_at IS NULL "
    "AND kind IN ('receipt', 'scheduled') AND status IN ('pending', 'processing', 'completed') "
    "AND (received_date = sought.received_date "
    "OR (sought.reference <> '' AND lower(btrim(reference)) = lower(sought.reference)))"
)
FOUND = f"""
SELECT sought.place, alike.*
FROM unnest(%s::integer[], %s::uuid[], %s::bigint[], %s::text[], %s::date[], %s::text[])
    AS sought (place, customer_id, total_minor, currency, received_date, reference)
CROSS JOIN LATERAL (
    SELECT {_COLUMNS} FROM payments_payment WHERE customer_id = sought.customer_id AND {_ALIKE}
    UNION ALL
    SELECT {_COLUMNS} FROM payments_payment
    WHERE sought.customer_id IS NULL AND customer_id IS NULL AND {_ALIKE}
    ORDER BY created_at DESC, id DESC
    LIMIT 1
) AS alike
"""  # noqa: S608 - our own columns


@dataclass(frozen=True, kw_only=True)
class Sought:
    """What is about to be recorded: minor units, the local day on which it was received, what the payer calls it."""

    customer_id: UUID | None
    total_minor: int
    currency: str
    received_date: date | None
    reference: str


def lookalikes(sought: Sequence[Sought]) -> dict[int, dict[str, Any]]:
    """This function will find, by its place in the list, the newest payment that looks like each: the same customer,
    amount and currency, and the same day or reference. What was cancelled, failed, reversed or deleted is none.
    """
    if not sought:
        return {}
    rows = fetch(
        FOUND,
        [
            list(range(len(sought))),
            [each.customer_id for each in sought],
            [each.total_minor for each in sought],
            [each.currency for each in sought],
            [each.received_date for each in sought],
            [each.reference.strip() for each in sought],
        ],
    )
    return {row["place"]: row for row in rows}
