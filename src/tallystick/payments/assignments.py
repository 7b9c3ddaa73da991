"""Whose money it is: a receipt given to a customer and taken back, as often as the business allows (D10)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from django_integrity.conversion import Named, refine_integrity_error

from tallystick.foundation import settings_store
from tallystick.foundation.errors import Conflict
from tallystick.foundation.transactions import needs_transaction
from tallystick.ledger import operations as ledger
from tallystick.ledger.accounts import CUSTOMER_CREDIT, SUSPENSE
from tallystick.ledger.queries import carried_part
from tallystick.payments import posting_rules, states
from tallystick.payments.models import Payment
from tallystick.payments.operations import PaymentInUse, PaymentNotCompleted, note
from tallystick.payments.queries import ASSIGNMENT_EDITS


@dataclass(kw_only=True, eq=False)
class AssignmentEditLimitReached(Conflict):
    """The payment was assigned and un-assigned as often as the business allows (`docs/model.md`, 8)."""

    code: ClassVar[str] = "assignment_edit_limit_reached"
    sentence: ClassVar[str] = (
        "The assignment of this payment was edited {limit} times, which is the limit. "
        "Reverse it and record it again if it is still wrong."
    )

    payment_id: UUID
    limit: int


@needs_transaction
def assign(payment: Payment, customer_id: UUID, *, day: date, by: str, at: datetime) -> None:
    """This function will give a locked receipt in suspense to a customer (J06), and count the edit.

    Raises:
        PaymentNotCompleted: when it was reversed.
        PaymentInUse: when it has a customer already, or a refund of it is under way.
        AssignmentEditLimitReached: when the edits are used up.
    """
    if payment.reversed_at is not None:
        raise PaymentNotCompleted(payment_id=payment.id)
    # What a refund reserves stays in suspense until it is paid out, so its entry would take it from the wrong account.
    if payment.customer_id is not None or payment.refund_reserved_minor:
        raise PaymentInUse(payment_id=payment.id)
    with _counted(payment):
        payment.customer_id = customer_id
    # What was refunded or sent back before does not move; of such money perhaps nothing is left.
    if payment.status == states.COMPLETED and payment.unallocated_minor:
        worth = carried_part(SUSPENSE, payment.id, payment.unallocated_minor, payment.currency)
        ledger.post([posting_rules.assign(payment.id, customer_id, worth)], effective_date=day, at=at)
    note(payment, event="assign", before=payment.status, by=by, at=at)


@needs_transaction
def unassign(payment: Payment, *, day: date, by: str, at: datetime) -> None:
    """This function will take a locked receipt, all its allocations released, back to suspense (J07); counts the edit.

    Raises:
        PaymentInUse: when part of it is still allocated or disputed, or a refund of it is under way.
        PaymentNotCompleted: when it was reversed.
        AssignmentEditLimitReached: when the edits are used up.
    """
    if payment.reversed_at is not None:
        raise PaymentNotCompleted(payment_id=payment.id)
    customer_id = payment.customer_id
    in_use = payment.allocated_minor or payment.refund_reserved_minor or payment.disputed_minor
    if customer_id is None or in_use:
        raise PaymentInUse(payment_id=payment.id)
    with _counted(payment):
        payment.customer_id = None
    if payment.status == states.COMPLETED and payment.unallocated_minor:
        worth = carried_part(CUSTOMER_CREDIT, payment.id, payment.unallocated_minor, payment.currency)
        ledger.post([posting_rules.unassign(payment.id, customer_id, worth)], effective_date=day, at=at)
    note(payment, event="unassign", before=payment.status, by=by, at=at)


@contextmanager
def _counted(payment: Payment) -> Iterator[None]:
    """Writes whose it is then as one more edit. The database counts with us, and knows the limit of this moment."""
    limit = settings_store.get(ASSIGNMENT_EDITS)
    used_up = AssignmentEditLimitReached(payment_id=payment.id, limit=limit)
    if payment.assignment_edits >= limit:
        raise used_up
    payment.assignment_edits += 1
    yield
    # An edit that is not counted is one that somebody else made meanwhile.
    rules = [
        (Named("assignment_edits_are_limited"), used_up),
        (Named("assignment_edits_are_counted"), PaymentInUse(payment_id=payment.id)),
    ]
    with refine_integrity_error(rules):
        payment.save(update_fields=["customer_id", "assignment_edits"])
