"""Which subscription invoices and their lines are for (E10, E12), read for many at once."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any
from uuid import UUID

from tallystick.foundation.rows import fetch, fetch_for

_COLUMNS = """
    subscription.id, subscription.number, subscription.description, subscription.quantity,
    subscription.unit_price_minor, subscription.currency, subscription.prices_include_tax, subscription.tax_rate_id,
    rate.percent AS tax_percent, subscription.frequency
"""
_OF_LINES = f"""
WITH owned AS (
    SELECT line_id, subscription_id FROM subscriptions_billedperiod WHERE invoice_id = ANY(%(invoices)s)
    UNION
    SELECT line_id, subscription_id FROM subscriptions_adjustmentline WHERE invoice_id = ANY(%(invoices)s)
)
SELECT owned.line_id, {_COLUMNS} FROM owned
JOIN subscriptions_subscription AS subscription ON subscription.id = owned.subscription_id
JOIN catalog_taxrate AS rate ON rate.id = subscription.tax_rate_id
"""  # noqa: S608 - our own words
# A group's invoice is for many subscriptions: it is not told line by line here, but left out.
_OF_INVOICES = f"""
WITH owned AS (
    SELECT invoice_id, (array_agg(DISTINCT subscription_id))[1] AS subscription_id
    FROM (
        SELECT invoice_id, subscription_id FROM subscriptions_billedperiod WHERE invoice_id = ANY(%(invoices)s)
        UNION ALL
        SELECT invoice_id, subscription_id FROM subscriptions_adjustmentline WHERE invoice_id = ANY(%(invoices)s)
    ) AS billed
    GROUP BY invoice_id HAVING count(DISTINCT subscription_id) = 1
)
SELECT owned.invoice_id, {_COLUMNS} FROM owned
JOIN subscriptions_subscription AS subscription ON subscription.id = owned.subscription_id
JOIN catalog_taxrate AS rate ON rate.id = subscription.tax_rate_id
"""  # noqa: S608

_PRODUCTS = """
WITH of_line AS (
    SELECT id FROM unnest(%s::uuid[]) AS each (id)
), sold AS (
    SELECT period.line_id, period.subscription_id
    FROM of_line JOIN subscriptions_billedperiod AS period ON period.line_id = of_line.id
    UNION
    SELECT adjusted.line_id, adjusted.subscription_id
    FROM of_line JOIN subscriptions_adjustmentline AS adjusted ON adjusted.line_id = of_line.id
)
SELECT sold.line_id, variant.product_id
FROM sold
JOIN subscriptions_subscription AS subscription ON subscription.id = sold.subscription_id
JOIN catalog_variant AS variant ON variant.id = subscription.variant_id
"""


@dataclass(frozen=True, slots=True)
class Reference:
    """A subscription as other things point at it: who it is, and what a period of it costs."""

    id: UUID
    number: str
    description: str
    quantity: Decimal
    unit_price_minor: int
    currency: str
    prices_include_tax: bool
    tax_rate_id: UUID
    tax_percent: Decimal
    frequency: str


_NAMES = [field.name for field in fields(Reference)]


def of_lines(invoice_ids: Iterable[UUID]) -> dict[UUID, Reference]:
    """This function will return the subscription of each line of the invoices that belongs to one, by the line's id."""
    rows = fetch(_OF_LINES, {"invoices": list(invoice_ids)})
    return {row["line_id"]: _reference(row) for row in rows}


def of_invoices(invoice_ids: Iterable[UUID]) -> dict[UUID, Reference]:
    """This function will return the one subscription that each invoice is for; those of none or several are left out.

    Without invoices the database is not asked.
    """
    wanted = list(invoice_ids)
    return {row["invoice_id"]: _reference(row) for row in fetch(_OF_INVOICES, {"invoices": wanted})} if wanted else {}


def _reference(row: dict[str, Any]) -> Reference:
    return Reference(*(row[name] for name in _NAMES))


def products_of_lines(line_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """This function will return the product that is sold on each line; lines of no subscription are left out."""
    return {row["line_id"]: row["product_id"] for row in fetch_for(_PRODUCTS, line_ids)}
