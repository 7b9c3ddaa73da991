"""Receipts of completed payments and refunds: issued once to a customer, and kept as they were issued (E35)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from tallystick.foundation import numbering
from tallystick.foundation.errors import Conflict, NotFound
from tallystick.foundation.transactions import needs_transaction
from tallystick.payments import states
from tallystick.payments.models import Payment
from tallystick.payments.receipt_models import Receipt

_FIELDS = ("id", "payment_id", "customer_id", "number", "facts", "payment__reversed_at")


@dataclass(kw_only=True, eq=False)
class NoReceipt(Conflict):
    """There is nothing to confirm: the money is not here, or nobody knows whose it is."""

    code: ClassVar[str] = "no_receipt"
    sentence: ClassVar[str] = "A receipt is issued for a completed payment or refund of a customer that is known."

    payment_id: UUID


def has_receipt(row: Mapping[str, Any]) -> bool:
    """This function will say whether a payment, or a refund, is one that a receipt is issued for."""
    return (
        row["kind"] in {states.RECEIPT, states.SCHEDULED, states.REFUND}
        and row["status"] == states.COMPLETED
        and row["customer_id"] is not None
    )


def receipt_of(payment_id: UUID, customer_id: UUID | None) -> dict[str, Any] | None:
    """This function will return the receipt of a payment that was issued to a customer, or None."""
    if customer_id is None:
        return None
    rows = Receipt.objects.filter(payment_id=payment_id, customer_id=customer_id)
    row: dict[str, Any] | None = rows.values(*_FIELDS).first()
    return row


def receipt(receipt_id: UUID) -> dict[str, Any]:
    """This function will return a receipt by its id.

    Raises:
        NotFound: when there is none.
    """
    row: dict[str, Any] | None = Receipt.objects.filter(id=receipt_id).values(*_FIELDS).first()
    if row is None:
        raise NotFound(kind="receipt")
    return row


@needs_transaction
def issue(payment: Payment, facts: Mapping[str, Any], *, at: datetime) -> dict[str, Any]:
    """This function will issue the receipt of a locked payment to its customer, unless it was, and return it.

    A payment's number was given at its completion; a refund takes the next one of its own series.

    Raises:
        NoReceipt: when there is nothing to confirm.
    """
    if payment.customer_id is None or not has_receipt(vars(payment)):
        raise NoReceipt(payment_id=payment.id)
    before = receipt_of(payment.id, payment.customer_id)
    if before is not None:
        return before
    number = payment.receipt_number
    if number is None:
        year = (payment.received_date or at.date()).year
        number = f"RF-{year}-{numbering.take(f'refund_receipt:{year}'):05}"
    made = Receipt.objects.create(
        payment=payment, customer_id=payment.customer_id, number=number, facts=dict(facts), issued_at=at
    )
    return receipt(made.id)
