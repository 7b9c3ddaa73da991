"""Reading whose services are suspended because of which invoice, and whose still can be."""

from collections.abc import Iterable
from datetime import date
from typing import Final
from uuid import UUID

from tallystick.dunning.models import Suspension
from tallystick.dunning.queries import Claim
from tallystick.foundation.rows import fetch, fetch_for

_OVER: Final = """
SELECT suspension.subscription_id, array_agg(suspension.invoice_id) AS invoice_ids
FROM dunning_suspension AS suspension JOIN invoices_invoice AS invoice ON invoice.id = suspension.invoice_id
WHERE suspension.lifted_at IS NULL AND (invoice.open_minor = 0 OR invoice.state <> 'issued')
GROUP BY suspension.subscription_id ORDER BY suspension.subscription_id
"""
_SUSPENDED: Final = "SELECT subscription_id, invoice_id, from_date FROM dunning_suspension WHERE invoice_id = ANY(%s)"
_SUSPENDING: Final = (
    "SELECT DISTINCT invoice_id FROM dunning_suspension WHERE invoice_id = ANY(%s) AND lifted_at IS NULL"
)
_BILLED: Final = """
SELECT DISTINCT billed.invoice_id, billed.subscription_id FROM subscriptions_billedperiod AS billed
WHERE billed.invoice_id = ANY(%(invoices)s) ORDER BY billed.invoice_id, billed.subscription_id
"""


def billed_subscriptions(invoice_ids: Iterable[UUID]) -> dict[UUID, list[UUID]]:
    """This function will return which subscriptions invoices bill, in the order of their ids."""
    found: dict[UUID, list[UUID]] = {}
    for row in fetch(_BILLED, {"invoices": list(set(invoice_ids))}):
        found.setdefault(row["invoice_id"], []).append(row["subscription_id"])
    return found


def suspended_before(invoice_ids: Iterable[UUID]) -> set[tuple[UUID, UUID, date]]:
    """This function will return which subscriptions were suspended because of which invoices, and from which day they
    counted, whatever became of it.
    """
    rows = fetch_for(_SUSPENDED, invoice_ids)
    return {(row["subscription_id"], row["invoice_id"], row["from_date"]) for row in rows}


def still_suspendable(claims: Iterable[Claim]) -> set[UUID]:
    """This function will return which open invoices bill a subscription that was not suspended because of them yet."""
    from_dates = {each.invoice_id: each.debt.from_date for each in claims}
    billed = billed_subscriptions(from_dates)
    known = suspended_before(billed)
    return {
        invoice_id
        for invoice_id, found in billed.items()
        if any((each, invoice_id, from_dates[invoice_id]) not in known for each in found)
    }


def suspendable_ahead(claims: Iterable[Claim]) -> set[UUID]:
    """This function will return which open invoices can have services suspended that are not suspended because of them
    at the moment: those of which that is foretold.
    """
    found = still_suspendable(claims)
    return found - {row["invoice_id"] for row in fetch_for(_SUSPENDING, found)}


def is_suspended_by_plan(subscription_id: UUID) -> bool:
    """This function will say whether a subscription is suspended because of an unpaid invoice."""
    return Suspension.objects.filter(subscription_id=subscription_id, lifted_at=None).exists()


def is_suspending(invoice_id: UUID) -> bool:
    """This function will say whether a subscription is suspended because of an invoice."""
    return bool(fetch_for(_SUSPENDING, [invoice_id]))


def to_lift() -> dict[UUID, list[UUID]]:
    """This function will return the invoices, settled by now, because of which subscriptions are suspended."""
    return {row["subscription_id"]: row["invoice_ids"] for row in fetch(_OVER, {})}
