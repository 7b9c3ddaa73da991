"""Cheques: in hand until they are brought to the bank (J33), where they may still bounce (J43)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from tallystick.foundation.errors import Conflict
from tallystick.foundation.transactions import needs_transaction
from tallystick.ledger import operations as ledger
from tallystick.ledger.accounts import CHEQUES
from tallystick.ledger.queries import carried_part, entry_of
from tallystick.payments import operations, posting_rules, states
from tallystick.payments.models import Payment


@dataclass(kw_only=True, eq=False)
class ChequeNotInHand(Conflict):
    """There is no cheque that could be brought to the bank: it is there already, it bounced, or there never was one."""

    code: ClassVar[str] = "cheque_not_in_hand"
    sentence: ClassVar[str] = "No cheque of this payment is in hand: it was deposited or sent back, or there was none."

    payment_id: UUID


@needs_transaction
def deposit(payment: Payment, *, deposited_date: date, today: date, by: str, at: datetime) -> None:
    """This function will write down that the cheque of a locked payment was brought to the bank (J33).

    Raises:
        ChequeNotInHand: when there is none in hand.
        ReceivedInFuture: when the day is to come.
    """
    if deposited_date > today:
        raise operations.ReceivedInFuture(received_date=deposited_date, today=today)
    came_by_cheque = posting_rules.MONEY_IN.get(payment.method) is CHEQUES and payment.kind != states.REFUND
    stands = payment.status == states.COMPLETED and payment.reversed_at is None
    if not (came_by_cheque and stands) or payment.lost_minor or is_deposited(payment.id):
        raise ChequeNotInHand(payment_id=payment.id)
    minor, currency = payment.total_minor, payment.currency
    if payment.came_minor is not None:
        minor, currency = payment.came_minor, payment.came_currency
    worth = carried_part(CHEQUES, payment.id, minor, currency)
    ledger.post([posting_rules.deposit_cheque(payment.id, worth)], effective_date=deposited_date, at=at)
    operations.note(payment, event="deposit", before=payment.status, by=by, at=at)


def is_deposited(payment_id: UUID) -> bool:
    """This function will say whether the cheque of a payment was brought to the bank."""
    return entry_of(payment_id, "J33") is not None
