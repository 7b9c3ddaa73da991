"""What a promised bank transfer is for, and the reference by which it will be recognised."""

from typing import Any
from uuid import UUID

from tallystick.allocations.queries import targets
from tallystick.customers.queries import customer
from tallystick.invoices.queries import invoice


def meant_for(row: dict[str, Any]) -> dict[UUID, int]:
    """This function will return what a payment is meant for: invoices, and how much of each in minor units."""
    if row["invoice_id"] is not None:
        return {row["invoice_id"]: row["total_minor"]}
    return dict(targets(row["id"]))


def transfer_reference(row: dict[str, Any]) -> str:
    """This function will return the reference that the customer writes on a transfer.

    For one invoice that is its number. For several it is the customer's number with the end of the payment's id, which
    is random: short enough to type, and found again in what the bank reports.
    """
    if row["invoice_id"] is not None:
        return str(invoice(row["invoice_id"])["number"])
    return f"{customer(row['customer_id'])['number']}-{row['id'].hex[-6:].upper()}"
