"""Cheques that are brought to the bank."""

from datetime import date, datetime
from uuid import UUID

from tallystick.foundation import audit
from tallystick.foundation.clock import local_date
from tallystick.foundation.permissions import Actor
from tallystick.payments import cheques
from tallystick.payments import operations as payments
from tallystick.payments import queries as payment_queries
from tallystick.usecases.frame import require_own, use_case
from tallystick.usecases.roles import Permission
from tallystick.wire import builders
from tallystick.wire.shapes import PaymentShape


@use_case(Permission.COMPLETE_PAYMENTS)
def deposit_cheque(
    *,
    actor: Actor,
    at: datetime,
    payment_id: UUID,
    deposited_date: date | None = None,
    idempotency_key: str | None = None,
) -> PaymentShape:
    """This function will record that the cheque of a payment was brought to the bank, today unless said (J33).

    From then on it is on its way to the bank's statement; if it bounces, the money is missing there (J43).

    Raises:
        NotFound: when there is no such payment.
        ChequeNotInHand: when no cheque of it is in hand.
        ReceivedInFuture: when the day is to come.
    """
    del idempotency_key
    require_own(actor, payment_queries.payment(payment_id)["customer_id"], kind="payment")
    payment, today = payments.locked(payment_id), local_date(at)
    day = deposited_date or today
    cheques.deposit(payment, deposited_date=day, today=today, by=actor.label, at=at)
    told = {"deposited_date": day.isoformat()}
    audit.record(actor=actor, at=at, action="deposit_cheque", kind="payment", object_id=payment_id, after=told)
    return builders.one_payment(payment_id)
