"""Writing anew what a payment says, and taking away a row that never posted (D4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar, Final
from uuid import UUID

from tallystick.foundation.errors import Conflict, InvalidField
from tallystick.foundation.transactions import needs_transaction
from tallystick.money.amounts import LARGEST_MINOR
from tallystick.payments import operations, states
from tallystick.payments.attempts import PaymentInProgress
from tallystick.payments.models import Attempt, Payment
from tallystick.payments.operations import AmountNotAccepted, ReceivedInFuture
from tallystick.payments.posting_rules import GATEWAY

# What describes a payment, and may be written at any time; what it is, which holds once it is booked.
DESCRIBES: Final = ("description", "private_text", "reference", "remark", "fee_minor")
FACTS: Final = ("total_minor", "currency", "method", "received_date")


@dataclass(kw_only=True, eq=False)
class FactsAreFixed(Conflict):
    """Amount, currency, customer, method and received date change only while the money is a promise made by hand."""

    code: ClassVar[str] = "payment_facts_fixed"
    sentence: ClassVar[str] = (
        "Amount, currency, customer, method and received date can be changed only while money is promised outside of "
        "any payment service. Reverse a wrong record and record it again."
    )

    payment_id: UUID


@dataclass(kw_only=True, eq=False)
class PaymentNotDeletable(Conflict):
    """Only a receipt that never posted, and that no gateway ever tried, can be deleted."""

    code: ClassVar[str] = "payment_not_deletable"
    sentence: ClassVar[str] = (
        "Only money that was promised outside of any payment service and never booked can be deleted. "
        "Reverse what is booked; an expected payment follows its invoice."
    )

    payment_id: UUID


def facts_can_change(row: Mapping[str, Any]) -> bool:
    """This function will say whether more of a payment than its description may be changed."""
    return (row["kind"], row["status"]) == (states.RECEIPT, states.PENDING) and row["method"] != GATEWAY


@needs_transaction
def change(payment: Payment, changes: Mapping[str, Any], *, today: date, by: str, at: datetime) -> None:
    """This function will write columns of a locked payment anew: those of `DESCRIBES`, and of `FACTS` while it may.

    Raises:
        InvalidField: for a purchase or a redeemed voucher, which are read-only.
        FactsAreFixed: when one of `FACTS` would change and the payment is no promise made by hand.
        AmountNotAccepted, ReceivedInFuture: when a value cannot be used.
    """
    if payment.kind == states.CHARGE:
        raise InvalidField(name="payment", reason="A purchase is read-only. Credit it back instead.")
    if payment.kind == states.VOUCHER:
        raise InvalidField(name="payment", reason="A redeemed voucher is read-only.")
    if any(name in changes for name in FACTS):
        require_changeable(payment)
    if not 0 < changes.get("total_minor", 1) <= LARGEST_MINOR:
        raise AmountNotAccepted
    received = changes.get("received_date")
    if received is not None and received > today:
        raise ReceivedInFuture(received_date=received, today=today)
    operations.describe(payment, **changes)
    operations.note(payment, event="edit", before=payment.status, by=by, at=at)


@needs_transaction
def require_changeable(payment: Payment) -> None:
    """This function will refuse to change what a locked payment is, unless it is a promise made by hand.

    Raises:
        FactsAreFixed: when it is none.
    """
    if not facts_can_change(vars(payment)) or _was_tried(payment):
        raise FactsAreFixed(payment_id=payment.id)


@needs_transaction
def delete(payment: Payment, *, by: str, at: datetime) -> None:
    """This function will take a locked receipt that never posted out of every list and sum; its row is kept.

    One that a gateway tried stays, because the gateway may still report about it.

    Raises:
        PaymentInProgress: when a gateway is processing it.
        PaymentNotDeletable: when it is no such receipt.
    """
    if payment.status == states.PROCESSING:
        raise PaymentInProgress
    if payment.kind != states.RECEIPT or payment.status == states.COMPLETED or _was_tried(payment):
        raise PaymentNotDeletable(payment_id=payment.id)
    payment.deleted_at = at
    payment.save(update_fields=["deleted_at"])
    operations.note(payment, event="delete", before=payment.status, by=by, at=at)


def _was_tried(payment: Payment) -> bool:
    return Attempt.objects.filter(payment_id=payment.id).exists()
